//! What the main thread is doing, so that a busy flagman can be told from a stuck one.
//!
//! Only the main thread writes it, at each change. Any thread may read it at any time.

use std::time::Duration;

use crate::decider::Time;
use crate::threads::{AtomicU64, Ordering};

/// What the main thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It waits for something to happen; that includes actions in processes of their own.
    Waiting,
    /// It has been doing flagman's own work since then. That takes microseconds.
    Working(Time),
    /// It has been inside an in-process action since then.
    Acting(Time),
}

/// What the main thread is doing, packed into one word: the lowest two bits hold the kind, the others
/// the time in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Pulse(AtomicU64);

const WAITING: u64 = 0;
const WORKING: u64 = 1;
const ACTING: u64 = 2;

impl Pulse {
    pub(crate) fn set(&self, doing: Doing) {
        let (kind, since) = match doing {
            Doing::Waiting => (WAITING, Time::ZERO),
            Doing::Working(since) => (WORKING, since),
            Doing::Acting(since) => (ACTING, since),
        };
        // Enough for 146,000 years.
        let microseconds = u64::try_from(since.as_micros()).unwrap_or(u64::MAX >> 2);
        self.0.store(microseconds << 2 | kind, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Doing {
        let word = self.0.load(Ordering::Relaxed);
        let since = Duration::from_micros(word >> 2);
        match word & 3 {
            WAITING => Doing::Waiting,
            WORKING => Doing::Working(since),
            _ => Doing::Acting(since),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Doing, Pulse};

    #[test]
    fn what_is_set_is_what_is_read() {
        let pulse = Pulse::default();
        assert_eq!(pulse.get(), Doing::Waiting);
        let since = Duration::from_micros(31_536_000_000_001);
        for doing in [Doing::Acting(since), Doing::Working(since), Doing::Waiting] {
            pulse.set(doing);
            assert_eq!(pulse.get(), doing);
        }
    }
}
