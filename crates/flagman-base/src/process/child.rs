//! A process that was started here, until it is reaped.
//!
//! Ordering rule: its group is signalled only while the kernel still keeps it for us, for then its
//! number cannot be a stranger's.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal as Number, kill, killpg};
use nix::unistd::Pid;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};

use super::leader::Leader;
use super::running::Left;
use super::{Ended, running};
use crate::Signal;

/// What happened to a child that goes on living.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// This signal has stopped it.
    Stopped(Signal),
    /// It was stopped and goes on.
    Continued,
}

/// A child, leader of its process group. As a descriptor it is readable once it has ended
/// (`pidfd_open(2)`).
///
/// Dropping it neither stops nor reaps it: whoever holds it waits until [`try_wait`](Self::try_wait)
/// says how it ended.
#[derive(Debug)]
pub struct Child {
    leader: Leader,
    reaped: Option<Ended>,
}

impl Child {
    /// Takes charge of a process that was just started. If that cannot be, it is killed.
    pub(super) fn watch(pid: Pid) -> io::Result<Self> {
        let known = rustix::process::Pid::from_raw(pid.as_raw()).ok_or(Errno::SRCH)?;
        match pidfd_open(known, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self { leader: Leader::new(pid, pidfd), reaped: None }),
            Err(error) => {
                // Nobody could ever tell how it ended. It may have left its group, and is not reaped yet.
                let _ = killpg(pid, Number::SIGKILL);
                let _ = kill(pid, Number::SIGKILL);
                let _ = waitid(WaitId::Pid(known), WaitIdOptions::EXITED);
                Err(error.into())
            }
        }
    }

    /// Its process id, which is that of its group too.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.leader.pid.as_raw().cast_unsigned()
    }

    /// How it ended, if it has. Never blocks, and does not reap it: its group can still be signalled.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.reaped.or_else(|| self.ask(WaitIdOptions::NOWAIT))
    }

    /// How it ended, if it has; then it is reaped. Never blocks.
    ///
    /// What else is in its group goes on: who has to stop it calls
    /// [`signal_group`](Self::signal_group) first, when [`ended`](Self::ended) says so. Where all that
    /// runs was told to end ([`signal_running`](super::signal_running)) that is done here.
    pub fn try_wait(&mut self) -> Option<Ended> {
        if self.reaped.is_none() && self.ended().is_some() {
            if running::strike(self.leader.pid) == Left::Killed {
                // What is left of it may have gone meanwhile.
                let _ = self.signal_group(Signal::KILL);
            }
            self.reaped = self.ask(WaitIdOptions::empty());
        }
        self.reaped
    }

    /// Whether it was stopped or continued since this was last asked. Never blocks, and says nothing of its
    /// end.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
        let status = waitid(WaitId::PidFd(self.leader.as_fd()), options).ok()??;
        let stopped = |number| Change::Stopped(Signal::from_number(number));
        status.stopping_signal().map(stopped).or(status.continued().then_some(Change::Continued))
    }

    /// Waits until it has ended, which should be soon, and reaps it. Blocks until then.
    pub fn wait(&mut self) -> Ended {
        loop {
            if let Some(ended) = self.try_wait() {
                return ended;
            }
            let mut pidfd = [PollFd::new(self.leader.as_fd(), PollFlags::POLLIN)];
            // An interruption only means that it is asked again.
            let _ = poll(&mut pidfd, PollTimeout::NONE);
        }
    }

    /// Sends `signal` to all of its group, and to itself if it has left that. SIGTERM continues what is
    /// stopped, so that it can end. Once it has been reaped, by whomever, nothing is sent.
    ///
    /// # Errors
    /// `signal` is a real-time signal or none, or what is in the group now belongs to another user.
    pub fn signal_group(&self, signal: Signal) -> io::Result<()> {
        if self.reaped.is_some() || self.ask(WaitIdOptions::NOWAIT) == Some(Ended::Unknown) {
            return Ok(());
        }
        self.leader.signal(signal)
    }

    pub(super) fn leader(&self) -> &Leader {
        &self.leader
    }

    fn ask(&self, more: WaitIdOptions) -> Option<Ended> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | more;
        match waitid(WaitId::PidFd(self.leader.as_fd()), options) {
            Ok(status) => status.as_ref().map(Ended::of),
            // ECHILD, for all other errors are of calls that are wrong in themselves.
            Err(_) => Some(Ended::Unknown),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        running::strike(self.leader.pid);
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.leader.as_fd()
    }
}
