//! Runs a program to its end, for an action that may block.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Child, Ended, FindError, Ladder, SpawnError, Spec, find_in_path, spawn};
use crate::{Arrival, Seconds, Signal};

/// How long to wait for a program after it was killed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a run of a program failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// `words` is empty, so there is no program.
    NoWords,
    /// The program was not found, or it cannot be executed.
    Find(FindError),
    /// The program could not be started.
    Start(SpawnError),
    /// The program did not exit with status 0.
    Ended {
        /// The program's name.
        program: String,
        /// How it ended.
        ended: Ended,
    },
    /// The program exceeded its deadline and was stopped.
    Late {
        /// The program's name.
        program: String,
        /// The deadline, measured from the start.
        deadline: Duration,
        /// How the program then ended.
        ended: Ended,
    },
    /// Waiting for the program failed, and it was killed.
    Wait {
        /// The program's name.
        program: String,
        /// The system's error.
        cause: io::Error,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWords => formatter.write_str("cannot start a program without a name"),
            Self::Find(error) => error.fmt(formatter),
            Self::Start(error) => error.fmt(formatter),
            Self::Ended { program, ended } => write!(formatter, "`{program}` {ended}"),
            Self::Late { program, deadline, ended } => {
                let seconds = Seconds(*deadline);
                write!(
                    formatter,
                    "`{program}` took longer than {seconds} s and was stopped: it {ended}"
                )
            }
            Self::Wait { program, cause } => {
                write!(formatter, "cannot wait for `{program}`, which was killed: {cause}")
            }
        }
    }
}

// The text includes the causes, so `source` does not repeat them.
impl std::error::Error for RunError {}

/// Runs the program `words[0]`, found in `PATH`, with the other words as its arguments, and waits
/// for it. Its environment describes the signal as `arrival` does.
///
/// Blocks until the program has ended. At the `deadline`, measured from its start, its whole
/// process group gets SIGTERM, and SIGKILL two seconds later. If the program ends in time, other
/// processes in its group continue.
///
/// The program has its own process group, so that the deadline applies to everything that it has
/// started. This has a drawback in an action program ([`serve`](crate::serve)). If the action
/// program gets SIGTERM, it passes that on to this program. If it is killed with SIGKILL, it cannot
/// do that, and this program continues. flagman kills an action program when flagman is forced out,
/// when a run has not ended two seconds after its SIGTERM, and when a set-up or a tear-down exceeds
/// its time limit. Under systemd or in a container, remaining processes are killed with the
/// service. Elsewhere, start a program that must not remain as
/// `["setpriv", "--pdeathsig", "KILL", "tool", ...]` (`setpriv(1)`, `PR_SET_PDEATHSIG(2const)`). This
/// kills the program, but not the processes that it has started.
///
/// # Errors
/// The program cannot be found or started, it does not exit with status 0, or it exceeds the
/// deadline.
///
/// ```
/// use std::time::Duration;
/// use flagman_action::{Arrival, Error, process};
///
/// fn reload(arrival: &Arrival) -> Result<(), Error> {
///     process::run(&["true", "--fast"], arrival, Some(Duration::from_secs(30)))?;
///     Ok(())
/// }
/// ```
pub fn run<'a>(
    words: &[impl AsRef<OsStr>],
    arrival: impl Into<Option<&'a Arrival>>,
    deadline: Option<Duration>,
) -> Result<(), RunError> {
    let words: Vec<OsString> = words.iter().map(|word| word.as_ref().to_owned()).collect();
    let name = words.first().ok_or(RunError::NoWords)?;
    let program = name.to_string_lossy().into_owned();
    let path = find_in_path(name).map_err(RunError::Find)?;
    let mut spec = Spec::new(path, &words[1..]);
    spec.words = words;
    spec.arrival = arrival.into().copied();
    let mut child = spawn(&spec).map_err(RunError::Start)?;
    match wait(&mut child, deadline) {
        Ok(Waited::InTime(ended)) if ended.is_success() => Ok(()),
        Ok(Waited::InTime(ended)) => Err(RunError::Ended { program, ended }),
        Ok(Waited::Late { deadline, ended }) => Err(RunError::Late { program, deadline, ended }),
        Err(errno) => Err(RunError::Wait { program, cause: errno.into() }),
    }
}

enum Waited {
    InTime(Ended),
    Late { deadline: Duration, ended: Ended },
}

fn wait(child: &mut Child, deadline: Option<Duration>) -> nix::Result<Waited> {
    let start = Instant::now();
    let mut ladder = Ladder::new(deadline, Duration::ZERO);
    while ladder != Ladder::Killed {
        let left = ladder.deadline().map(|then| then.saturating_sub(start.elapsed()));
        match until_ended(child, left) {
            Ok(Some(_)) => break,
            Ok(None) => climb(&mut ladder, child, start.elapsed()),
            Err(errno) => {
                kill(child);
                return Err(errno);
            }
        }
    }
    Ok(match deadline.filter(|_| ladder.is_out_of_time()) {
        Some(deadline) => Waited::Late { deadline, ended: kill(child) },
        None => Waited::InTime(reap(child)),
    })
}

fn climb(ladder: &mut Ladder, child: &Child, now: Duration) {
    if let Some(signal) = ladder.climb(now) {
        // If the group cannot be signalled, it no longer belongs to this process. The same holds
        // below.
        let _ = child.signal_group(signal);
    }
}

/// Kills the rest of the group, and reaps its leader.
fn kill(child: &mut Child) -> Ended {
    let _ = child.signal_group(Signal::KILL);
    let _ = until_ended(child, Some(PATIENCE));
    reap(child)
}

fn reap(child: &mut Child) -> Ended {
    child.try_wait().unwrap_or(Ended::Unknown)
}

/// Waits until the child has ended, without reaping it, and returns how. `None` after the limit.
fn until_ended(child: &Child, limit: Option<Duration>) -> nix::Result<Option<Ended>> {
    let start = Instant::now();
    loop {
        let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
        let mut pidfd = [PollFd::new(child.as_fd(), PollFlags::POLLIN)];
        match poll(&mut pidfd, timeout(left)) {
            Ok(0) if left == Some(Duration::ZERO) => return Ok(None),
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(child.ended()),
            Err(errno) => return Err(errno),
        }
    }
}

/// A timeout for `poll(2)`: whole milliseconds, rounded up so that it does not expire too early.
fn timeout(left: Option<Duration>) -> PollTimeout {
    let Some(left) = left else {
        return PollTimeout::NONE;
    };
    let milliseconds = left.as_nanos().div_ceil(1_000_000);
    PollTimeout::try_from(milliseconds).unwrap_or(PollTimeout::MAX)
}
