//! How a program that is measured is described, found, started and asked.
//!
//! Each program prints its ready line when no signal can be lost any more, and then answers each
//! signal with one line on standard output. Who they are stands in [`crate::programs`].

use std::env;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::time::ClockId;
use nix::unistd::{AccessFlags, access};

use crate::child::{Child, detached};
use crate::failure::{During, Failure, Result};
use crate::lines::Lines;
use crate::scratch::Scratch;

/// What a program is asked that hears lines instead of signals: as long as what flagman says to an
/// action program.
const QUESTION: &[u8] =
    b"{\"run\":{\"id\":1,\"signal\":\"SIGUSR1\",\"count\":1,\"sender\":{\"pid\":7,\"uid\":0}}}\n";

/// Where Debian puts the programs of execline, which its own interpreter adds to `PATH`.
const EXECLINE: &str = "/usr/lib/execline/bin";

/// A row of a table.
#[derive(Debug)]
pub struct Entry {
    /// What the report calls it.
    pub name: &'static str,
    /// Where its program is.
    pub place: Place,
    /// The words after the program's name.
    pub arguments: &'static [&'static str],
    /// How many actions that do nothing stand in its bundle before the one that answers.
    pub nothings: usize,
    /// What it needs around it.
    pub surroundings: Surroundings,
    /// The line on standard output after which no signal can be lost but by the program itself.
    pub ready: &'static str,
    /// With what it answers.
    pub answer: Answer,
    /// Whether it may miss a signal.
    pub delivery: Delivery,
}

/// The line with which a program answers, and when it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This line: when the runner has read it.
    Line(&'static str),
    /// The moment itself, in nanoseconds of `CLOCK_MONOTONIC`, which is past when the line is written. So
    /// it does not count what it takes to tell the runner, nor that the runner comes between.
    Moment,
}

impl Answer {
    /// When the program has answered whose line is `line`, which was read at the time `read`; none if it
    /// is another line than the answer.
    #[must_use]
    pub fn moment(self, line: &[u8], read: Duration) -> Option<Duration> {
        match self {
            Self::Line(answer) => (line == answer.as_bytes()).then_some(read),
            Self::Moment => {
                let nanoseconds = str::from_utf8(line).ok()?.parse().ok()?;
                Some(Duration::from_nanos(nanoseconds)).filter(|moment| *moment <= read)
            }
        }
    }
}

/// What time it is, which is the same in all processes (`clock_gettime(2)`, `CLOCK_MONOTONIC`).
///
/// # Errors
/// The system does not tell.
pub fn now() -> nix::Result<Duration> {
    ClockId::CLOCK_MONOTONIC.now().map(Duration::from)
}

/// Where a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the directory of the runner itself; it must be there.
    BesideRunner(&'static str),
    /// Where `--flagman` says, else beside the runner; it must be there.
    Flagman,
    /// Beside the runner: a flagman with the action that does nothing.
    Bundle,
    /// In `PATH`; where it is not installed, it is left out.
    SearchPath(&'static str),
}

/// What a program is started with beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// Nothing.
    None,
    /// The reading end of a pipe as its standard input, in which there is never anything: what the
    /// program starts can wait for its end, and so does not outlive the runner.
    SilentInput,
    /// A socket as its standard input and output: it hears lines on it instead of signals.
    Questions,
    /// The directory of the runner, in which flagman finds its action program.
    ActionPath,
    /// The floor as its last words: it starts that and forwards signals to it, rewritten to SIGUSR2.
    /// At the end it gets SIGTERM, for it must end the floor too.
    Forwarder,
    /// A scan directory of s6, in which SIGUSR1 starts `/bin/echo`, as its current directory; and
    /// descriptor 3 as a second standard output, for its ready line.
    ScanDirectory,
}

/// What becomes of a signal that is sent to a program that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Each is answered: one that is not means that the program is broken.
    Sure,
    /// One that comes just before the program goes to sleep is noticed only at the next: it is
    /// counted and shown. Shells are like this, for they look for traps and sleep in two steps, and
    /// execline's `trap` was seen to miss one now and then.
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

/// A contestant that has said that it is ready, and the pipe or socket that it answers on.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub child: Child,
    /// What it prints after its ready line.
    pub lines: Lines<File>,
    /// Where it hears lines, if it does.
    questions: Option<UnixStream>,
    /// The directory that it needs, for as long as it runs.
    _directory: Option<Scratch>,
}

