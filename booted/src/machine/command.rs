//! Runs commands inside a machine.

use std::process::{Command, Output, Stdio};
use std::time::Instant;

use super::{LIMIT, Machine};

impl Machine {
    /// A command inside the machine. It is killed after the limit.
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

    /// Runs a command to its end, whether it succeeds or fails.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("nsenter starts")
    }

    /// Runs a command that must succeed, and returns its standard output.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let output = self.output(words);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {}\n{printed}{said}", output.status);
        printed
    }

    /// Runs a shell script that must succeed, and returns its standard output.
    pub(crate) fn shell(&self, lines: &str) -> String {
        self.run(&["sh", "-euc", lines])
    }

    /// Runs a command that must fail, and returns its exit status and its standard error.
    pub(crate) fn fail(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = self.output(words);
        assert!(!output.status.success(), "{words:?} should have failed");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The value of a unit's property, from `systemctl show`.
    pub(crate) fn property(&self, unit: &str, property: &str) -> String {
        self.run(&["systemctl", "show", "--value", "--property", property, unit]).trim().to_owned()
    }

    /// Polls a property until its value is accepted, and returns the value.
    pub(crate) fn wait_for(
        &self,
        unit: &str,
        property: &str,
        is_it: impl Fn(&str) -> bool,
    ) -> String {
        self.ask_until(&["systemctl", "show", "--value", "--property", property, unit], is_it)
    }

    /// Runs a command repeatedly until its output is accepted. The command must succeed.
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
