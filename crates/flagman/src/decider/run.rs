//! A run in progress: which action of its bundle it has reached, how often that was tried, and how long
//! the run has taken so far.

use std::time::Duration;

use flagman_base::Arrival;

use super::bundles::{Bundles, Taken};
use super::retry;
use super::shutdown::Shutdown;
use super::vocabulary::{
    ActionId, BundleId, Cut, OnFailure, Policy, RanResult, Report, Retry, Step, Ticket, Time,
};

/// A run that is still in progress after each of these is logged, and then once an hour.
const LONG: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(10)];
const VERY_LONG: Duration = Duration::from_hours(1);

/// One pass through a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) bundle: BundleId,
    /// What it answers.
    pub(super) arrival: Arrival,
    answers: Ticket,
    kind: Kind,
    /// How many arrivals were dropped while it ran.
    pub(super) ignored: u64,
    /// How many actions of the bundle it has completed. Closed ones are no longer in the bundle.
    pub(super) passed: usize,
    pub(super) phase: Phase,
    /// How often its current action has been started, and when first.
    tries: u32,
    first_try: Time,
    cut: Option<Cut>,
    started: Time,
    /// How long after its start it is next logged as still in progress.
    notice: Duration,
}

/// Why a run was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By an arrival. A shutdown cuts it short.
    Ordinary,
    /// It is the first part of a shutdown. The last call cuts it short.
    OfShutdown,
}

/// How far a run has come with its current action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No action is in progress.
    Between,
    /// This one is running.
    Acting(ActionId),
    /// A try of this one has failed. What follows from that is not decided yet.
    Failed(ActionId),
    /// This one is tried again at this time.
    Pausing(ActionId, Time),
    /// This one has closed and must be removed.
    Closed(ActionId),
    /// This one is being torn down.
    Removing(ActionId),
    /// This one has read a new plan, which is being carried out.
    Reloading(ActionId),
}

/// What a run needs of the decider to go on.
pub(super) struct Surroundings<'a> {
    pub(super) bundles: &'a mut Bundles,
    pub(super) standing: &'a mut Vec<ActionId>,
    pub(super) shutdown: &'a Shutdown,
    pub(super) chance: &'a mut fastrand::Rng,
    pub(super) now: Time,
}

impl Run {
    /// A run that has not started its first action.
    pub(super) fn new(taken: Taken, kind: Kind, now: Time) -> Self {
        let Taken { bundle, arrival, answers } = taken;
        Self {
            bundle,
            arrival,
            answers,
            kind,
            ignored: 0,
            passed: 0,
            phase: Phase::Between,
            tries: 0,
            first_try: now,
            cut: None,
            started: now,
            notice: LONG[0],
        }
    }

    /// Its action has ended.
    pub(super) fn ended(&mut self, result: RanResult) {
        match (self.phase, result) {
            (Phase::Acting(_) | Phase::Reloading(_), RanResult::Done) => self.pass_action(),
            (Phase::Acting(action) | Phase::Reloading(action), RanResult::Failed(_)) => {
                self.phase = Phase::Failed(action);
            }
            (Phase::Acting(action) | Phase::Reloading(action), RanResult::Closed) => {
                self.phase = Phase::Closed(action);
            }
            (
                Phase::Between
                | Phase::Failed(_)
                | Phase::Pausing(..)
                | Phase::Closed(_)
                | Phase::Removing(_),
                RanResult::Done | RanResult::Failed(_) | RanResult::Closed,
            ) => {}
        }
    }

    /// Goes on to the next action.
    fn pass_action(&mut self) {
        self.passed = self.passed.saturating_add(1);
        self.phase = Phase::Between;
    }

    /// Its bundle may have changed: it goes on after the action that it has reached, or ends if the bundle
    /// does not have that any more.
    pub(super) fn adopted(&mut self, bundles: &Bundles) {
        if let Phase::Reloading(action) = self.phase {
            self.passed = bundles.place(self.bundle, action).unwrap_or(usize::MAX);
        }
    }

    /// Its closed action has been torn down.
    pub(super) fn removed(&mut self) {
        match self.phase {
            Phase::Removing(_) => self.phase = Phase::Between,
            Phase::Between
            | Phase::Acting(_)
            | Phase::Failed(_)
            | Phase::Pausing(..)
            | Phase::Closed(_)
            | Phase::Reloading(_) => {}
        }
    }

    /// Whether [`next`](Self::next) has anything but to wait.
    pub(super) fn is_due(&self, shutdown: &Shutdown, now: Time) -> bool {
        match self.phase {
            Phase::Between | Phase::Failed(_) | Phase::Closed(_) => true,
            Phase::Pausing(_, until) => until <= now || !self.may_start(shutdown),
            Phase::Acting(_) | Phase::Removing(_) | Phase::Reloading(_) => false,
        }
    }

    /// What the main thread does next for it. The run is over when this is [`Step::Report`].
    pub(super) fn next(&mut self, around: &mut Surroundings<'_>) -> Step {
        match self.phase {
            Phase::Between => match around.bundles.member(self.bundle, self.passed) {
                Some(member) if self.cut.is_none() && self.may_start(around.shutdown) => {
                    (self.tries, self.first_try) = (0, around.now);
                    self.try_it(member.action)
                }
                Some(_) | None => Step::Report(self.report(around.bundles)),
            },
            Phase::Failed(action) => self.failed(action, around),
            Phase::Pausing(action, until) => {
                if !self.may_start(around.shutdown) {
                    Step::Report(self.report(around.bundles))
                } else if until <= around.now {
                    self.try_again(action, around)
                } else {
                    Step::Sleep
                }
            }
            Phase::Closed(action) => {
                around.bundles.remove(self.bundle, action);
                around.standing.retain(|standing| *standing != action);
                self.phase = Phase::Removing(action);
                Step::Remove(action)
            }
            Phase::Acting(_) | Phase::Removing(_) | Phase::Reloading(_) => Step::Sleep,
        }
    }