impl Running {
    /// Sends it what it answers to: SIGUSR1, or a line.
    ///
    /// # Errors
    /// It is gone.
    pub fn ask(&mut self) -> Result<()> {
        match &mut self.questions {
            None => self.child.signal(Signal::SIGUSR1),
            Some(socket) => socket.write_all(QUESTION).during(|| "ask it".to_owned()),
        }
    }
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
        let starting = || format!("start {}", self.name());
        let mut command = self.command().during(starting)?;
        command.stdout(Stdio::piped());
        let (mut questions, mut directory) = (None, None);
        match self.entry.surroundings {
            Surroundings::None | Surroundings::Forwarder => {}
            Surroundings::SilentInput => drop(command.stdin(Stdio::piped())),
            Surroundings::Questions => {
                let (ours, theirs) = UnixStream::pair().during(starting)?;
                command.stdin(OwnedFd::from(theirs.try_clone().during(starting)?));
                command.stdout(OwnedFd::from(theirs));
                questions = Some(ours);
            }
            Surroundings::ActionPath => {
                command.env("FLAGMAN_ACTION_PATH", beside_runner("")?);
            }
            Surroundings::ScanDirectory => {
                let scanned = scan_directory()?;
                command.current_dir(&scanned.path);
                directory = Some(scanned);
            }
        }
        let mut child = Child::spawn(&mut command)?;
        if self.entry.surroundings == Surroundings::Forwarder {
            child.end_gently();
        }
        // The runner's copies of the child's ends would hide that it has closed them.
        drop(command);
        let output = match &questions {
            Some(socket) => OwnedFd::from(socket.try_clone().during(starting)?),
            None => OwnedFd::from(child.take_output()?),
        };
        let lines = Lines::new(File::from(output));
        let mut running = Running { child, lines, questions, _directory: directory };
        self.await_ready(&mut running).during(starting)?;
        Ok(running)
    }

    fn command(&self) -> Result<Command> {
        let mut command = match self.entry.surroundings {
            // `std` cannot give a child a descriptor 3 without unsafe code.
            Surroundings::ScanDirectory => {
                let mut shell = detached("/bin/sh");
                shell.args(["-c", "exec \"$0\" \"$@\" 3>&1"]).arg(&self.program);
                shell
            }
            _ => detached(&self.program),
        };
        command.args(self.entry.arguments);
        for _ in 0..self.entry.nothings {
            command.args(["--usr1", "nothing"]);
        }
        if self.entry.place == Place::Bundle {
            command.args(["--usr1", "print", "x"]);
        }
        if self.entry.surroundings == Surroundings::Forwarder {
            command.arg(beside_runner("flagman-bench-floor")?).arg("SIGUSR2");
        }
        Ok(command)
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

/// All contestants of `table` whose programs are there, and the entries of those that are not
/// installed.
///
/// # Errors
/// The floor cannot be executed.
pub fn line_up(
    table: &'static [Entry],
    flagman: &Path,
) -> Result<(Vec<Contestant>, Vec<&'static Entry>)> {
    let mut present = Vec::new();
    let mut absent = Vec::new();
    for entry in table {
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
        Place::Bundle => executable_beside_runner("flagman-bench-bundle").map(Some),
        Place::BesideRunner(name) => executable_beside_runner(name).map(Some),
    }
}

fn executable_beside_runner(name: &str) -> Result<PathBuf> {
    let path = beside_runner(name)?;
    executable(&path).during(|| format!("measure {}", path.display()))?;
    Ok(path)
}

/// The path of a program that is built with the runner.
///
/// # Errors
/// The system does not tell where the runner is.
pub fn beside_runner(name: &str) -> Result<PathBuf> {
    let runner = env::current_exe().during(|| "find the runner's own program".to_owned())?;
    Ok(runner.with_file_name(name))
}

/// A directory in which s6-svscan starts `/bin/echo`, without a word, when it gets SIGUSR1.
fn scan_directory() -> Result<Scratch> {
    let directory = Scratch::make()?;
    let own = directory.path.join(".s6-svscan");
    let what = || format!("fill {}", directory.path.display());
    std::fs::create_dir(&own).during(what)?;
    symlink("/bin/echo", own.join("SIGUSR1")).during(what)?;
    Ok(directory)
}

fn search_path(name: &str) -> Option<PathBuf> {
    let directories = env::var_os("PATH")?;
    env::split_paths(&directories)
        .chain([PathBuf::from(EXECLINE)])
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
}
