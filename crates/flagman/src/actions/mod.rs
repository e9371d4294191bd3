//! The actions that ship with flagman. Each is written as any author of actions would write it.

mod delay_print;

mod print;

mod print_once;

pub(crate) use delay_print::DelayPrint;
pub(crate) use print::Print;
pub(crate) use print_once::PrintOnce;

use std::fmt::Display;

use flagman_action::print_line;

use crate::log::ACTIONS;

/// Prints one line in a set-up. If standard output is gone, the set-up continues: that costs a line, but
/// must not end flagman.
fn print_line_or_log(line: impl Display) {
    if let Err(error) = print_line(line) {
        log::error!(target: ACTIONS, "{error}");
    }
}
