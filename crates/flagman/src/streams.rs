//! The standard streams that flagman was started with and shares with other processes. A write to one
//! of them may succeed, fail or wait, but never ends flagman.

use std::io::ErrorKind;

use flagman_base::output;
use nix::sys::signal::Signal::SIGXFSZ;

use crate::exit::{CannotStart, ExitStatus};
use crate::log::{CLI, CORE};

/// Makes a write to a file that is at its size limit (`RLIMIT_FSIZE`) fail with EFBIG, just as it fails
/// on a full disk. Otherwise SIGXFSZ would end flagman without tear-down. The Rust runtime already
/// ignores SIGPIPE.
///
/// Call it after the inherited dispositions have been recorded: children get those.
pub(crate) fn survive_size_limits() {
    // It fails only for invalid signal numbers, and this one is valid.
    let _ = flagman_sys::ignore(SIGXFSZ as i32);
}

/// Warns about streams that were closed at the start and that `/dev/null` could not replace.
pub(crate) fn warn_of_missing() {
    if let Some((streams, error)) = flagman_sys::without_null() {
        let (names, verb) = (streams.join(", "), if streams.len() == 1 { "is" } else { "are" });
        ::log::warn!(target: CLI, "cannot open `/dev/null`: {error}; {names} {verb} closed");
    }
}

/// Prints what was asked for. It is not an error if the reader stops reading early.
pub(crate) fn print(text: &str) -> Result<ExitStatus, CannotStart> {
    match output::print(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CannotStart::Print(error)),
        Ok(()) | Err(_) => Ok(ExitStatus::Success),
    }
}

/// Writes what an action has printed without a final newline. Exiting alone would not wait until the
/// reader has room for it.
pub(crate) fn flush() {
    if let Err(error) = output::flush() {
        ::log::error!(target: CORE, "cannot print the last part of an action's output: {error}");
    }
}
