//! Commands inside a machine that run while the test continues.

use std::process::{Child, Stdio};

use super::Machine;

/// A command that has been started.
pub(crate) struct Background {
    child: Child,
    lines: String,
}

impl Machine {
    /// Starts a shell script.
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

    /// Waits until the command ends. It must succeed.
    pub(crate) fn succeed(self) {
        let output = self.child.wait_with_output().expect("nsenter can be waited for");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{}` has failed: {said}", self.lines);
    }
}
