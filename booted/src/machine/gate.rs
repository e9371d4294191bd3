//! Gates: where a command that an action runs stops until the test lets it go on, so that "while it
//! runs" is exact.
//!
//! A gate is a FIFO in the machine. Whoever opens one end of it waits in the kernel for the other.

use super::Machine;

/// What stands at a gate: `gated NAME` says so, waits for a word, and ends with that as its status.
/// Each run of it leaves the state directory's `NAME-ended` behind. It reads to the end, and so does not
/// go on while the other side is still there: the next one at the gate would meet it.
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
    /// Makes a gate, and the command `gated` for those who are to stop there.
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

    /// Lets the command go on, and end with this status. Waits until it is here.
    pub(crate) fn open(&self, status: u8) {
        self.machine.shell(&format!("echo {status} >/run/gate-{}", self.name));
    }

    /// The file that an instance's command leaves behind when it has gone on.
    pub(crate) fn trace(&self, instance: &str) -> String {
        format!("/var/lib/private/flagman/{instance}/{}-ended", self.name)
    }
}
