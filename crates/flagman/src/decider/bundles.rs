//! The bundles, and the order in which their signals wait.
//!
//! First come, first served, by the first arrival of each: a signal that arrives again while it
//! waits keeps its place, and one that has run goes to the end. So no waiting signal is overtaken
//! twice by the same one (I5).

use std::collections::VecDeque;

use flagman_base::{Sender, Signal};

use super::{ActionId, Overlap};

/// The actions of one signal, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) signal: Signal,
    /// What an arrival of the signal does while these run.
    pub(crate) overlap: Overlap,
    pub(crate) actions: Vec<ActionId>,
}

/// A signal that has arrived and whose run has not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) signal: Signal,
    pub(super) count: u64,
    pub(super) sender: Option<Sender>,
}

#[derive(Clone, Debug)]
pub(super) struct Bundles {
    all: Vec<Bundle>,
    waiting: VecDeque<Waiting>,
}

impl Bundles {
    pub(super) fn new(all: Vec<Bundle>) -> Self {
        let waiting = VecDeque::with_capacity(all.len());
        Self { all, waiting }
    }

    fn of(&self, signal: Signal) -> Option<&Bundle> {
        self.all.iter().find(|bundle| bundle.signal == signal)
    }

    /// What an arrival of `signal` does while its own bundle runs.
    pub(super) fn overlap(&self, signal: Signal) -> Overlap {
        self.of(signal).map_or(Overlap::Ignore, |bundle| bundle.overlap)
    }

    /// Whether `signal` waits for a run.
    pub(super) fn is_waiting(&self, signal: Signal) -> bool {
        self.waiting.iter().any(|waiting| waiting.signal == signal)
    }

    /// Folds an arrival into the one of its signal that waits already, or lets it wait at the end.
    pub(super) fn wait(&mut self, signal: Signal, sender: Option<Sender>) {
        match self.waiting.iter_mut().find(|waiting| waiting.signal == signal) {
            Some(waiting) => waiting.count += 1,
            None => self.waiting.push_back(Waiting { signal, count: 1, sender }),
        }
    }

    pub(super) fn take_first_waiting(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    /// The action at `index` of the bundle of `signal`, counted among those that have not closed.
    pub(super) fn action(&self, signal: Signal, index: usize) -> Option<ActionId> {
        self.of(signal).and_then(|bundle| bundle.actions.get(index).copied())
    }

    pub(super) fn remove(&mut self, signal: Signal, action: ActionId) {
        for bundle in self.all.iter_mut().filter(|bundle| bundle.signal == signal) {
            bundle.actions.retain(|kept| *kept != action);
        }
    }
}
