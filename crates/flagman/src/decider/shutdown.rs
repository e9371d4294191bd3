//! When a shutdown was asked for, which further request forces flagman out, and when the grace
//! ends.

use std::time::Duration;

use flagman_action::Signal;

use super::Time;

/// How long a shutdown may take, from the first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grace(pub(crate) Duration);

/// For so long after the first request one by the other signal is taken for its echo: a terminal
/// and a wrapper may both have sent one.
const ECHO: Duration = Duration::from_secs(1);

/// What a request for shutdown comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The shutdown begins.
    First,
    /// It would begin, but there is no grace at all: flagman is forced out.
    TooLate,
    /// It is one too many: flagman is forced out.
    Counted,
    /// It does not count.
    Echo,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Time,
    by_term: bool,
    by_int: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    grace: Grace,
    asked: Option<Asked>,
}

impl Shutdown {
    pub(super) fn new(grace: Grace) -> Self {
        Self { grace, asked: None }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.asked.map(|asked| asked.at.saturating_add(self.grace.0))
    }

    pub(super) fn ask(&mut self, by: Signal, at: Time) -> Request {
        let (term, int) = (by == Signal::TERM, by == Signal::INT);
        let Some(asked) = &mut self.asked else {
            self.asked = Some(Asked { at, by_term: term, by_int: int });
            return if self.grace.0.is_zero() { Request::TooLate } else { Request::First };
        };
        let again = (term && asked.by_term) || (int && asked.by_int);
        asked.by_term |= term;
        asked.by_int |= int;
        if again || at >= asked.at.saturating_add(ECHO) { Request::Counted } else { Request::Echo }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Grace, Request, Shutdown};
    use flagman_action::Signal;

    fn ask_all(requests: &[(Signal, u64)]) -> Vec<Request> {
        let mut shutdown = Shutdown::new(Grace(Duration::from_secs(8)));
        let ask = |(by, ms): &(Signal, u64)| shutdown.ask(*by, Duration::from_millis(*ms));
        requests.iter().map(ask).collect()
    }

    #[test]
    fn the_same_signal_again_forces() {
        let asked = ask_all(&[(Signal::INT, 0), (Signal::INT, 1)]);
        assert_eq!(asked, [Request::First, Request::Counted]);
    }

    #[test]
    fn the_other_signal_counts_only_a_second_after_the_first() {
        let asked = ask_all(&[(Signal::INT, 5), (Signal::TERM, 1004)]);
        assert_eq!(asked, [Request::First, Request::Echo]);
        let asked = ask_all(&[(Signal::TERM, 5), (Signal::INT, 1005)]);
        assert_eq!(asked, [Request::First, Request::Counted]);
    }

    #[test]
    fn an_echo_that_comes_again_forces() {
        let asked = ask_all(&[(Signal::TERM, 0), (Signal::INT, 1), (Signal::INT, 2)]);
        assert_eq!(asked, [Request::First, Request::Echo, Request::Counted]);
    }

    #[test]
    fn without_any_grace_the_first_request_forces() {
        let mut shutdown = Shutdown::new(Grace(Duration::ZERO));
        assert_eq!(shutdown.ask(Signal::TERM, Duration::from_secs(1)), Request::TooLate);
    }

    #[test]
    fn the_grace_runs_from_the_first_request() {
        let mut shutdown = Shutdown::new(Grace(Duration::from_secs(8)));
        assert_eq!(shutdown.deadline(), None);
        shutdown.ask(Signal::TERM, Duration::from_secs(3));
        shutdown.ask(Signal::INT, Duration::from_millis(3500));
        assert_eq!(shutdown.deadline(), Some(Duration::from_secs(11)));
    }
}
