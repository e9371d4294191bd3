//! How a program that is out of time is ended: SIGTERM when its time is over, two seconds later
//! SIGKILL.
//!
//! A pure type: it is told the time and says what to send. Everything that limits a program climbs
//! this one ladder.

use std::time::Duration;

use crate::Signal;

/// From SIGTERM to SIGKILL.
const UNTIL_KILL: Duration = Duration::from_secs(2);

/// Where a program stands on the way to its end. Times are counted from any one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ladder {
    /// It may go on for as long as it likes.
    Unlimited,
    /// It may go on until then.
    Until(Duration),
    /// It got SIGTERM, and may go on until then.
    Terminated(Duration),
    /// It got SIGKILL.
    Killed,
}

impl Ladder {
    /// For a program that starts `now` and may take `limit`.
    #[must_use]
    pub fn new(limit: Option<Duration>, now: Duration) -> Self {
        limit.map_or(Self::Unlimited, |limit| Self::Until(now.saturating_add(limit)))
    }

    /// When [`climb`](Self::climb) has something to send.
    #[must_use]
    pub fn deadline(self) -> Option<Duration> {
        match self {
            Self::Until(then) | Self::Terminated(then) => Some(then),
            Self::Unlimited | Self::Killed => None,
        }
    }

    /// Whether the program's time is over.
    #[must_use]
    pub fn is_out_of_time(self) -> bool {
        match self {
            Self::Terminated(_) | Self::Killed => true,
            Self::Unlimited | Self::Until(_) => false,
        }
    }

    /// Takes one step if its time has come; the signal is for the whole group.
    #[must_use]
    pub fn climb(&mut self, now: Duration) -> Option<Signal> {
        let (signal, next) = match *self {
            Self::Until(then) if now >= then => {
                (Signal::TERM, Self::Terminated(now.saturating_add(UNTIL_KILL)))
            }
            Self::Terminated(then) if now >= then => (Signal::KILL, Self::Killed),
            Self::Unlimited | Self::Until(_) | Self::Terminated(_) | Self::Killed => return None,
        };
        *self = next;
        Some(signal)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Ladder;
    use crate::Signal;

    const NOW: Duration = Duration::from_secs(100);
    const LIMIT: Duration = Duration::from_secs(3);

    #[test]
    fn sigterm_comes_at_the_limit_and_sigkill_two_seconds_later() {
        let mut ladder = Ladder::new(Some(LIMIT), NOW);
        let over = NOW + LIMIT;
        assert_eq!((ladder.deadline(), ladder.is_out_of_time()), (Some(over), false));
        assert_eq!(ladder.climb(over.saturating_sub(Duration::from_nanos(1))), None);
        assert_eq!(ladder.climb(over), Some(Signal::TERM));
        let last = over + Duration::from_secs(2);
        assert_eq!((ladder.deadline(), ladder.is_out_of_time()), (Some(last), true));
        assert_eq!(ladder.climb(last.saturating_sub(Duration::from_nanos(1))), None);
        assert_eq!(ladder.climb(last), Some(Signal::KILL));
        assert_eq!((ladder.deadline(), ladder.is_out_of_time()), (None, true));
        assert_eq!(ladder.climb(Duration::MAX), None);
    }

    #[test]
    fn without_a_limit_nothing_is_ever_sent() {
        let mut ladder = Ladder::new(None, NOW);
        assert_eq!((ladder.deadline(), ladder.is_out_of_time()), (None, false));
        assert_eq!(ladder.climb(Duration::MAX), None);
    }

    #[test]
    fn a_late_look_gives_the_program_its_two_seconds_all_the_same() {
        let mut ladder = Ladder::new(Some(LIMIT), NOW);
        assert_eq!(ladder.climb(NOW * 2), Some(Signal::TERM));
        assert_eq!(ladder.deadline(), Some(NOW * 2 + Duration::from_secs(2)));
    }
}
