//! Commands inside a machine.

use std::process::{Command, Output, Stdio};
use std::time::Instant;

use super::{LIMIT, Machine};

impl Machine {
    /// A command inside the machine, which is killed at the limit.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.keeper.first()))
            .args(["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "timeout"])
            .arg(LIMIT.as_secs().to_string())
            .args(words)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, whatever that is.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("nsenter starts")
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let output = self.output(words);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {}\n{printed}{said}", output.status);
        printed
    }

    /// Runs lines of shell that must succeed.
    pub(crate) fn shell(&self, lines: &str) -> String {
        self.run(&["sh", "-euc", lines])
    }

    /// Runs a command that must fail, and gives its status and what it said on standard error.
    pub(crate) fn fail(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = self.output(words);
        assert!(!output.status.success(), "{words:?} should have failed");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// What `systemctl show` says of a unit's property.
    pub(crate) fn property(&self, unit: &str, property: &str) -> String {
        self.run(&["systemctl", "show", "--value", "--property", property, unit]).trim().to_owned()
    }

    /// Asks for a property until it has the value that is wanted.
    pub(crate) fn wait_for(
        &self,
        unit: &str,
        property: &str,
        is_it: impl Fn(&str) -> bool,
    ) -> String {
        self.ask_until(&["systemctl", "show", "--value", "--property", property, unit], is_it)
    }

    /// Runs a command, which must succeed, until it prints what is wanted.
    pub(crate) fn ask_until(&self, words: &[&str], is_it: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let printed = self.run(words).trim().to_owned();
            if is_it(&printed) {
                return printed;
            }
            assert!(start.elapsed() < LIMIT, "{words:?} has said `{printed}` for too long");
        }
    }
}
