//! The gate at which the testbed's `gated` actions stop.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tempfile::TempDir;

use super::LIMIT;

pub(crate) struct Gate {
    listener: UnixListener,
    path: PathBuf,
    _folder: TempDir,
}

/// An action that has stopped at the gate.
pub(crate) struct Visit {
    stream: UnixStream,
    /// Who and where it is: `NAME STAGE [SIGNAL COUNT SENDER]`.
    pub(crate) says: String,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("gate");
        let listener = UnixListener::bind(&path).expect("a socket for the gate");
        Self { listener, path, _folder: folder }
    }

    /// A gated action in the one-word form, to follow `--usr1=` or the like.
    pub(crate) fn action(&self, name: &str, stages: &str) -> String {
        format!("gated {} {name} {stages}", self.path.display())
    }

    /// Waits until an action stops here, and checks that it is the one that says `start`.
    pub(crate) fn wait_for(&self, start: &str) -> Visit {
        let visit = self.wait();
        assert!(visit.says.starts_with(start), "{} came, not {start}", visit.says);
        visit
    }

    /// Waits until any action stops here.
    pub(crate) fn wait(&self) -> Visit {
        let mut polled = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
        let limit = PollTimeout::try_from(LIMIT).expect("a time-out that fits");
        assert_eq!(poll(&mut polled, limit), Ok(1), "no action came to the gate");
        let (stream, _) = self.listener.accept().expect("the action connects");
        let mut says = String::new();
        BufReader::new(&stream).read_line(&mut says).expect("the action says who it is");
        Visit { stream, says: says.trim_end().to_owned() }
    }
}

impl Visit {
    /// Lets the action end its stage: `done`, `close REASON`, `fail WHY` or `panic WHY`.
    pub(crate) fn tell(mut self, how: &str) {
        writeln!(self.stream, "{how}").expect("the action still waits");
    }
}
