//! Describes, finds, starts and signals the measured programs.
//!
//! Each program prints its ready line once it can no longer lose a signal. It then answers each
//! signal with one line on standard output. [`crate::programs`] lists the programs.

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

/// The line that is sent to a program that reads lines instead of signals. It is as long as
/// flagman's message to an action program.
const QUESTION: &[u8] =
    b"{\"run\":{\"id\":1,\"signal\":\"SIGUSR1\",\"count\":1,\"sender\":{\"pid\":7,\"uid\":0}}}\n";

/// Where Debian installs the programs of execline. Its interpreter adds this directory to `PATH`.
const EXECLINE: &str = "/usr/lib/execline/bin";

/// A row of a table.
#[derive(Debug)]
pub struct Entry {
    /// Its name in the report.
    pub name: &'static str,
    /// Where to find the program.
    pub place: Place,
    /// The arguments after the program's name.
    pub arguments: &'static [&'static str],
    /// How many actions that do nothing precede the answering action in the bundle (the actions of
    /// one signal).
    pub nothings: usize,
    /// What else the program needs at its start.
    pub surroundings: Surroundings,
    /// The line on standard output that says that the program is ready. After it, a signal is lost
    /// only if the program itself loses it.
    pub ready: &'static str,
    /// How it answers.
    pub answer: Answer,
    /// Whether it may lose a signal.
    pub delivery: Delivery,
}

/// How a program answers, and which moment counts as the time of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The program prints this line. The time is when the runner has read it.
    Line(&'static str),
    /// The program prints the time of its answer, in nanoseconds of `CLOCK_MONOTONIC`. This leaves
    /// out the time that the line takes to reach the runner.
    Moment,
}

impl Answer {
    /// The time of the answer in `line`, which the runner finished reading at `read`. None if
    /// `line` is not the expected answer.
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

/// The current time of `CLOCK_MONOTONIC` (`clock_gettime(2)`), which is the same in all processes.
///
/// # Errors
/// `clock_gettime(2)` failed.
pub fn now() -> nix::Result<Duration> {
    ClockId::CLOCK_MONOTONIC.now().map(Duration::from)
}

/// Where to find a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the runner's directory. The program must exist.
    BesideRunner(&'static str),
    /// At the path given with `--flagman`, or else in the runner's directory. The program must
    /// exist.
    Flagman,
    /// In the runner's directory: a flagman that includes the action that does nothing.
    Bundle,
    /// In `PATH`. The program is left out if it is not installed.
    SearchPath(&'static str),
}

/// What a program gets at its start besides its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// Nothing.
    None,
    /// The reading end of a pipe as standard input. The runner never writes to the pipe. The
    /// programs that the contestant starts can wait for end of file, so they do not outlive the
    /// runner.
    SilentInput,
    /// A socket as standard input and output: the program reads lines from it instead of signals.
    Questions,
    /// The runner's directory as the action path, where flagman finds its action program.
    ActionPath,
    /// The floor as the last arguments: the program starts the floor and forwards signals to it as
    /// SIGUSR2. At the end it gets SIGTERM, so that it can end the floor too.
    Forwarder,
    /// An s6 scan directory as the current directory, in which SIGUSR1 starts `/bin/echo`.
    /// Descriptor 3 is a copy of standard output, for the ready line.
    ScanDirectory,
}

/// Whether a ready program answers every signal that it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It answers every signal. If an answer is missing, the program is broken.
    Sure,
    /// It may notice a signal that arrives just before it goes to sleep only when the next one
    /// arrives. Such signals are counted and reported. Shells do this because they check for traps
    /// and go to sleep in two steps. execline's `trap` was also seen to miss a signal now and then.
    Leaky,
}

/// An entry whose program was found.
#[derive(Debug)]
pub struct Contestant {
    /// Its entry in the table.
    pub entry: &'static Entry,
    /// The file to execute.
    pub program: PathBuf,
}

/// A contestant that is ready, with the pipe or socket on which it answers.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub child: Child,
    /// What it prints after its ready line.
    pub lines: Lines<File>,
    /// Where the runner sends lines, if the program reads lines.
    questions: Option<UnixStream>,
    /// The directory that it needs while it runs.
    _directory: Option<Scratch>,
}

impl Running {
    /// Sends the program what it answers: SIGUSR1, or a line.
    ///
    /// # Errors
    /// The process has ended.
    pub fn ask(&mut self) -> Result<()> {
        match &mut self.questions {
            None => self.child.signal(Signal::SIGUSR1),
            Some(socket) => socket.write_all(QUESTION).during(|| "ask it".to_owned()),
        }
    }
}

impl Contestant {
    /// Its name in the report.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Starts the program and blocks until it has printed its ready line.
    ///
    /// # Errors
    /// The program cannot be executed, or it ends or times out before that line.
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
        // While the runner holds copies of the child's ends, it cannot see that the child has
        // closed them.
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
            // `std` cannot pass descriptor 3 to a child without unsafe code.
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

/// The flagman to measure: `chosen`, or else the one in the runner's directory.
///
/// # Errors
/// The file does not exist or cannot be executed.
pub fn find_flagman(chosen: Option<&Path>) -> Result<PathBuf> {
    let path = match chosen {
        Some(path) => path.to_owned(),
        None => beside_runner("flagman")?,
    };
    executable(&path).during(|| format!("measure {}", path.display()))?;
    // A name without a directory would be looked up in PATH.
    path.canonicalize().during(|| format!("measure {}", path.display()))
}

/// The contestants of `table` whose programs exist, and the entries whose programs are not
/// installed.
///
/// # Errors
/// A program that must exist cannot be executed.
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

/// The path of a program in the runner's directory.
///
/// # Errors
/// The system cannot tell where the runner is.
pub fn beside_runner(name: &str) -> Result<PathBuf> {
    let runner = env::current_exe().during(|| "find the runner's own program".to_owned())?;
    Ok(runner.with_file_name(name))
}

/// A scan directory in which s6-svscan starts `/bin/echo` without arguments when it gets SIGUSR1.
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
