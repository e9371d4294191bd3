//! Putting action programs into a directory.
//!
//! Another process writes the file. A test program has many threads, so a file that it writes itself may
//! still be open in a child that another thread is starting. The kernel does not execute a file that is
//! open for writing (`ETXTBSY`, execve(2)).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Copies a program into `directory` as the action `name` and returns its path.
pub fn install(program: &Path, directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(format!("flagman-action-{name}"));
    let status = Command::new("install").args(["-m", "755"]).arg(program).arg(&path).status();
    assert!(status.expect("install(1) starts").success(), "{} cannot be copied", program.display());
    path
}

/// As [`install()`], for a shell script with this text.
pub fn install_script(text: &str, directory: &Path, name: &str) -> PathBuf {
    let mut command = Command::new("install");
    let path = directory.join(format!("flagman-action-{name}"));
    command.args(["-m", "755", "/dev/stdin"]).arg(&path).stdin(Stdio::piped());
    let mut child = command.spawn().expect("install(1) starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    writeln!(stdin, "#!/bin/sh\n{text}").expect("it takes the text");
    drop(stdin);
    assert!(child.wait().expect("it ends").success(), "{} cannot be written", path.display());
    path
}
