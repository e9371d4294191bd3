//! Calling a program as a person would, regardless of the environment of the tests.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Variables that change what flagman does and may be set in the environment of the tests.
const FOREIGN: [&str; 5] =
    ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "FLAGMAN_ACTION_PATH", "NO_COLOR"];

/// The program with these words and no input. Its environment has no service manager and none of the
/// settings of the person who runs the tests.
pub fn command(program: &Path, words: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
}
