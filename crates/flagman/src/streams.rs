//! The standard streams that flagman was started with, and that it shares with others: a write to
//! one of them fails, waits or is done, but never ends flagman.

use std::io::ErrorKind;

use flagman_base::output;
use nix::sys::signal::Signal::SIGXFSZ;

use crate::exit::{CannotStart, ExitStatus};
use crate::log::{CLI, CORE};

/// Makes a write fail with EFBIG where a file is at its size limit (`RLIMIT_FSIZE`), as it fails at a
/// full disk; SIGXFSZ would end flagman without tear-down. SIGPIPE is ignored by the Rust runtime.
///
/// To be called after the inherited dispositions have been noted: children get those.
pub(crate) fn survive_size_limits() {
    // It fails for numbers that are no signals, and this one is.
    let _ = flagman_sys::ignore(SIGXFSZ as i32);
}

/// Warns of streams that were closed at the start and have no `/dev/null` in their place.
pub(crate) fn warn_of_missing() {
    if let Some((streams, error)) = flagman_sys::without_null() {
        let (names, verb) = (streams.join(", "), if streams.len() == 1 { "is" } else { "are" });
        ::log::warn!(target: CLI, "cannot open `/dev/null`: {error}; {names} {verb} closed");
    }
}

/// Prints what was asked for. A reader that has seen enough is no error.
pub(crate) fn print(text: &str) -> Result<ExitStatus, CannotStart> {
    match output::print(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CannotStart::Print(error)),
        Ok(()) | Err(_) => Ok(ExitStatus::Success),
    }
}

/// Prints what an action has printed without a newline. The exit of the process does not wait for
/// room.
pub(crate) fn flush() {
    if let Err(error) = output::flush() {
        ::log::error!(target: CORE, "cannot print the last part of an action's output: {error}");
    }
}
