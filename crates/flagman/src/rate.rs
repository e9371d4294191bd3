//! A limit of ten a second, for what flagman reports about each signal: STATUS and the arrival lines.

use std::collections::VecDeque;
use std::time::Duration;

use crate::decider::Time;

/// The least time between two reports if nobody waits for the second.
pub(crate) const PERIOD: Duration = Duration::from_millis(100);
/// The most reports in a second.
const MOST: usize = 10;
const SECOND: Duration = Duration::from_secs(1);

/// When the last reports were made; see the module.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    last: VecDeque<Time>,
}

impl Rate {
    /// The earliest time for the next report.
    pub(crate) fn next(&self) -> Time {
        let last = self.last.back().map_or(Time::ZERO, |last| *last + PERIOD);
        last.max(self.next_at_once())
    }

    /// The earliest time for the next report if somebody waits for it.
    pub(crate) fn next_at_once(&self) -> Time {
        match self.last.front() {
            Some(first) if self.last.len() == MOST => *first + SECOND,
            Some(_) | None => Time::ZERO,
        }
    }

    /// Records that a report was made.
    pub(crate) fn told(&mut self, now: Time) {
        if self.last.len() == MOST {
            self.last.pop_front();
        }
        self.last.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MOST, PERIOD, Rate, SECOND};

    #[test]
    fn reports_are_a_period_apart_and_those_that_somebody_waits_for_are_ten_a_second() {
        let start = Duration::from_secs(7);
        let mut rate = Rate::default();
        assert!(rate.next() <= start);
        for _ in 0..MOST {
            assert!(rate.next_at_once() <= start);
            rate.told(start);
            assert!(rate.next() >= start + PERIOD);
        }
        assert_eq!(rate.next_at_once(), start + SECOND);
        assert_eq!(rate.next(), start + SECOND);
        rate.told(start + SECOND);
        assert_eq!(rate.next_at_once(), start + SECOND);
        assert_eq!(rate.next(), start + SECOND + PERIOD);
    }
}
