//! Stands in for flagman's `signals`: pending signals are the model's.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

use crate::kernel::{Object, kernel};
use crate::{Sender, Signal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Siginfo {
    pub(crate) signal: Signal,
    pub(crate) sender: Option<Sender>,
}

#[derive(Debug)]
pub(crate) struct Pending(File);

impl Pending {
    pub(crate) fn of<'a>(
        signals: impl IntoIterator<Item = &'a Signal>,
    ) -> Result<Self, crate::exit::Refused> {
        let mask = signals.into_iter().copied().collect();
        Ok(Self(kernel().open(Object::Signals(mask))))
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
