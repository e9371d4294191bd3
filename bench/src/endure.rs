//! Runs flagman for hours with random signals, failures, crashes and time-outs, and checks that its
//! resource usage has not grown.
//!
//! flagman runs an in-process action, a program for each signal and an action program. All of them
//! do random things, many of them wrong. Its usage is compared after a warm-up and at the end, each
//! time while it is idle. It is idle when the action of a last signal has printed its line.

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

/// How much the anonymous memory may grow, in KiB. The allocator may keep memory that it used for a
/// few long lines.
const TOLERANCE: u64 = 64;

/// How many more descriptors may be open. The number depends on whether the action program is
/// running at that moment, and on whether its earlier processes have been reaped.
const LIVES: usize = 4;

/// The shell script that is started for a signal.
const SHELL: &str = "case $(od -An -N1 -tu1 /dev/urandom) in \
    *1|*2) exit 1;; *3) kill -KILL $$;; *4) exec sleep 3600;; *5) sleep 1 & exit 0;; esac";

/// The shortest and the longest pause between two signals, in microseconds.
const PAUSES: [u64; 2] = [100, 30_000];

struct Options {
    time: Duration,
    warm_up: Duration,
}

/// Runs the program with the arguments `words` (without the program's name).
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

/// The resources that flagman occupies.
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

/// The flagman under test.
struct Subject {
    child: Child,
    lines: Lines<File>,
    signals: u64,
    /// The state of the random number generator (xorshift).
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

    /// Measures its usage once all signals that were sent have been handled.
    fn look(&mut self) -> Result<Occupied> {
        let pid = self.child.pid();
        // flagman handles the pending signals before this one. After the second signal, everything
        // that was running at the first has ended too.
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

    /// Ends it with SIGTERM and checks its exit status.
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
