//! The gate at which the testbed's `gated` actions stop.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use flagman_test::until_ready;
use tempfile::TempDir;

use super::{Flagman, Program};

pub(crate) struct Gate {
    listener: UnixListener,
    path: PathBuf,
    _folder: TempDir,
}

/// An action that has stopped at the gate.
pub(crate) struct Visit {
    stream: UnixStream,
    /// Its name and stage: `NAME STAGE [SIGNAL COUNT SENDER]`.
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

    /// Waits until an action stops here, and checks that its line begins with `start`.
    pub(crate) fn wait_for(&self, start: &str) -> Visit {
        let visit = self.wait();
        assert!(visit.says.starts_with(start), "{} came, not {start}", visit.says);
        visit
    }

    /// Waits until any action stops here.
    pub(crate) fn wait(&self) -> Visit {
        until_ready(&self.listener, "no action came to the gate");
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

/// A testbed that serves `options` and whose actions stop at `gate`, with its log at INFO.
pub(crate) fn gated(gate: &Gate, options: &[&str], actions: &[(&str, &str)]) -> Flagman {
    let word = |(signal, name): &(&str, &str)| format!("{signal}={}", gate.action(name, "run"));
    let actions: Vec<String> = actions.iter().map(word).collect();
    let mut words = vec!["-v"];
    words.extend(options);
    words.extend(actions.iter().map(String::as_str));
    Program::Testbed.serve(&words)
}
