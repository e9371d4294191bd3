//! Hours of random signals, actions, crashes and time-outs, and whether flagman is the same after them.
//!
//! flagman runs an action of its own process, a program for each signal and an action program, all of
//! which do random things, most of them wrong. What it occupies is compared at moments at which it is
//! idle, which is known by the line of a last signal: after a warm-up, and at the end.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::process::{ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use lexopt::{Arg, Parser, ValueExt};
use nix::sys::signal::Signal;

use crate::child::{Child, clear_own_mask, detached};
use crate::contestants::beside_runner;
use crate::failure::{During, Failure, Result};
use crate::lines::Lines;
use crate::proc;

const HELP: &str = "\
Lets flagman endure random signals, actions, crashes and time-outs, and says whether it occupies the
same at the end as after a warm-up.

Usage: flagman-endure [OPTIONS]
      --minutes N   for how long (default 120)
      --warm-up N   after how many seconds it is looked at first (default 60)
  -h, --help        print this and exit

The exit status is 1 when flagman has grown, has left something behind, or did not end in order.
";

/// How much more anonymous memory may be in use at the end, in KiB: what the allocator has not given
/// back of a few long lines.
const TOLERANCE: u64 = 64;

/// How many more descriptors may be open: the action program may be dead just then, or one of its last
/// lives not reaped yet.
const LIVES: usize = 4;

/// What a program does that is started for a signal.
const SHELL: &str = "case $(od -An -N1 -tu1 /dev/urandom) in \
    *1|*2) exit 1;; *3) kill -KILL $$;; *4) exec sleep 3600;; *5) sleep 1 & exit 0;; esac";

/// The least and the most time between two signals, in microseconds.
const PAUSES: [u64; 2] = [100, 30_000];

struct Options {
    time: Duration,
    warm_up: Duration,
}

/// Does what the words of a command line ask for, the program's own name left out.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    match parse(words) {
        Ok(Some(options)) => match endure(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                eprintln!("flagman-endure: {failure}");
                ExitCode::FAILURE
            }
        },
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(mistake) => {
            eprintln!("flagman-endure: {mistake}; see --help");
            ExitCode::from(2)
        }
    }
}

fn parse(
    words: impl IntoIterator<Item = OsString>,
) -> std::result::Result<Option<Options>, lexopt::Error> {
    let mut parser = Parser::from_args(words);
    let (mut minutes, mut warm_up): (u64, u64) = (120, 60);
    while let Some(word) = parser.next()? {
        match word {
            Arg::Long("minutes") => minutes = parser.value()?.parse()?,
            Arg::Long("warm-up") => warm_up = parser.value()?.parse()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    let (time, warm_up) = (Duration::from_secs(minutes * 60), Duration::from_secs(warm_up));
    Ok(Some(Options { time, warm_up }))
}

fn endure(options: &Options) -> Result<()> {
    clear_own_mask()?;
    let begin = Instant::now();
    let mut subject = Subject::start()?;
    subject.trouble(begin + options.warm_up)?;
    let first = subject.look()?;
    println!("after {} s: {first}", options.warm_up.as_secs());
    subject.trouble(begin + options.time.max(options.warm_up))?;
    let last = subject.look()?;
    println!("after {} s and {} signals: {last}", begin.elapsed().as_secs(), subject.signals);
    subject.end()?;
    if last.is_as(&first) {
        Ok(())
    } else {
        Err(Failure::new("find flagman as it was", "it is not"))
    }
}

/// What flagman occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Occupied {
    anonymous: u64,
    descriptors: usize,
    threads: u64,
    zombies: usize,
}

impl fmt::Display for Occupied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { anonymous, descriptors, threads, zombies } = self;
        write!(
            f,
            "{anonymous} KiB of anonymous memory, {descriptors} descriptors, {threads} threads, \
             {zombies} zombies"
        )
    }
}

impl Occupied {
    fn is_as(&self, before: &Self) -> bool {
        self.anonymous <= before.anonymous + TOLERANCE
            && self.descriptors <= before.descriptors + LIVES
            && self.threads == before.threads
            && self.zombies == 0
    }
}

/// The flagman that endures.
struct Subject {
    child: Child,
    lines: Lines<File>,
    signals: u64,
    /// The state of a generator of random numbers (xorshift).
    random: u64,
}

impl Subject {
    fn start() -> Result<Self> {
        let mut command = detached(beside_runner("flagman-bench-bundle")?);
        command.args(["--timeout", "0.2", "--overlap", "rerun", "--grace", "8"]);
        command.args(["--hup", "moody", "hup", "--hup", "exec", "sh", "-c", SHELL]);
        command.args(["--usr1", "unsteady", "--usr1", "moody", "usr1"]);
        command.args(["--usr2", "print", "idle"]);
        command.env("FLAGMAN_ACTION_PATH", beside_runner("")?).stdout(Stdio::piped());
        let mut child = Child::spawn(&mut command)?;
        child.end_gently();
        let mut lines = Lines::new(File::from(std::os::fd::OwnedFd::from(child.take_output()?)));
        lines.read_line().during(|| "see the set-up".to_owned())?;
        Ok(Self { child, lines, signals: 0, random: 0x2545_f491_4f6c_dd1d })
    }

    fn random(&mut self) -> u64 {
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            self.random ^= if left { self.random << shift } else { self.random >> shift };
        }
        self.random
    }

    /// Sends random signals until `end`.
    fn trouble(&mut self, end: Instant) -> Result<()> {
        while Instant::now() < end {
            let first = self.random().is_multiple_of(2);
            self.child.signal(if first { Signal::SIGHUP } else { Signal::SIGUSR1 })?;
            self.signals += 1;
            let [least, most] = PAUSES;
            sleep(Duration::from_micros(least + self.random() % (most - least)));
        }
        Ok(())
    }

    /// What it occupies when all that was sent has been served.
    fn look(&mut self) -> Result<Occupied> {
        let pid = self.child.pid();
        // The signals that wait are served before the one that comes last; the second time, all that
        // was begun then has ended too.
        for _ in 0..2 {
            self.child.signal(Signal::SIGUSR2)?;
            let line = self.lines.read_line().during(|| "see that it is idle".to_owned())?;
            line.ok_or_else(|| Failure::new("see that it is idle", "it printed nothing"))?;
        }
        Ok(Occupied {
            anonymous: proc::anonymous(pid)?,
            descriptors: proc::descriptors(pid)?,
            threads: proc::threads(pid)?,
            zombies: proc::zombies_of(pid)?,
        })
    }

    /// Ends it in order.
    fn end(self) -> Result<()> {
        self.child.signal(Signal::SIGTERM)?;
        self.child.wait()
    }
}

#[cfg(test)]
mod tests {
    use super::Occupied;

    #[test]
    fn more_of_anything_is_not_the_same() {
        let before = Occupied { anonymous: 100, descriptors: 9, threads: 2, zombies: 0 };
        assert!(Occupied { anonymous: 164, ..before }.is_as(&before));
        assert!(!Occupied { anonymous: 165, ..before }.is_as(&before));
        assert!(Occupied { descriptors: 13, ..before }.is_as(&before));
        assert!(!Occupied { descriptors: 14, ..before }.is_as(&before));
        assert!(!Occupied { threads: 3, ..before }.is_as(&before));
        assert!(!Occupied { zombies: 1, ..before }.is_as(&before));
    }
}
