//! A child as the leader of its process group, and how both are signalled.
//!
//! Ordering rule: nobody signals a leader that has been reaped, for its number may then be a stranger's.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use nix::errno::Errno;
use nix::sys::signal::{Signal as Number, killpg};
use nix::unistd::{Pid, getpgid};

use crate::Signal;

/// A child that leads a group of the same number, unless it has left that for another one.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    pub(super) pid: Pid,
    pidfd: Arc<OwnedFd>,
}

impl Leader {
    pub(super) fn new(pid: Pid, pidfd: OwnedFd) -> Self {
        Self { pid, pidfd: Arc::new(pidfd) }
    }

    /// Sends `signal` to all of the group, and to the leader also if it has left the group
    /// (`setpgid(2)`). What is stopped is continued after SIGTERM, which it could not act on otherwise.
    ///
    /// # Errors
    /// `signal` is a real-time signal or none, nobody is left to get it, or they belong to another user.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        self.send(Number::try_from(signal.number())?)?;
        if signal == Signal::TERM {
            // It may have ended of it.
            let _ = self.send(Number::SIGCONT);
        }
        Ok(())
    }

    fn send(&self, number: Number) -> io::Result<()> {
        let group = killpg(self.pid, number);
        if getpgid(Some(self.pid)) == Ok(self.pid) {
            return Ok(group?);
        }
        let leader = flagman_sys::signal_by_pidfd(self.pidfd.as_fd(), number as i32);
        match group {
            // The group is empty, or has become another session's.
            Err(Errno::ESRCH | Errno::EPERM) => leader,
            Ok(()) | Err(_) => leader.and(Ok(group?)),
        }
    }
}

impl AsFd for Leader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
