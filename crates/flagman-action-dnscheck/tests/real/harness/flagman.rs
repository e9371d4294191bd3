//! flagman with the action, running.

use std::path::PathBuf;
use std::process::{Command, Output};

use flagman_test::{Running, example};
use nix::sys::signal::Signal;

use super::setting::Setting;

/// How flagman comes to the action.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// The example with the action built in.
    BuiltIn,
}

impl Program {
    fn path(self) -> PathBuf {
        match self {
            Self::BuiltIn => example("built-in"),
        }
    }

    /// flagman with these words, in an environment without a service manager or an API.
    pub(crate) fn command(self, words: &[&str]) -> Command {
        let mut command = flagman_test::command(&self.path(), words);
        for name in ["PDNS_API_URL", "PDNS_API_KEY", "PDNS_API_KEY_FILE"] {
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

/// A running flagman.
pub(crate) struct Flagman {
    running: Running,
    /// What it said until it was ready.
    pub(crate) began: Vec<String>,
}

impl Flagman {
    fn start(command: Command) -> Self {
        let running = Running::start(command);
        let began = running.stderr.until("INFO:flagman.core:ready");
        Self { running, began }
    }

    /// Sends SIGUSR1, waits for the end of its run, and gives what the log said.
    pub(crate) fn signal(&self) -> Vec<String> {
        self.running.signal(Signal::SIGUSR1);
        self.running.stderr.until("INFO:flagman.core:SIGUSR1: 1 arrival")
    }

    /// Ends flagman in order, checks that it did, and gives the rest of its log.
    pub(crate) fn end(self) -> Vec<String> {
        self.running.end()
    }
}
