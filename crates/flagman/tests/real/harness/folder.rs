//! Directories of action programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flagman_test::{install, install_script};
use tempfile::TempDir;

use super::{Flagman, Program};

/// A directory of action programs that root trusts. It is removed when the test drops it.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// A directory with the tests' own program under each of `names`.
    pub(crate) fn with(names: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        for name in names {
            folder.add(name);
        }
        folder
    }

    /// Adds the tests' own program.
    pub(crate) fn add(&self, name: &str) -> PathBuf {
        self.copy(&Program::Action.path(), name)
    }

    /// Adds an existing program.
    pub(crate) fn copy(&self, program: &Path, name: &str) -> PathBuf {
        install(program, self.path(), name)
    }

    /// Adds a shell script with this text.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        install_script(text, self.path(), name)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Starts the flagman that ships with this directory, and waits until it serves signals.
    pub(crate) fn serve(&self, words: &[&str]) -> Flagman {
        let folder = self.path().to_str().expect("a path in UTF-8");
        Program::Flagman.serve(&[&["-v", "--action-dir", folder], words].concat())
    }

    /// The path of a program in it, as flagman shows it.
    pub(crate) fn shown(&self, name: &str) -> String {
        self.path().join(format!("flagman-action-{name}")).display().to_string()
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode can be set");
}
