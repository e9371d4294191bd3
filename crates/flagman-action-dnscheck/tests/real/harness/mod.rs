//! Starts three PowerDNS servers, a gateway to the API and flagman, and ends them again.

mod both_ways;

mod flagman;

mod gateway;

mod ports;

mod powerdns;

mod setting;

use std::path::Path;
use std::process::Command;

pub(crate) use both_ways::both_ways;
pub(crate) use flagman::{ACTION, Program};
pub(crate) use setting::{KEY, Setting};

/// A command that `scripts/install-test-servers` installs.
pub(crate) fn tool(name: &str) -> Command {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin"];
    let found =
        folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    match found {
        Some(path) => Command::new(path),
        None => panic!("{name} is missing: run scripts/install-test-servers as root"),
    }
}

/// Runs a tool that must succeed, and returns its standard output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().expect("the tool starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}: {said}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
