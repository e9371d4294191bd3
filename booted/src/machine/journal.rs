//! Reads what a unit has written to the journal, line by line.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use nix::sys::signal::{Signal, kill};

use super::Machine;
use super::keeper::only_child;

/// The journal of one unit, from the machine's start, followed as it grows.
pub(crate) struct Journal {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Journal {
    /// Reads up to and including the first line that contains `text`, and returns all lines read.
    pub(crate) fn until(&mut self, text: &str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        while lines.last().is_none_or(|last| !last.contains(text)) {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).expect("the journal can be read");
            assert!(length > 0, "the journal has no `{text}` after {lines:#?}");
            lines.push(line.trim_end().to_owned());
        }
        lines
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Signal the process inside. If nsenter were killed, its child would be left to process 1
        // outside, and the machine could not end until that process reaped it. The child may
        // already have ended at the limit.
        if let Some(inside) = only_child(self.child.id()) {
            let _ = kill(inside, Signal::SIGTERM);
        }
        let _ = self.child.wait();
    }
}

impl Machine {
    /// Follows the journal of a unit.
    pub(crate) fn follow(&self, unit: &str) -> Journal {
        let unit = format!("--unit={unit}");
        let words = ["journalctl", "--follow", "--no-tail", "--output=cat", &unit];
        let mut command = self.command(&words);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("nsenter starts");
        let lines = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        Journal { child, lines }
    }

    /// The lines that a unit's flagman and its actions have written so far, without those of
    /// systemd.
    pub(crate) fn said(&self, unit: &str) -> Vec<String> {
        self.said_at(unit, "debug")
    }

    /// Like [`said`](Self::said), for these priorities (as for `journalctl --priority`).
    pub(crate) fn said_at(&self, unit: &str, priority: &str) -> Vec<String> {
        let (unit, priority) = (format!("--unit={unit}"), format!("--priority={priority}"));
        let words = ["journalctl", "--output=cat", "--identifier=flagman", &unit, &priority];
        self.run(&words).lines().map(str::to_owned).collect()
    }
}
