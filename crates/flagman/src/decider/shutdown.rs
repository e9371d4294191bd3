//! When shutdown was asked for, which further request forces flagman out, and when the grace period
//! (`--grace`) ends.

use std::time::Duration;

use super::{Stop, Time};

/// How long a shutdown may take, from the first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grace(pub(crate) Duration);

/// For how long after the first request a request by the other signal counts as its echo: a terminal
/// and a wrapper may each have sent one.
const ECHO: Duration = Duration::from_secs(1);

/// How long before the end of the grace period actions in processes of their own are asked to end. If
/// the grace period is shorter than twice this, they are asked half-way through it.
const LAST_CALL: Duration = Duration::from_secs(2);

impl Grace {
    /// How long after the first request the actions still running are asked to end.
    fn until_last_call(self) -> Duration {
        let Self(grace) = self;
        grace.saturating_sub(LAST_CALL).max(grace / 2)
    }
}

/// How long after the first request flagman logs what it is still waiting for.
const NOTICE: Duration = Duration::from_millis(500);

/// What is due now that time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// Nobody has asked for a shutdown.
    NotShuttingDown,
    /// Nothing is due.
    Nothing,
    /// Log what the shutdown is waiting for; once.
    Notice,
    /// Ask actions in processes of their own to end; once.
    LastCall,
    /// The grace period is over.
    Grace,
}

/// What a request for shutdown does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The shutdown begins.
    First,
    /// It would begin, but the grace period is zero: flagman is forced out.
    TooLate,
    /// It is a further request that counts: flagman is forced out.
    Counted,
    /// It is an echo of the first, and does not count.
    Echo,
}

#[derive(Clone, Copy, Debug)]
struct FirstRequest {
    at: Time,
    /// The signal that asked, and when; `None` as long as flagman has only asked itself.
    by: Option<(Stop, Time)>,
    other: Other,
    next: Milestone,
}

/// The next point in the grace period at which something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Milestone {
    Notice,
    LastCall,
    End,
}

/// Whether the other of the two signals has asked for shutdown too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    NotYet,
    Echoed,
}

#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    grace: Grace,
    asked: Option<FirstRequest>,
}

impl Shutdown {
    pub(super) fn new(grace: Grace) -> Self {
        Self { grace, asked: None }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether actions in processes of their own have been asked to end.
    pub(super) fn is_last_call(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.next == Milestone::End)
    }

    /// Has this grace period from now on, unless a shutdown has begun.
    pub(super) fn adopt(&mut self, grace: Grace) {
        if self.asked.is_none() {
            self.grace = grace;
        }
    }

    /// When [`pass`](Self::pass) must be called.
    pub(super) fn deadline(&self) -> Option<Time> {
        let asked = self.asked?;
        let wait = match asked.next {
            Milestone::Notice => NOTICE,
            Milestone::LastCall => self.grace.until_last_call(),
            Milestone::End => self.grace.0,
        };
        Some(asked.at.saturating_add(wait))
    }

    pub(super) fn pass(&mut self, now: Time) -> Passed {
        let Some(asked) = &mut self.asked else { return Passed::NotShuttingDown };
        let since = now.saturating_sub(asked.at);
        if since >= self.grace.0 {
            Passed::Grace
        } else if asked.next == Milestone::Notice && since >= NOTICE {
            asked.next = Milestone::LastCall;
            Passed::Notice
        } else if asked.next == Milestone::LastCall && since >= self.grace.until_last_call() {
            asked.next = Milestone::End;
            Passed::LastCall
        } else {
            Passed::Nothing
        }
    }

    /// flagman shuts down without having been asked to.
    pub(super) fn ask_ourselves(&mut self, at: Time) {
        if self.asked.is_none() {
            self.begin(None, at);
        }
    }

    pub(super) fn ask(&mut self, by: Stop, at: Time) -> Request {
        let Some(asked) = &mut self.asked else {
            self.begin(Some((by, at)), at);
            return if self.grace.0.is_zero() { Request::TooLate } else { Request::First };
        };
        let Some((first, asked_at)) = asked.by else {
            // Whoever sends it need not know that a shutdown is in progress.
            asked.by = Some((by, at));
            return Request::Echo;
        };
        let late = at >= asked_at.saturating_add(ECHO);
        if by == first || asked.other == Other::Echoed || late {
            return Request::Counted;
        }
        asked.other = Other::Echoed;
        Request::Echo
    }

    fn begin(&mut self, by: Option<(Stop, Time)>, at: Time) {
        let early = NOTICE < self.grace.until_last_call();
        let next = if early { Milestone::Notice } else { Milestone::LastCall };
        self.asked = Some(FirstRequest { at, by, other: Other::NotYet, next });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Grace, Passed, Request, Shutdown, Stop};

