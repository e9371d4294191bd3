//! Calling a program as a person would, whatever the tests were called from.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// What would change what flagman does, and may be set around the tests.
const FOREIGN: [&str; 5] =
    ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "FLAGMAN_ACTION_PATH", "NO_COLOR"];

/// The program with these words and no input, in an environment without a service manager and
/// without wishes of the person who runs the tests.
pub fn command(program: &Path, words: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
}