    /// Whether another action, or another try of one, may start.
    fn may_start(&self, shutdown: &Shutdown) -> bool {
        match self.kind {
            Kind::Ordinary => !shutdown.is_asked(),
            Kind::OfShutdown => !shutdown.is_last_call(),
        }
    }

    fn try_it(&mut self, action: ActionId) -> Step {
        self.tries = self.tries.saturating_add(1);
        self.phase = Phase::Acting(action);
        Step::Run(action, self.arrival)
    }

    /// The pause is over. If flagman slept for longer, there may be no time left for another try.
    fn try_again(&mut self, action: ActionId, around: &mut Surroundings<'_>) -> Step {
        let policy = self.policy(action, around.bundles);
        if self.may_try_at(around.now, &policy) {
            return self.try_it(action);
        }
        self.give_up(action, &policy);
        self.next(around)
    }

    /// A try of `action` has failed: what its policy says.
    fn failed(&mut self, action: ActionId, around: &mut Surroundings<'_>) -> Step {
        if !self.may_start(around.shutdown) {
            self.pass_action();
            return self.next(around);
        }
        let policy = self.policy(action, around.bundles);
        if self.tries <= u32::from(policy.retries) {
            let after = retry::pause(policy.retry_delay, self.tries, around.chance);
            let until = around.now.saturating_add(after);
            if self.may_try_at(until, &policy) {
                self.phase = Phase::Pausing(action, until);
                return Step::Retry(Retry { action, arrival: self.arrival, after });
            }
        }
        self.give_up(action, &policy);
        self.next(around)
    }

    fn policy(&self, action: ActionId, bundles: &Bundles) -> Policy {
        let place = bundles.place(self.bundle, action);
        let member = place.and_then(|place| bundles.member(self.bundle, place));
        member.map(|member| member.policy).unwrap_or_default()
    }

    /// Whether a further try may start at the time `at`.
    fn may_try_at(&self, at: Time, policy: &Policy) -> bool {
        at.saturating_sub(self.first_try) < policy.give_up
    }

    /// The last try of `action` has failed.
    fn give_up(&mut self, action: ActionId, policy: &Policy) {
        match policy.on_failure {
            OnFailure::Continue => {}
            OnFailure::Stop => self.cut = Some(Cut { action, exits: false }),
            OnFailure::Exit => self.cut = Some(Cut { action, exits: true }),
        }
        self.pass_action();
    }

    /// What is reported about it.
    fn report(&self, bundles: &Bundles) -> Report {
        let Self { bundle, arrival, answers, ignored, started, cut, .. } = *self;
        let left_out = match (self.kind, cut) {
            (Kind::OfShutdown, None) => bundles.members(bundle).saturating_sub(self.begun()),
            (Kind::OfShutdown, Some(_)) | (Kind::Ordinary, _) => 0,
        };
        Report { bundle, arrival, answers, ignored, started, cut, left_out }
    }

    /// How many of its actions it has tried.
    fn begun(&self) -> usize {
        self.passed.saturating_add(usize::from(self.pause_ends().is_some()))
    }

    /// When [`pass`](Self::pass) must be called.
    pub(super) fn notice_due(&self) -> Time {
        self.started.saturating_add(self.notice)
    }

    /// When its pause ends, if it is in one.
    pub(super) fn pause_ends(&self) -> Option<Time> {
        match self.phase {
            Phase::Pausing(_, until) => Some(until),
            Phase::Between
            | Phase::Acting(_)
            | Phase::Failed(_)
            | Phase::Closed(_)
            | Phase::Removing(_)
            | Phase::Reloading(_) => None,
        }
    }

    /// How long it has taken so far, if it is time to log that.
    pub(super) fn pass(&mut self, now: Time) -> Option<Duration> {
        let lasted = now.saturating_sub(self.started);
        if lasted < self.notice {
            return None;
        }
        let next = LONG.into_iter().find(|notice| lasted < *notice);
        let hours = u32::try_from(lasted.as_secs() / VERY_LONG.as_secs()).unwrap_or(u32::MAX);
        self.notice = next.unwrap_or_else(|| VERY_LONG.saturating_mul(hours.saturating_add(1)));
        Some(lasted)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use flagman_base::{Arrival, Signal};

    use super::{BundleId, Kind, Run, Taken, Ticket};

    fn run(start: Duration) -> Run {
        let arrival = Arrival::new(Signal::HUP);
        let taken = Taken { bundle: BundleId(0), arrival, answers: Ticket(1) };
        Run::new(taken, Kind::Ordinary, start)
    }

    #[test]
    fn a_long_run_is_logged_after_a_minute_ten_minutes_and_each_hour() {
        let start = Duration::from_secs(7);
        let mut run = run(start);
        for minutes in [1, 10, 60, 120, 180] {
            let lasted = Duration::from_mins(minutes);
            assert_eq!(run.notice_due(), start + lasted);
            assert_eq!(run.pass((start + lasted).saturating_sub(Duration::from_nanos(1))), None);
            assert_eq!(run.pass(start + lasted), Some(lasted));
            assert_eq!(run.pass(start + lasted), None);
        }
    }

    #[test]
    fn a_late_look_logs_a_long_run_only_once() {
        let mut run = run(Duration::ZERO);
        let lasted = Duration::from_mins(61);
        assert_eq!(run.pass(lasted), Some(lasted));
        assert_eq!(run.notice_due(), Duration::from_hours(2));
    }
}
