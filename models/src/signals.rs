//! Stands in for flagman's `signals`: pending signals are the model's. The watcher's mask is the real one.

#[path = "../../crates/flagman/src/signals/mask.rs"]
mod mask;

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

use crate::decider::Cause;
use crate::kernel::{Object, kernel};
use crate::{Sender, Signal, SignalSet};
pub(crate) use mask::WatcherMask;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Siginfo {
    pub(crate) signal: Signal,
    pub(crate) sender: Option<Sender>,
}

impl Siginfo {
    pub(crate) fn cause(self) -> Cause {
        Cause::Signal { sender: self.sender, value: None }
    }
}

#[derive(Debug)]
pub(crate) struct Pending(File);

impl Pending {
    pub(crate) fn of(signals: &SignalSet) -> Result<Self, crate::exit::Refused> {
        Ok(Self(kernel().open(Object::Signals(*signals))))
    }

    pub(crate) fn read_only(&self, signals: &SignalSet) -> crate::Result<()> {
        kernel().set_signalfd(&self.0, *signals);
        Ok(())
    }

    /// One read takes all, as the real one does.
    pub(crate) fn take(&self, each: impl FnMut(Siginfo)) -> crate::Result<()> {
        let taken = kernel().take_signals(&self.0);
        taken.into_iter().map(|signal| Siginfo { signal, sender: None }).for_each(each);
        Ok(())
    }
}

impl AsFd for Pending {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

pub(crate) fn set_of<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> SignalSet {
    signals.into_iter().map(|signal| signal.number()).collect()
}
