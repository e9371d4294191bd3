//! What can be seen of the decider without changing it: what is due and in progress, what stands, and what
//! nobody has answered.

use super::reload::Reload;
use super::run::Phase;
use super::{ActionId, Activity, Bundle, BundleId, Decider, Forced, State, Time, Unanswered, Work};

impl Decider {
    /// Whether `next` would answer anything but `Sleep`.
    pub(super) fn work(&self) -> Work {
        let is_due = match self.state {
            State::SettingUp { busy, .. } | State::TearingDown { busy, .. } => busy.is_none(),
            State::Idle => {
                self.bundles.is_any_due(self.now)
                    || self.shutdown.is_asked()
                    || self.failed.is_some()
                    || self.standing.is_empty()
            }
            State::Running(ref run) => match &self.reload {
                Some(reload) => reload.is_due(),
                None => run.is_due(&self.shutdown, self.now),
            },
            State::Over(_) => true,
        };
        if is_due && self.forced == Forced::NotYet { Work::Due } else { Work::Nothing }
    }

    /// When [`TimePassed`](super::Event::TimePassed) must be told at the latest; `None` while nothing is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let starts = match &self.state {
            State::Running(run) => run.pause_ends(),
            State::Idle => self.bundles.first_due(),
            State::SettingUp { .. } | State::TearingDown { .. } | State::Over(_) => None,
        };
        let told = match (&self.state, self.shutdown.is_asked()) {
            (_, true) => self.shutdown.deadline(),
            (State::Running(run), false) => Some(run.notice_due()),
            (
                State::SettingUp { .. } | State::Idle | State::TearingDown { .. } | State::Over(_),
                false,
            ) => None,
        };
        // What is due already has been answered with `Work::Due`.
        let starts = starts.filter(|due| *due > self.now);
        starts.into_iter().chain(told).min()
    }

    /// What is in progress.
    pub(super) fn activity(&self) -> Activity {
        match self.state {
            State::SettingUp { busy: Some(action), .. } => Activity::SettingUp(action),
            State::Running(ref run) => match run.phase {
                Phase::Acting(action) => Activity::Running(action, run.arrival.signal),
                Phase::Pausing(action, _) => Activity::Pausing(action, run.arrival.signal),
                Phase::Removing(action) => Activity::TearingDown(action),
                Phase::Reloading(_) => {
                    self.reload.as_ref().map_or(Activity::Nothing, Reload::activity)
                }
                Phase::Between | Phase::Failed(_) | Phase::Closed(_) => Activity::Nothing,
            },
            State::TearingDown { busy: Some(action), .. } => Activity::TearingDown(action),
            State::SettingUp { busy: None, .. }
            | State::Idle
            | State::TearingDown { busy: None, .. } => Activity::Nothing,
            State::Over(_) => Activity::Exiting,
        }
    }

    /// The arrivals that a new plan has left unserved, because it has no actions for their signals.
    pub(crate) fn take_dropped(&mut self) -> Vec<Unanswered> {
        self.bundles.take_dropped()
    }

    /// Whether arrivals of this bundle, which was full, can be taken from the kernel again.
    pub(crate) fn has_room(&self, bundle: BundleId) -> bool {
        self.bundles.has_room(bundle)
    }

    /// The actions that are set up, in the order of set-up, without the one that is being torn down.
    pub(crate) fn standing(&self) -> &[ActionId] {
        &self.standing
    }

    /// How many arrivals of this bundle are waiting for a run to start.
    pub(crate) fn waiting(&self, bundle: BundleId) -> u64 {
        self.bundles.waiting(bundle)
    }

    /// The arrivals that no run has answered, by signal. Those of bundles that have become empty need no
    /// answer.
    pub(crate) fn unanswered(&self) -> Vec<Unanswered> {
        let of = |bundle: &Bundle| Unanswered {
            signal: bundle.signal,
            waiting: self.bundles.waiting(bundle.id),
            ignored: self.ignored(bundle.id),
        };
        let is_any = |left: &Unanswered| left.waiting > 0 || left.ignored > 0;
        let with_actions = self.bundles.all().filter(|bundle| !bundle.members.is_empty());
        with_actions.map(of).filter(is_any).collect()
    }

    /// How many arrivals of this bundle were ignored in a run that has not ended.
    fn ignored(&self, bundle: BundleId) -> u64 {
        match &self.state {
            State::Running(run) if run.bundle == bundle => run.ignored,
            State::SettingUp { .. }
            | State::Idle
            | State::Running(_)
            | State::TearingDown { .. }
            | State::Over(_) => 0,
        }
    }
}
