//! Commands inside a machine that are not waited for at once.

use std::process::{Child, Stdio};

use super::Machine;

/// A command that was started.
pub(crate) struct Background {
    child: Child,
    lines: String,
}

impl Machine {
    /// Starts lines of shell.
    pub(crate) fn background(&self, lines: &str) -> Background {
        let mut command = self.command(&["sh", "-euc", lines]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("nsenter starts");
        Background { child, lines: lines.to_owned() }
    }
}

impl Background {
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be looked at").is_none()
    }

    /// Waits for its end, which must be a success.
    pub(crate) fn succeed(self) {
        let output = self.child.wait_with_output().expect("nsenter can be waited for");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{}` has failed: {said}", self.lines);
    }
}
