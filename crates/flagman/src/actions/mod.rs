//! The actions that ship. Each is written as an author of actions would write it.

mod delay_print;

mod print;

mod print_once;

pub(crate) use delay_print::DelayPrint;
pub(crate) use print::Print;
pub(crate) use print_once::PrintOnce;

use std::io::{self, Write};

use crate::log::ACTIONS;

/// Prints one line on standard output. It is out when this returns, on a pipe too.
///
/// # Errors
/// Standard output does not take it: a closed pipe, a full disk.
fn print_line(line: &str) -> io::Result<()> {
    let text = format!("{line}\n");
    let mut output = io::stdout().lock();
    // Whole lines are not kept in the standard library's buffer, so a line that failed is not
    // printed by surprise with a later one.
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|error| io::Error::new(error.kind(), format!("cannot print `{line}`: {error}")))
}

/// Prints one line in a set-up, which goes on if standard output is gone: that is a lost line, not
/// the end of flagman.
fn print_line_or_log(line: &str) {
    if let Err(error) = print_line(line) {
        log::error!(target: ACTIONS, "{error}");
    }
}
