//! The programs under test.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

use flagman_test::example;

use super::Flagman;

/// A program that is built with the tests.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// The `flagman` that ships.
    Flagman,
    /// flagman with the tests' own actions.
    Testbed,
    /// The tests' own action program.
    Action,
    /// The example of a custom action.
    Count,
}

impl Program {
    pub(crate) fn path(self) -> PathBuf {
        match self {
            Self::Flagman => env!("CARGO_BIN_EXE_flagman").into(),
            Self::Testbed => example("testbed"),
            Self::Action => example("testbed-program"),
            Self::Count => example("count"),
        }
    }

    /// The program with its words, in an environment without a service manager.
    pub(crate) fn command(self, words: &[impl AsRef<OsStr>]) -> Command {
        flagman_test::command(&self.path(), words)
    }

    /// Runs it until it ends by itself.
    pub(crate) fn output(self, words: &[impl AsRef<OsStr>]) -> Output {
        self.command(words).output().expect("the program starts")
    }

    /// Starts it and waits until it serves signals.
    pub(crate) fn serve(self, words: &[impl AsRef<OsStr>]) -> Flagman {
        Flagman::serve(self.command(words))
    }
}
