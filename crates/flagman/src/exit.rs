//! Why flagman could not start, and the exit statuses.

use std::fmt;
use std::io;
use std::process::ExitCode;

use flagman_base::process::ProbeError;

use crate::cli::{Mistake, WhenEmpty};
use crate::decider::Ending;
use crate::pid_file;

/// flagman's exit statuses, as documented for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Shut down on request, or printed what was asked for.
    Success = 0,
    /// No actions are left.
    NoActions = 1,
    /// Could not start.
    CannotStart = 2,
    /// Forced out.
    ForcedOut = 3,
    /// An action has failed under `on-failure=exit`.
    ActionFailed = 4,
    /// A defect in flagman itself.
    Defect = 70,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

impl ExitStatus {
    /// The status of an ending.
    pub(crate) fn of(ending: Ending, when_empty: WhenEmpty) -> Self {
        match (ending, when_empty) {
            (Ending::Requested, WhenEmpty::Failure | WhenEmpty::Success)
            | (Ending::NoActions, WhenEmpty::Success) => Self::Success,
            (Ending::NoActions, WhenEmpty::Failure) => Self::NoActions,
            (Ending::ActionFailed, WhenEmpty::Failure | WhenEmpty::Success) => Self::ActionFailed,
            (Ending::SetUpFailed, WhenEmpty::Failure | WhenEmpty::Success) => Self::CannotStart,
        }
    }
}

/// Why flagman could not start; each has status 2.
#[derive(Debug)]
pub(crate) enum CannotStart {
    /// The command line has a mistake.
    Mistake(Mistake),
    /// This process cannot use the file of `--pid-file`.
    PidFile(pid_file::Refused),
    /// The requested text cannot be printed.
    Print(io::Error),
    /// The kernel refuses what receiving signals needs.
    Signals(Refused),
    /// The kernel refuses what starting programs needs.
    Programs(ProbeError),
    /// The thread that watches over a blocked action cannot be started.
    Watcher(io::Error),
}

impl CannotStart {
    /// Its exit status.
    pub(crate) fn status(&self) -> ExitStatus {
        match self {
            Self::Mistake(_)
            | Self::PidFile(_)
            | Self::Print(_)
            | Self::Signals(_)
            | Self::Programs(_)
            | Self::Watcher(_) => ExitStatus::CannotStart,
        }
    }
}

impl fmt::Display for CannotStart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistake(mistake) => formatter.write_str(&mistake.sentence()),
            Self::PidFile(refused) => refused.fmt(formatter),
            Self::Print(error) => write!(formatter, "cannot print on standard output: {error}"),
            Self::Signals(refused) => {
                write!(formatter, "cannot prepare to receive signals: {refused}")
            }
            Self::Programs(error) => error.fmt(formatter),
            Self::Watcher(error) => write!(formatter, "cannot start the watcher thread: {error}"),
        }
    }
}

impl std::error::Error for CannotStart {}

impl From<Mistake> for CannotStart {
    fn from(mistake: Mistake) -> Self {
        Self::Mistake(mistake)
    }
}

/// Of the signal mask, which is all that is changed without a name.
impl From<io::Error> for CannotStart {
    fn from(error: io::Error) -> Self {
        Refused { call: "rt_sigprocmask", cause: error }.into()
    }
}

impl From<pid_file::Refused> for CannotStart {
    fn from(refused: pid_file::Refused) -> Self {
        Self::PidFile(refused)
    }
}

impl From<Refused> for CannotStart {
    fn from(refused: Refused) -> Self {
        Self::Signals(refused)
    }
}

impl From<ProbeError> for CannotStart {
    fn from(error: ProbeError) -> Self {
        Self::Programs(error)
    }
}

/// A call of the kernel that failed, by its name.
#[derive(Debug)]
pub(crate) struct Refused {
    call: &'static str,
    cause: io::Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the system call `{}` failed: {}", self.call, self.cause)
    }
}

/// Gives the failure of a call its name.
pub(crate) trait Named<T> {
    /// # Errors
    /// The call failed.
    fn named(self, call: &'static str) -> Result<T, Refused>;
}

impl<T> Named<T> for nix::Result<T> {
    fn named(self, call: &'static str) -> Result<T, Refused> {
        self.map_err(|errno| Refused { call, cause: errno.into() })
    }
}
