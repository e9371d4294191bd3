//! Stands in for flagman's `exit`.

use crate::decider::Ending;
use crate::errno::Errno;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Success = 0,
    NoActions = 1,
    CannotStart = 2,
    ForcedOut = 3,
    Defect = 70,
}

impl Status {
    pub(crate) fn of(ending: Ending) -> Self {
        match ending {
            Ending::Requested => Self::Success,
            Ending::NoActions => Self::NoActions,
            Ending::SetUpFailed => Self::CannotStart,
        }
    }
}

#[derive(Debug)]
pub(crate) enum CannotStart {
    Signals(Errno),
    Watcher(std::io::Error),
}

impl From<Errno> for CannotStart {
    fn from(errno: Errno) -> Self {
        Self::Signals(errno)
    }
}
