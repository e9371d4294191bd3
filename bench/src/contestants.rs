//! Who is measured: one table, to which a program is added by adding an entry.
//!
//! Each program blocks or traps SIGUSR1, prints its ready line, and then answers each signal with
//! the line [`ANSWER`] on standard output.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use nix::unistd::{AccessFlags, access};

use crate::child::{Child, detached};
use crate::failure::{During, Failure, Result};
use crate::lines::Lines;

/// The line with which each program answers a signal.
pub const ANSWER: &[u8] = b"x";

/// The name of the floor, to which all others are compared.
pub const FLOOR: &str = "floor";
/// The name of flagman with an in-process action.
pub const FLAGMAN: &str = "flagman";
/// The name of the shell.
pub const BASH: &str = "bash";
/// The name of the Python program.
pub const PYTHON: &str = "python";

/// Reads from a pipe that nobody writes to: of the ways in which bash can wait for a trap, the
/// fastest that leaves no child behind.
const BASH_PROGRAM: &str = "\
trap 'echo x' USR1
exec {fd}<> <(:)
wait $!
echo ready
while :; do read -r -u $fd; done";

const PYTHON_PROGRAM: &str = "\
import os, signal
awaited = {signal.SIGUSR1}
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
os.write(1, b'ready\\n')
while True:
    signal.sigwait(awaited)
    os.write(1, b'x\\n')";

/// All contestants, in the order in which they take their turns.
pub const TABLE: [Entry; 4] = [
    Entry {
        name: FLOOR,
        place: Place::BesideRunner("flagman-bench-floor"),
        arguments: &[],
        ready: "ready",
        delivery: Delivery::Sure,
    },
    Entry {
        name: FLAGMAN,
        place: Place::Flagman,
        arguments: &["--overlap", "rerun", "--usr1", "print", "x"],
        ready: "init",
        delivery: Delivery::Sure,
    },
    Entry {
        name: BASH,
        place: Place::SearchPath("bash"),
        arguments: &["--norc", "--noprofile", "-c", BASH_PROGRAM],
        ready: "ready",
        delivery: Delivery::Leaky,
    },
    Entry {
        name: PYTHON,
        place: Place::SearchPath("python3"),
        arguments: &["-S", "-c", PYTHON_PROGRAM],
        ready: "ready",
        delivery: Delivery::Sure,
    },
];

/// A row of the table.
#[derive(Debug)]
pub struct Entry {
    /// What the report calls it.
    pub name: &'static str,
    /// Where its program is.
    pub place: Place,
    /// The words after the program's name.
    pub arguments: &'static [&'static str],
    /// The line on standard output after which no signal can be lost but by the program itself.
    pub ready: &'static str,
    /// Whether it may miss a signal.
    pub delivery: Delivery,
}

/// Where a program is.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// In the directory of the runner itself; it must be there.
    BesideRunner(&'static str),
    /// Where `--flagman` says, else beside the runner; it must be there.
    Flagman,
    /// In `PATH`; where it is not installed, it is left out.
    SearchPath(&'static str),
}

/// What becomes of a signal that is sent to a program that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Each is answered: one that is not means that the program is broken.
    Sure,
    /// One that comes just before the program goes to sleep is noticed only at the next: it is
    /// counted and shown. Shells are like this, for they look for traps and sleep in two steps.
    Leaky,
}

/// An entry whose program was found.
#[derive(Debug)]
pub struct Contestant {
    /// The row of the table.
    pub entry: &'static Entry,
    /// The file that is executed.
    pub program: PathBuf,
}

/// A contestant that has said that it is ready, and the pipe that it answers on.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub child: Child,
    /// What it prints after its ready line.
    pub lines: Lines<ChildStdout>,
}

impl Contestant {
    /// What the report calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Starts the program and blocks until it has printed its ready line.
    ///
    /// # Errors
    /// It cannot be executed, or it ends or keeps silent before that line.
    pub fn start(&self) -> Result<Running> {
        let mut command = detached(&self.program);
        command.args(self.entry.arguments).stdout(Stdio::piped());
        let mut child = Child::spawn(&mut command)?;
        let lines = Lines::new(child.take_output()?);
        let mut running = Running { child, lines };
        self.await_ready(&mut running).during(|| format!("start {}", self.name()))?;
        Ok(running)
    }

    fn await_ready(&self, running: &mut Running) -> Result<()> {
        let what = || format!("see its ready line \"{}\"", self.entry.ready);
        while let Some(line) = running.lines.read_line().during(what)? {
            if line == self.entry.ready.as_bytes() {
                return Ok(());
            }
        }
        Err(Failure::new(what(), "it printed nothing for too long"))
    }
}

/// The flagman to measure: `chosen`, or the one beside the runner.
///
/// # Errors
/// It is not there, or it cannot be executed.
pub fn find_flagman(chosen: Option<&Path>) -> Result<PathBuf> {
    let path = match chosen {
        Some(path) => path.to_owned(),
        None => beside_runner("flagman")?,
    };
    executable(&path).during(|| format!("measure {}", path.display()))?;
    // A bare name would be looked up in PATH when it is started.
    path.canonicalize().during(|| format!("measure {}", path.display()))
}

/// All contestants whose programs are there, and the entries of those that are not installed.
///
/// # Errors
/// The floor cannot be executed.
pub fn line_up(flagman: &Path) -> Result<(Vec<Contestant>, Vec<&'static Entry>)> {
    let mut present = Vec::new();
    let mut absent = Vec::new();
    for entry in &TABLE {
        match find(entry.place, flagman)? {
            Some(program) => present.push(Contestant { entry, program }),
            None => absent.push(entry),
        }
    }
    Ok((present, absent))
}

fn find(place: Place, flagman: &Path) -> Result<Option<PathBuf>> {
    match place {
        Place::Flagman => Ok(Some(flagman.to_owned())),
        Place::SearchPath(name) => Ok(search_path(name)),
        Place::BesideRunner(name) => {
            let path = beside_runner(name)?;
            executable(&path).during(|| format!("measure {}", path.display()))?;
            Ok(Some(path))
        }
    }
}

fn beside_runner(name: &str) -> Result<PathBuf> {
    let runner = env::current_exe().during(|| "find the runner's own program".to_owned())?;
    Ok(runner.with_file_name(name))
}

fn search_path(name: &str) -> Option<PathBuf> {
    let directories = env::var_os("PATH")?;
    env::split_paths(&directories)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file() && executable(path).is_ok())
}

fn executable(path: &Path) -> nix::Result<()> {
    access(path, AccessFlags::X_OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_installed_is_found_nowhere() {
        assert!(search_path("sh").is_some());
        assert!(search_path("flagman-bench-no-such-program").is_none());
    }

    #[test]
    fn a_flagman_that_is_not_there_is_named() {
        let failure = find_flagman(Some(Path::new("/nowhere/flagman"))).unwrap_err();
        assert!(failure.to_string().starts_with("cannot measure /nowhere/flagman: "), "{failure}");
    }

    #[test]
    fn each_name_is_in_the_table_once() {
        for entry in &TABLE {
            assert_eq!(TABLE.iter().filter(|other| other.name == entry.name).count(), 1);
        }
    }
}
