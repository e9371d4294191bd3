//! A reload in progress: what is new is set up, then the new bundles take the place of the old ones, and
//! only then is torn down what is gone. If a set-up fails, what was newly set up is torn down again, and
//! the old bundles stay.

use super::bundles::{Bundle, Bundles};
use super::shutdown::{Grace, Shutdown};
use super::vocabulary::{ActionId, Activity, Reloaded, SetUpResult, Step};

/// A new plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// All bundles of the new plan. A signal's bundle has the same id as before.
    pub(crate) bundles: Vec<Bundle>,
    pub(crate) grace: Grace,
    /// The actions that are new, in the order of set-up.
    pub(crate) added: Vec<ActionId>,
    /// The actions that the new plan does not have.
    pub(crate) gone: Vec<ActionId>,
}

/// A reload in progress.
#[derive(Clone, Debug)]
pub(super) struct Reload {
    change: Change,
    stage: Stage,
    /// The action that is being set up or torn down now.
    busy: Option<ActionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// So many of the new ones have been set up.
    SettingUp(usize),
    /// A set-up has failed.
    Undoing,
    /// The new plan holds.
    TearingDown,
}

impl Reload {
    pub(super) fn new(mut change: Change) -> Self {
        // They are looked for many times. In which order they are torn down does not depend on this.
        change.gone.sort_unstable();
        Self { change, stage: Stage::SettingUp(0), busy: None }
    }

    /// Whether [`next`](Self::next) has anything but to wait.
    pub(super) fn is_due(&self) -> bool {
        self.busy.is_none()
    }

    /// What is in progress.
    pub(super) fn activity(&self) -> Activity {
        let activity = match self.stage {
            Stage::SettingUp(_) => Activity::SettingUp,
            Stage::Undoing | Stage::TearingDown => Activity::TearingDown,
        };
        self.busy.map_or(Activity::Nothing, activity)
    }

    /// A set-up that was asked for has ended.
    pub(super) fn set_up(&mut self, result: SetUpResult, standing: &mut Vec<ActionId>) {
        let (Stage::SettingUp(done), Some(action)) = (self.stage, self.busy) else { return };
        self.busy = None;
        match result {
            SetUpResult::Ready => {
                standing.push(action);
                self.stage = Stage::SettingUp(done + 1);
            }
            SetUpResult::Failed => self.stage = Stage::Undoing,
        }
    }

    /// A tear-down that was asked for has ended.
    pub(super) fn torn_down(&mut self) {
        match self.stage {
            Stage::SettingUp(_) => {}
            Stage::Undoing | Stage::TearingDown => self.busy = None,
        }
    }

    /// What the main thread does next for it. It is over when this is [`Step::ReloadEnded`].
    pub(super) fn next(
        &mut self,
        bundles: &mut Bundles,
        standing: &mut Vec<ActionId>,
        shutdown: &mut Shutdown,
    ) -> Step {
        if self.busy.is_some() {
            return Step::Sleep;
        }
        match self.stage {
            // What was newly set up is torn down with all the rest.
            Stage::SettingUp(_) if shutdown.is_asked() => Step::ReloadEnded(Reloaded::CutShort),
            Stage::SettingUp(done) => {
                if let Some(action) = self.change.added.get(done).copied() {
                    self.busy = Some(action);
                    return Step::SetUp(action);
                }
                bundles.adopt(std::mem::take(&mut self.change.bundles));
                shutdown.adopt(self.change.grace);
                self.stage = Stage::TearingDown;
                Step::Adopt
            }
            Stage::Undoing => {
                let added = &self.change.added;
                let last = take_last(standing, |action| added.contains(action));
                self.tear_down(last, Reloaded::Undone)
            }
            Stage::TearingDown => {
                let gone = &self.change.gone;
                let last = take_last(standing, |action| gone.binary_search(action).is_ok());
                self.tear_down(last, Reloaded::Done)
            }
        }
    }

    /// Tears down `action`; without one, the reload has ended.
    fn tear_down(&mut self, action: Option<ActionId>, ended: Reloaded) -> Step {
        self.busy = action;
        action.map_or(Step::ReloadEnded(ended), Step::Remove)
    }
}

/// Takes the last of those that stand and are `wanted`.
fn take_last(standing: &mut Vec<ActionId>, wanted: impl Fn(&ActionId) -> bool) -> Option<ActionId> {
    let place = standing.iter().rposition(wanted)?;
    Some(standing.remove(place))
}
