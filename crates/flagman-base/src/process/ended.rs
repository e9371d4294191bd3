//! How a child ended.

use std::fmt;

use rustix::process::WaitIdStatus;

use crate::Signal;

/// How a child ended (`waitid(2)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// It exited, with this status.
    Exited(i32),
    /// A signal killed it.
    Killed(Signal),
    /// Something else in this process has reaped it and has its exit status.
    Unknown,
}

impl Ended {
    /// Whether it exited with 0.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }

    pub(super) fn of(status: &WaitIdStatus) -> Self {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(status), _) => Self::Exited(status),
            (None, Some(number)) => Self::Killed(Signal::from_number(number)),
            (None, None) => Self::Unknown,
        }
    }
}

impl fmt::Display for Ended {
    /// To follow a subject: "exited with status 3", "was killed by SIGSEGV".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(formatter, "exited with status {status}"),
            Self::Killed(signal) => write!(formatter, "was killed by {signal}"),
            Self::Unknown => formatter.write_str("ended, exit status unknown"),
        }
    }
}
