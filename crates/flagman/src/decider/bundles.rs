//! The bundles, and the order in which their signals wait.
//!
//! First come, first served, by the first arrival of each: a signal that arrives again while it
//! waits keeps its place, and one that has run goes to the end. So no waiting signal is overtaken
//! twice by the same one (I5).

use std::collections::VecDeque;

use flagman_action::{Sender, Signal};

use super::ActionId;

/// A signal that has arrived and whose run has not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) signal: Signal,
    pub(super) count: u64,
    pub(super) sender: Option<Sender>,
}

#[derive(Clone, Debug)]
pub(super) struct Bundles {
    actions: Vec<(Signal, Vec<ActionId>)>,
    waiting: VecDeque<Waiting>,
}

impl Bundles {
    pub(super) fn new(actions: Vec<(Signal, Vec<ActionId>)>) -> Self {
        let waiting = VecDeque::with_capacity(actions.len());
        Self { actions, waiting }
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
        self.actions
            .iter()
            .find(|(of, _)| *of == signal)
            .and_then(|(_, actions)| actions.get(index).copied())
    }

    pub(super) fn remove(&mut self, signal: Signal, action: ActionId) {
        for (of, actions) in &mut self.actions {
            if *of == signal {
                actions.retain(|kept| *kept != action);
            }
        }
    }
}
