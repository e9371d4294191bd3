//! A configuration file that a test replaces while flagman runs.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Flagman, Gate, Program};

/// A configuration file in a folder of its own.
pub(crate) struct PlanFile {
    folder: TempDir,
    file: PathBuf,
}

impl PlanFile {
    /// A file with this text.
    pub(crate) fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("plan.toml");
        let plan = Self { folder, file };
        plan.replace(text);
        plan
    }

    /// Gives it another text. Nobody sees it half-written.
    pub(crate) fn replace(&self, text: &str) {
        let new = self.folder.path().join("new.toml");
        fs::write(&new, text).expect("a file can be written");
        fs::rename(&new, &self.file).expect("it takes the place of the old one");
    }

    pub(crate) fn path(&self) -> &Path {
        &self.file
    }

    /// `--config` with its path, and then `words`.
    pub(crate) fn words<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let file = self.file.to_str().expect("a path in UTF-8");
        [&["--config", file], words].concat()
    }

    /// Starts the testbed with it and its log at INFO, and waits until it serves signals.
    pub(crate) fn serve(&self, words: &[&str]) -> Flagman {
        Program::Testbed.serve(&self.words(&[&["-v"], words].concat()))
    }
}

/// An action in a file: its signal and its words.
pub(crate) fn action(on: &str, run: &[&str]) -> String {
    format!("[[action]]\non = {on:?}\nrun = {run:?}\n")
}

/// The action `reload`, on SIGHUP.
pub(crate) fn reload() -> String {
    action("hup", &["reload"])
}

/// An action that prints when it is set up, run and torn down.
pub(crate) fn values(on: &str, name: &str) -> String {
    action(on, &["values", name])
}

/// An action that stops at the gate in these stages.
pub(crate) fn gated_action(on: &str, gate: &Gate, name: &str, stages: &str) -> String {
    let words = gate.action(name, stages);
    action(on, &words.split(' ').collect::<Vec<_>>())
}
