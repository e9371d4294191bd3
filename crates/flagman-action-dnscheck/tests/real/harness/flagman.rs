//! flagman with the action, running.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::lines::Lines;
use super::setting::Setting;

/// How flagman comes to the action.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// The example with the action built in.
    BuiltIn,
}

impl Program {
    fn path(self) -> PathBuf {
        let test = std::env::current_exe().expect("this program has a path");
        let built = test.ancestors().nth(2).expect("it is in target/debug/deps");
        let path = match self {
            Self::BuiltIn => built.join("examples/built-in"),
        };
        assert!(path.exists(), "{} is not built: run `cargo test`", path.display());
        path
    }

    /// flagman with these words, in an environment without a service manager or an API.
    pub(crate) fn command(self, words: &[&str]) -> Command {
        let mut command = Command::new(self.path());
        command.args(words).stdin(Stdio::null());
        for name in
            ["NOTIFY_SOCKET", "WATCHDOG_USEC", "PDNS_API_URL", "PDNS_API_KEY", "PDNS_API_KEY_FILE"]
        {
            command.env_remove(name);
        }
        command
    }

    /// Runs it to its end, which comes by itself.
    pub(crate) fn output(self, words: &[&str]) -> Output {
        self.command(words).output().expect("the program starts")
    }

    /// Watches these names of the setting's zone, and waits until their addresses are known.
    pub(crate) fn watch(self, setting: &Setting, names: &[&str]) -> Flagman {
        let master = format!("127.0.0.1:{}", setting.master.port);
        let words = [&["-v", "--usr1", "dnscheck", &master, "example.test"], names].concat();
        let mut command = self.command(&words);
        command.env("PDNS_API_URL", &setting.gateway.url);
        command.env("PDNS_API_KEY_FILE", setting.key_file());
        Flagman::start(command)
    }
}

/// A running flagman; it is killed and reaped when the test has done with it.
pub(crate) struct Flagman {
    child: Child,
    log: Lines,
    /// What it said until it was ready.
    pub(crate) began: Vec<String>,
}

impl Flagman {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("flagman starts");
        let log = Lines::of(child.stderr.take().expect("its log is a pipe"));
        let began = log.until("INFO:flagman.core:ready");
        Self { child, log, began }
    }

    /// Sends SIGUSR1, waits for the end of its run, and gives what the log said.
    pub(crate) fn signal(&self) -> Vec<String> {
        self.send(Signal::SIGUSR1);
        self.log.until("INFO:flagman.core:SIGUSR1: 1 arrival")
    }

    /// Ends flagman in order, checks that it did, and gives the rest of its log.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.send(Signal::SIGTERM);
        let log = self.log.rest();
        let status = self.child.wait().expect("flagman can be waited for");
        assert!(status.success(), "{status}: {log:#?}");
        log
    }

    fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, signal).expect("flagman can be signalled");
    }
}

impl Drop for Flagman {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
