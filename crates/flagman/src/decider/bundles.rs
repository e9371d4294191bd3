//! The bundles, and the order in which they wait for a run.
//!
//! First come, first served, by each bundle's first arrival: a bundle whose signal arrives again while
//! it waits keeps its place, and one that has run goes to the end. So no waiting bundle is overtaken
//! twice by the same other one (I5).

use std::collections::VecDeque;

use flagman_base::{Arrival, Signal};

use super::{ActionId, BundleId, Cause, Overlap, Ticket};

/// The actions of one signal, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) id: BundleId,
    pub(crate) signal: Signal,
    /// What becomes of an arrival while these run.
    pub(crate) overlap: Overlap,
    pub(crate) actions: Vec<ActionId>,
}

/// A bundle that waits for its run to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) bundle: BundleId,
    pub(super) count: u64,
    /// What caused the first arrival.
    first: Cause,
    /// The last arrival.
    pub(super) last: Ticket,
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

    pub(super) fn all(&self) -> &[Bundle] {
        &self.all
    }

    pub(super) fn get(&self, id: BundleId) -> Option<&Bundle> {
        self.all.iter().find(|bundle| bundle.id == id)
    }

    /// How many arrivals of this bundle wait for a run.
    pub(super) fn waiting(&self, id: BundleId) -> u64 {
        self.waiting.iter().find(|waiting| waiting.bundle == id).map_or(0, |waiting| waiting.count)
    }

    /// Whether any bundle waits.
    pub(super) fn is_any_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Adds an arrival to those of its bundle that wait already, or puts it at the end of the queue.
    pub(super) fn wait(&mut self, bundle: BundleId, ticket: Ticket, cause: Cause) {
        match self.waiting.iter_mut().find(|waiting| waiting.bundle == bundle) {
            Some(waiting) => {
                waiting.count += 1;
                waiting.last = ticket;
            }
            None => {
                self.waiting.push_back(Waiting { bundle, count: 1, first: cause, last: ticket });
            }
        }
    }

    /// Takes the bundle whose turn it is, with the arrival that its run answers.
    pub(super) fn take_first_waiting(&mut self) -> Option<(Waiting, Arrival)> {
        let waiting = self.waiting.pop_front()?;
        let signal = self.get(waiting.bundle)?.signal;
        let arrival = Arrival::new(signal).times(waiting.count).sent_by(waiting.first.sender());
        Some((waiting, arrival))
    }

    /// The action at `index` of the bundle, counted among those that have not closed.
    pub(super) fn action(&self, id: BundleId, index: usize) -> Option<ActionId> {
        self.get(id).and_then(|bundle| bundle.actions.get(index).copied())
    }

    pub(super) fn remove(&mut self, id: BundleId, action: ActionId) {
        for bundle in self.all.iter_mut().filter(|bundle| bundle.id == id) {
            bundle.actions.retain(|kept| *kept != action);
        }
    }
}
