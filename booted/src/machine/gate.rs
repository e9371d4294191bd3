//! Gates: a command that an action runs stops at a gate until the test releases it. This makes "while it
//! runs" exact.
//!
//! A gate is a FIFO in the machine. Opening one end of it waits in the kernel for the other end.

use super::Machine;

/// The command at a gate. `gated NAME` reports that it is there, waits for a word, and exits with that
/// word as its status. Each run leaves `NAME-ended` in the state directory. It reads to the end of file,
/// so it does not continue while the writer is still there; otherwise the next command at the gate would
/// meet the same writer.
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
    /// Makes a gate, and the command `gated` for commands that must stop there.
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

    /// What the journal says when the command is here.
    pub(crate) fn arrival(&self) -> String {
        format!("at the gate {}", self.name)
    }

    /// Releases the command, which then exits with this status. Waits until the command has arrived.
    pub(crate) fn open(&self, status: u8) {
        self.machine.shell(&format!("echo {status} >/run/gate-{}", self.name));
    }

    /// The file that an instance's command leaves behind when it has gone on.
    pub(crate) fn trace(&self, instance: &str) -> String {
        format!("/var/lib/private/flagman/{instance}/{}-ended", self.name)
    }
}
