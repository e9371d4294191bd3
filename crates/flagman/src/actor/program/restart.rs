//! How often, and after which pauses, a failed start of a program is tried again.

use std::time::Duration;

use crate::decider::Time;

/// After this many failed starts in a row the action closes.
const PATIENCE: u32 = 5;

/// The failed starts in a row.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    failed: u32,
    not_before: Option<Time>,
}

/// Whether a start may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    Over,
    Until(Time),
}

impl Restarts {
    /// Whether a start may be tried now.
    pub(super) fn pause(&self, now: Time) -> Pause {
        self.not_before.filter(|then| now < *then).map_or(Pause::Over, Pause::Until)
    }

    /// A start has failed. The next may be tried 1, 2, 4, then 8 seconds later. Returns how many have
    /// failed in a row if there must be no further try.
    pub(super) fn failed(&mut self, now: Time) -> Option<u32> {
        let pause = Duration::from_secs(1 << self.failed.min(3));
        self.failed += 1;
        self.not_before = Some(now + pause);
        (self.failed >= PATIENCE).then_some(self.failed)
    }

    /// A run was completed, which resets the count.
    pub(super) fn completed(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Pause, Restarts};

    #[test]
    fn pauses_double_up_to_eight_seconds_and_the_fifth_failure_is_the_last() {
        let mut restarts = Restarts::default();
        let mut now = Duration::from_secs(100);
        for seconds in [1, 2, 4, 8] {
            assert_eq!(restarts.pause(now), Pause::Over);
            assert_eq!(restarts.failed(now), None);
            let then = now + Duration::from_secs(seconds);
            assert_eq!(restarts.pause(now), Pause::Until(then));
            now = then;
        }
        assert_eq!(restarts.failed(now), Some(5));
    }

    #[test]
    fn a_completed_run_resets_the_count() {
        let mut restarts = Restarts::default();
        restarts.failed(Duration::ZERO);
        restarts.completed();
        assert_eq!(restarts.pause(Duration::ZERO), Pause::Over);
        restarts.failed(Duration::ZERO);
        assert_eq!(restarts.pause(Duration::ZERO), Pause::Until(Duration::from_secs(1)));
    }
}
