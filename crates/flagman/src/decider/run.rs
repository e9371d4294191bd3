//! A run in progress: which action of its bundle it has reached, and how long it has taken so far.

use std::time::Duration;

use flagman_base::Arrival;

use super::bundles::Bundles;
use super::shutdown::Shutdown;
use super::vocabulary::{ActionId, BundleId, RanResult, Report, Step, Ticket, Time};

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
    /// How many arrivals were dropped while it ran.
    pub(super) ignored: u64,
    /// How many actions of the bundle it has completed. Closed ones are no longer in the bundle.
    pub(super) passed: usize,
    pub(super) phase: Phase,
    started: Time,
    /// How long after its start it is next logged as still in progress.
    notice: Duration,
}

/// How far a run has come with its current action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No action is in progress.
    Between,
    /// This one is running.
    Acting(ActionId),
    /// This one has closed and must be removed.
    Closed(ActionId),
    /// This one is being torn down.
    Removing(ActionId),
}

impl Run {
    /// A run that has not started its first action.
    pub(super) fn new(bundle: BundleId, arrival: Arrival, answers: Ticket, now: Time) -> Self {
        Self {
            bundle,
            arrival,
            answers,
            ignored: 0,
            passed: 0,
            phase: Phase::Between,
            started: now,
            notice: LONG[0],
        }
    }

    /// Its action has ended.
    pub(super) fn ended(&mut self, result: RanResult) {
        match (self.phase, result) {
            (Phase::Acting(_), RanResult::Done | RanResult::Failed(_)) => {
                self.passed += 1;
                self.phase = Phase::Between;
            }
            (Phase::Acting(action), RanResult::Closed) => self.phase = Phase::Closed(action),
            (
                Phase::Between | Phase::Closed(_) | Phase::Removing(_),
                RanResult::Done | RanResult::Failed(_) | RanResult::Closed,
            ) => {}
        }
    }

    /// Its closed action has been torn down.
    pub(super) fn removed(&mut self) {
        match self.phase {
            Phase::Removing(_) => self.phase = Phase::Between,
            Phase::Between | Phase::Acting(_) | Phase::Closed(_) => {}
        }
    }

    /// What the main thread does next for it. The run is over when this is [`Step::Report`].
    pub(super) fn next(
        &mut self,
        bundles: &mut Bundles,
        standing: &mut Vec<ActionId>,
        shutdown: &Shutdown,
    ) -> Step {
        match self.phase {
            Phase::Between => match bundles.action(self.bundle, self.passed) {
                Some(action) if !shutdown.is_asked() => {
                    self.phase = Phase::Acting(action);
                    Step::Run(action, self.arrival)
                }
                Some(_) | None => Step::Report(self.report()),
            },
            Phase::Closed(action) => {
                bundles.remove(self.bundle, action);
                standing.retain(|standing| *standing != action);
                self.phase = Phase::Removing(action);
                Step::Remove(action)
            }
            Phase::Acting(_) | Phase::Removing(_) => Step::Sleep,
        }
    }

    /// What is reported about it.
    fn report(&self) -> Report {
        let Self { bundle, arrival, answers, ignored, started, .. } = *self;
        Report { bundle, arrival, answers, ignored, started }
    }

    /// When [`pass`](Self::pass) must be called.
    pub(super) fn deadline(&self) -> Time {
        self.started.saturating_add(self.notice)
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

    use super::{BundleId, Run, Ticket};

    #[test]
    fn a_long_run_is_logged_after_a_minute_ten_minutes_and_each_hour() {
        let start = Duration::from_secs(7);
        let mut run = Run::new(BundleId(0), Arrival::new(Signal::HUP), Ticket(1), start);
        for minutes in [1, 10, 60, 120, 180] {
            let lasted = Duration::from_mins(minutes);
            assert_eq!(run.deadline(), start + lasted);
            assert_eq!(run.pass((start + lasted).saturating_sub(Duration::from_nanos(1))), None);
            assert_eq!(run.pass(start + lasted), Some(lasted));
            assert_eq!(run.pass(start + lasted), None);
        }
    }

    #[test]
    fn a_late_look_logs_a_long_run_only_once() {
        let mut run = Run::new(BundleId(0), Arrival::new(Signal::HUP), Ticket(1), Duration::ZERO);
        let lasted = Duration::from_mins(61);
        assert_eq!(run.pass(lasted), Some(lasted));
        assert_eq!(run.deadline(), Duration::from_hours(2));
    }
}
