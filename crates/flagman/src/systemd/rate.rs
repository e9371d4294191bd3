//! How often STATUS is said: at most ten times a second, and a tenth of a second apart unless somebody
//! waits for it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::decider::Time;

/// The least time from one STATUS to the next, if nobody waits for it.
pub(super) const STATUS_PERIOD: Duration = Duration::from_millis(100);
/// The most in a second.
const MOST: usize = 10;
const SECOND: Duration = Duration::from_secs(1);

/// When the last ones were said; see the module.
#[derive(Debug, Default)]
pub(super) struct Rate {
    last: VecDeque<Time>,
}

impl Rate {
    /// From when on the next one may be said.
    pub(super) fn next(&self) -> Time {
        let last = self.last.back().map_or(Time::ZERO, |last| *last + STATUS_PERIOD);
        last.max(self.next_at_once())
    }

    /// From when on the next one may be said for which somebody waits.
    pub(super) fn next_at_once(&self) -> Time {
        match self.last.front() {
            Some(first) if self.last.len() == MOST => *first + SECOND,
            Some(_) | None => Time::ZERO,
        }
    }

    /// One is said.
    pub(super) fn said(&mut self, now: Time) {
        if self.last.len() == MOST {
            self.last.pop_front();
        }
        self.last.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MOST, Rate, SECOND, STATUS_PERIOD};

    #[test]
    fn they_are_a_period_apart_and_those_that_are_waited_for_ten_a_second() {
        let start = Duration::from_secs(7);
        let mut rate = Rate::default();
        assert!(rate.next() <= start);
        for _ in 0..MOST {
            assert!(rate.next_at_once() <= start);
            rate.said(start);
            assert!(rate.next() >= start + STATUS_PERIOD);
        }
        assert_eq!(rate.next_at_once(), start + SECOND);
        assert_eq!(rate.next(), start + SECOND);
        rate.said(start + SECOND);
        assert_eq!(rate.next_at_once(), start + SECOND);
        assert_eq!(rate.next(), start + SECOND + STATUS_PERIOD);
    }
}