    fn ask_all(requests: &[(Stop, u64)]) -> Vec<Request> {
        let mut shutdown = Shutdown::new(Grace(Duration::from_secs(8)));
        let ask = |(by, ms): &(Stop, u64)| shutdown.ask(*by, Duration::from_millis(*ms));
        requests.iter().map(ask).collect()
    }

    #[test]
    fn the_same_signal_again_forces_flagman_out() {
        let asked = ask_all(&[(Stop::Int, 0), (Stop::Int, 1)]);
        assert_eq!(asked, [Request::First, Request::Counted]);
    }

    #[test]
    fn the_other_signal_counts_only_a_second_after_the_first() {
        let asked = ask_all(&[(Stop::Int, 5), (Stop::Term, 1004)]);
        assert_eq!(asked, [Request::First, Request::Echo]);
        let asked = ask_all(&[(Stop::Term, 5), (Stop::Int, 1005)]);
        assert_eq!(asked, [Request::First, Request::Counted]);
    }

    #[test]
    fn a_second_echo_forces_flagman_out() {
        let asked = ask_all(&[(Stop::Term, 0), (Stop::Int, 1), (Stop::Int, 2)]);
        assert_eq!(asked, [Request::First, Request::Echo, Request::Counted]);
    }

    #[test]
    fn the_first_request_after_flagman_has_asked_itself_does_not_force_it_out() {
        let mut shutdown = Shutdown::new(Grace(Duration::from_secs(8)));
        shutdown.ask_ourselves(Duration::ZERO);
        let ask = |shutdown: &mut Shutdown, by, ms| shutdown.ask(by, Duration::from_millis(ms));
        assert_eq!(ask(&mut shutdown, Stop::Term, 3000), Request::Echo);
        assert_eq!(ask(&mut shutdown.clone(), Stop::Term, 3001), Request::Counted);
        assert_eq!(ask(&mut shutdown.clone(), Stop::Int, 3999), Request::Echo);
        assert_eq!(ask(&mut shutdown, Stop::Int, 4000), Request::Counted);
        assert_eq!(shutdown.pass(Duration::from_secs(8)), Passed::Grace);
    }

    #[test]
    fn without_any_grace_the_first_request_forces_flagman_out() {
        let mut shutdown = Shutdown::new(Grace(Duration::ZERO));
        assert_eq!(shutdown.ask(Stop::Term, Duration::from_secs(1)), Request::TooLate);
    }

    #[test]
    fn the_grace_runs_from_the_first_request_with_a_notice_and_a_last_call() {
        let at = |ms: u64| Duration::from_millis(3000 + ms);
        let mut shutdown = Shutdown::new(Grace(Duration::from_secs(8)));
        assert_eq!((shutdown.deadline(), shutdown.pass(at(0))), (None, Passed::NotShuttingDown));
        shutdown.ask(Stop::Term, at(0));
        shutdown.ask(Stop::Int, at(400));
        assert_eq!(shutdown.deadline(), Some(at(500)));
        assert_eq!(shutdown.pass(at(499)), Passed::Nothing);
        assert_eq!(shutdown.pass(at(500)), Passed::Notice);
        assert_eq!(shutdown.pass(at(501)), Passed::Nothing);
        assert_eq!(shutdown.deadline(), Some(at(6000)));
        assert_eq!(shutdown.pass(at(6000)), Passed::LastCall);
        assert_eq!(shutdown.pass(at(6001)), Passed::Nothing);
        assert_eq!(shutdown.deadline(), Some(at(8000)));
        assert_eq!(shutdown.pass(at(8000)), Passed::Grace);
    }

    #[test]
    fn the_last_call_is_two_seconds_before_the_end_or_half_way() {
        for (grace, last_call) in
            [(200, 100), (3999, 1999), (4000, 2000), (4001, 2001), (8000, 6000)]
        {
            let [grace, last_call] = [grace, last_call].map(Duration::from_millis);
            let until = Grace(grace).until_last_call();
            assert!(until.abs_diff(last_call) < Duration::from_millis(1), "{grace:?}: {until:?}");
        }
    }

    #[test]
    fn there_is_no_notice_if_it_would_come_together_with_the_last_call() {
        let mut shutdown = Shutdown::new(Grace(Duration::from_secs(1)));
        shutdown.ask(Stop::Term, Duration::ZERO);
        assert_eq!(shutdown.pass(Duration::from_millis(500)), Passed::LastCall);
    }

    #[test]
    fn a_short_grace_has_no_notice_and_its_last_call_is_half_way() {
        let mut shutdown = Shutdown::new(Grace(Duration::from_millis(200)));
        shutdown.ask(Stop::Term, Duration::ZERO);
        assert_eq!(shutdown.deadline(), Some(Duration::from_millis(100)));
        assert_eq!(shutdown.pass(Duration::from_millis(100)), Passed::LastCall);
        assert_eq!(shutdown.deadline(), Some(Duration::from_millis(200)));
        assert_eq!(shutdown.pass(Duration::from_millis(200)), Passed::Grace);
    }
}
