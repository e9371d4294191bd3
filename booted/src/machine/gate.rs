//! Gates. A command that an action runs stops at a gate until the test releases it. So a test knows
//! exactly when the command is running.
//!
//! A gate is a FIFO in the machine. Opening one end of it blocks until the other end is opened.

use super::Machine;

/// The command at a gate. `gated NAME` reports its arrival, waits for a word, and exits with that
/// word as its exit status. Each run leaves `NAME-ended` in the state directory. It reads to the
/// end of file, so it does not continue until the writer has closed the FIFO. Otherwise the next
/// command at the gate could read from the same writer.
const GATED: &str = r#"#!/bin/sh
echo "at the gate $1"
status=$(cat "/run/gate-$1")
touch "$STATE_DIRECTORY/$1-ended"
exit "$status"
"#;

/// One gate.
pub(crate) struct Gate<'a> {
    machine: &'a Machine,
    name: &'static str,
}

impl Machine {
    /// Creates a gate, and installs the command `gated`, which stops at gates.
    pub(crate) fn gate(&self, name: &'static str) -> Gate<'_> {
        self.add_command("gated", GATED);
        self.run(&["mkfifo", "--mode=666", &format!("/run/gate-{name}")]);
        Gate { machine: self, name }
    }
}

impl Gate<'_> {
    /// The command that stops here.
    pub(crate) fn command(&self) -> String {
        format!("gated {}", self.name)
    }

    /// The line in the journal when the command has arrived.
    pub(crate) fn arrival(&self) -> String {
        format!("at the gate {}", self.name)
    }

    /// Releases the command, which then exits with this status. Blocks until the command has
    /// arrived.
    pub(crate) fn open(&self, status: u8) {
        self.machine.shell(&format!("echo {status} >/run/gate-{}", self.name));
    }

    /// The file that the command of an instance creates after its release.
    pub(crate) fn trace(&self, instance: &str) -> String {
        format!("/var/lib/private/flagman/{instance}/{}-ended", self.name)
    }
}
