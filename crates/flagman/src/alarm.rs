//! One timer for everything that is due at some time, on the monotonic clock.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::PoisonError;
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use crate::decider::Time;
use crate::exit::{Named, Refused};
use crate::threads::Mutex;

/// A timer that wakes the watcher.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: TimerFd,
    set_for: Mutex<Option<Time>>,
}

impl Alarm {
    /// A timer that is not set.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new() -> Result<Self, Refused> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags).named("timerfd_create")?;
        // A sandbox that forbids this one would have nothing ever be due.
        timer.unset().named("timerfd_settime")?;
        Ok(Self { timer, set_for: Mutex::new(None) })
    }

    /// Makes it go off at `at`, unless it is already set for an earlier time.
    pub(crate) fn no_later_than(&self, at: Time, now: Time) {
        let mut set_for = self.set_for.lock().unwrap_or_else(PoisonError::into_inner);
        if set_for.is_none_or(|earlier| at < earlier) {
            // Zero would disarm it.
            let wait = at.saturating_sub(now).max(Duration::from_nanos(1));
            let once = Expiration::OneShot(TimeSpec::from_duration(wait));
            // A relative time that is not negative is always accepted (timerfd_settime(2)).
            if self.timer.set(once, TimerSetTimeFlags::empty()).is_ok() {
                *set_for = Some(at);
            }
        }
    }

    /// Records that it may have gone off. The caller sets it again for what is due next.
    pub(crate) fn went_off(&self) {
        let mut set_for = self.set_for.lock().unwrap_or_else(PoisonError::into_inner);
        // If it has gone off, the read clears it; otherwise there is nothing to read (EAGAIN).
        let _ = nix::unistd::read(&self.timer, &mut [0; 8]);
        *set_for = None;
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.timer.as_fd()
    }
}
