//! A run in progress: which action of its bundle it is at.

use flagman_base::Arrival;

use super::vocabulary::{ActionId, RanResult};

/// One pass through a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// What it answers.
    pub(super) arrival: Arrival,
    /// How many arrivals were dropped while it ran.
    pub(super) ignored: u64,
    /// How many actions of the bundle are behind it; closed ones have left the bundle.
    pub(super) passed: usize,
    pub(super) stage: Stage,
}

/// How far a run has come with the action at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// None is in progress.
    Between,
    /// This one is running.
    Acting(ActionId),
    /// This one has closed and is to be removed.
    Closed(ActionId),
    /// This one is being torn down.
    Removing(ActionId),
}

impl Run {
    /// A run for `arrival` that has not started its first action.
    pub(super) fn new(arrival: Arrival) -> Self {
        Self { arrival, ignored: 0, passed: 0, stage: Stage::Between }
    }

    /// Its action has ended.
    pub(super) fn ended(&mut self, result: RanResult) {
        match (self.stage, result) {
            (Stage::Acting(_), RanResult::Stays) => {
                self.passed += 1;
                self.stage = Stage::Between;
            }
            (Stage::Acting(action), RanResult::Closed) => self.stage = Stage::Closed(action),
            (
                Stage::Between | Stage::Closed(_) | Stage::Removing(_),
                RanResult::Stays | RanResult::Closed,
            ) => {}
        }
    }

    /// Its closed action has been torn down.
    pub(super) fn removed(&mut self) {
        match self.stage {
            Stage::Removing(_) => self.stage = Stage::Between,
            Stage::Between | Stage::Acting(_) | Stage::Closed(_) => {}
        }
    }
}
