//! The actions that ship. Each is written as an author of actions would write it.

mod delay_print;

mod print;

mod print_once;

pub(crate) use delay_print::DelayPrint;
pub(crate) use print::Print;
pub(crate) use print_once::PrintOnce;

use std::fmt::Display;

use flagman_action::print_line;

use crate::log::ACTIONS;

/// Prints one line in a set-up, which goes on if standard output is gone: that is a lost line, not
/// the end of flagman.
fn print_line_or_log(line: impl Display) {
    if let Err(error) = print_line(line) {
        log::error!(target: ACTIONS, "{error}");
    }
}
