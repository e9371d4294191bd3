//! A running flagman with the action.

use std::path::Path;
use std::process::{Command, Output};

use flagman_test::{Running, example, install, program};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::setting::Setting;

/// The action program.
pub(crate) const ACTION: &str = env!("CARGO_BIN_EXE_flagman-action-dnscheck");

/// The last line of the log before flagman handles signals.
const READY: &str = "INFO:flagman.core:ready";

/// How the action is provided.
pub(crate) enum Program {
    /// The example with the action built in.
    BuiltIn,
    /// The shipped `flagman`, with the action program in this directory.
    Flagman(TempDir),
}

impl Program {
    /// The shipped `flagman`, and a directory with the action program.
    pub(crate) fn flagman() -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        install(Path::new(ACTION), directory.path(), "dnscheck");
        Self::Flagman(directory)
    }

    /// flagman with these arguments, in an environment without a service manager or an API.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = match self {
            Self::BuiltIn => flagman_test::command(&example("built-in"), words),
            Self::Flagman(directory) => {
                let directory = directory.path().to_str().expect("a path in UTF-8");
                let words = [&["--action-dir", directory], words].concat();
                flagman_test::command(&program("flagman"), &words)
            }
        };
        for name in ["PDNS_API_URL", "PDNS_API_KEY", "PDNS_API_KEY_FILE"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs flagman until it exits without a signal.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the program starts")
    }

    /// A line of the action in the log. It is the same whether or not the action is built in.
    pub(crate) fn line(level: &str, message: &str) -> String {
        format!("{level}:flagman.action.dnscheck:{message}")
    }

    /// Watches these names of the setting's zone. Returns when their addresses have been recorded.
    pub(crate) fn watch(&self, setting: &Setting, names: &[&str]) -> Flagman {
        self.watch_beside(setting, &[], names)
    }

    /// Like [`watch`](Self::watch), with other arguments before the action.
    pub(crate) fn watch_beside(
        &self,
        setting: &Setting,
        words: &[&str],
        names: &[&str],
    ) -> Flagman {
        let master = format!("127.0.0.1:{}", setting.master.port);
        let action = ["--usr1", "dnscheck", &master, "example.test"];
        let mut command = self.command(&[&["-v"], words, &action, names].concat());
        command.env("PDNS_API_URL", &setting.gateway.url);
        command.env("PDNS_API_KEY_FILE", setting.key_file());
        let running = Running::start(command);
        let began = running.stderr.until(READY);
        Flagman { running, began }
    }
}

/// A running flagman.
pub(crate) struct Flagman {
    running: Running,
    /// Its log until it was ready.
    pub(crate) began: Vec<String>,
}

impl Flagman {
    /// Sends SIGUSR1, waits until its run ends, and returns the log of the run.
    pub(crate) fn signal(&self) -> Vec<String> {
        self.send(Signal::SIGUSR1);
        self.until_run(Signal::SIGUSR1)
    }

    pub(crate) fn send(&self, signal: Signal) {
        self.running.signal(signal);
    }

    /// Sends a signal to the processes that flagman has started, if any, and to flagman, as systemd
    /// does for a service.
    pub(crate) fn send_to_all(&self, signal: Signal) {
        self.send_to_children(signal);
        self.send(signal);
    }

    fn send_to_children(&self, signal: Signal) -> Vec<Pid> {
        let children = self.running.children();
        for child in &children {
            kill(*child, signal).expect("a child can be signalled");
        }
        children
    }

    /// Kills the action program, and waits until flagman logs that.
    pub(crate) fn kill_program(&self) {
        let killed = self.send_to_children(Signal::SIGKILL);
        assert_eq!(killed.len(), 1, "flagman has started {killed:?}");
        self.until(
            "WARNING:flagman.core:action `dnscheck`: it was killed by SIGKILL; it is started again at its next signal",
        );
    }

    /// The log up to and including the line of the next run for this signal, without the lines of
    /// starting runs.
    pub(crate) fn until_run(&self, signal: Signal) -> Vec<String> {
        let mut log = self.until(&format!("flagman.core:{signal}: 1 arrival"));
        log.retain(|line| !line.contains("flagman.core:run for "));
        log
    }

    fn until(&self, text: &str) -> Vec<String> {
        self.running.stderr.until(text)
    }

    /// Ends flagman with SIGTERM, checks its exit status, and returns the rest of its log.
    pub(crate) fn end(self) -> Vec<String> {
        self.running.end()
    }

    /// Like [`end`](Self::end), for a flagman that has already been told to end.
    pub(crate) fn end_of_shutdown(self) -> Vec<String> {
        self.running.end_of_shutdown()
    }
}
