//! A clock that a test can set for the programs that it starts (`faketime(1)`).

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::libfaketime;

/// A clock that can be set, for the processes that use it.
pub(crate) struct Clock(TempDir);

impl Clock {
    /// Makes this the wall clock of what `command` starts. At first it is right.
    pub(crate) fn of_the_wall(command: &mut Command) -> Self {
        command.env("DONT_FAKE_MONOTONIC", "1");
        Self::of_all_time(command)
    }

    /// The same, for the monotonic clock too. The kernel's timers are not affected.
    pub(crate) fn of_all_time(command: &mut Command) -> Self {
        let clock = Self(tempfile::tempdir().expect("a temporary folder"));
        clock.set("+0");
        command.env("LD_PRELOAD", libfaketime());
        command.env("FAKETIME_TIMESTAMP_FILE", clock.file()).env("FAKETIME_NO_CACHE", "1");
        clock
    }

    /// Sets it to this offset from the right time, such as `+10d`.
    pub(crate) fn set(&self, offset: &str) {
        let new = self.0.path().join("new");
        std::fs::write(&new, format!("{offset}\n")).expect("a file can be written");
        std::fs::rename(new, self.file()).expect("it can be renamed");
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("clock")
    }
}
