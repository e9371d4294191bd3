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

/// How long a program that was killed is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a run of a program is a failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// There are no words, not even the program's.
    NoWords,
    /// There is no program of that name, or it cannot be executed.
    Find(FindError),
    /// It could not be started.
    Start(SpawnError),
    /// It did not exit with status 0.
    Ended {
        /// Its name.
        program: String,
        /// How it ended.
        ended: Ended,
    },
    /// It ran out of time and was stopped.
    Late {
        /// Its name.
        program: String,
        /// How long it had.
        deadline: Duration,
        /// How it ended then.
        ended: Ended,
    },
    /// Waiting for it failed, and it was killed.
    Wait {
        /// Its name.
        program: String,
        /// What the system said.
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

// The causes are part of the text, and so are not told as sources once more.
impl std::error::Error for RunError {}

/// Runs the program `words[0]`, found in `PATH`, with the other words as its arguments, and waits
/// for it. `arrival` is what its environment says of the signal.
///
/// Blocks until it has ended. At the `deadline`, counted from its start, its whole process group
/// gets SIGTERM and two seconds later SIGKILL. What it leaves behind in its group when it ends by
/// itself goes on.
///
/// Its group is its own so that the deadline reaches all that it has started. The price is paid in an
/// action program ([`serve`](crate::serve)): when that gets SIGTERM, this program gets it too, but
/// when it is killed with SIGKILL, nobody is left to pass that on, and this program goes on. flagman
/// kills an action program when it is forced out, when a run has not ended two seconds after its
/// SIGTERM, and when a set-up or a tear-down is out of time. Under systemd or in a container what is
/// left is killed with the service. Elsewhere, a program that must not be left over is started as
/// `["setpriv", "--pdeathsig", "KILL", "tool", ...]` (`setpriv(1)`, `PR_SET_PDEATHSIG(2const)`), which
/// kills it, though not what it has started itself.
///
/// # Errors
/// It cannot be found or started, it does not exit with status 0, or it is stopped at the deadline.
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
        // What cannot be signalled no longer belongs to this process, here and below.
        let _ = child.signal_group(signal);
    }
}

/// Kills what is left of the group, and reaps its leader.
fn kill(child: &mut Child) -> Ended {
    let _ = child.signal_group(Signal::KILL);
    let _ = until_ended(child, Some(PATIENCE));
    reap(child)
}

fn reap(child: &mut Child) -> Ended {
    child.try_wait().unwrap_or(Ended::Unknown)
}

/// Waits until the child has ended, without reaping it, and says how. `None` when the time is over.
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

/// The time as `poll(2)` counts it: in whole milliseconds, rounded up so that it does not wake too early.
fn timeout(left: Option<Duration>) -> PollTimeout {
    let Some(left) = left else {
        return PollTimeout::NONE;
    };
    let milliseconds = left.as_nanos().div_ceil(1_000_000);
    PollTimeout::try_from(milliseconds).unwrap_or(PollTimeout::MAX)
}
