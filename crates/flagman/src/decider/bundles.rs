//! The bundles, and the order in which they wait for a run.
//!
//! First come, first served, by each bundle's first arrival: a bundle whose signal arrives again while
//! it waits keeps its place, and one that has run goes to the end. So no waiting bundle is overtaken
//! twice by the same other one (I5). A bundle whose quiet period has not passed keeps its place too, and
//! lets the others pass.

use std::collections::VecDeque;
use std::time::Duration;

use flagman_base::{Arrival, Signal};

use super::{ActionId, BundleId, Cause, Overlap, Policy, Ticket, Time, Unanswered};

/// With so many arrivals of one bundle that wait for runs of their own, further ones are left in the
/// kernel. What is taken together with the last of them included, these are at most 4,096.
const FULL: usize = 4096 - MOST_AT_ONCE;

/// More than one look takes of one signal (`signals.rs`).
const MOST_AT_ONCE: usize = 96;

/// With how many waiting arrivals a bundle that was full has room again.
const ROOM: usize = FULL / 2;

/// A run starts at the latest after so many quiet periods.
const LATEST: u32 = 10;

/// The actions of one signal, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) id: BundleId,
    pub(crate) signal: Signal,
    /// What becomes of an arrival while these run.
    pub(crate) overlap: Overlap,
    /// For how long no further arrival must have come before a run starts; zero if that does not matter.
    pub(crate) quiet_period: Duration,
    pub(crate) members: Vec<Member>,
}

/// An action in its bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) action: ActionId,
    pub(crate) policy: Policy,
}

/// Arrivals that one run will answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Queued {
    count: u64,
    /// What caused the first one.
    first: Cause,
    last: Ticket,
}

/// What a run that starts answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) bundle: BundleId,
    pub(super) arrival: Arrival,
    /// The last ticket that it answers.
    pub(super) answers: Ticket,
}

/// A bundle and what waits for it.
#[derive(Clone, Debug)]
struct Slot {
    bundle: Bundle,
    /// One entry for each run; only `each` makes more than one.
    queue: VecDeque<Queued>,
    /// How many arrivals wait.
    count: u64,
    /// Not before this time its run starts, and its quiet period cannot move that beyond `latest`.
    due: Time,
    latest: Time,
}

#[derive(Clone, Debug)]
pub(super) struct Bundles {
    slots: Vec<Slot>,
    /// The bundles that wait.
    order: VecDeque<BundleId>,
    /// What waited for bundles that are gone, until somebody asks.
    dropped: Vec<Unanswered>,
}

impl Slot {
    fn new(bundle: Bundle) -> Self {
        let (due, latest) = (Time::ZERO, Time::ZERO);
        Self { bundle, queue: VecDeque::new(), count: 0, due, latest }
    }

    /// What waits goes on waiting, and no longer than under the new quiet period.
    fn adopt(self, bundle: Bundle) -> Self {
        let less = self.bundle.quiet_period.saturating_sub(bundle.quiet_period);
        let due = self.due.saturating_sub(less);
        let latest = self.latest.saturating_sub(less.saturating_mul(LATEST));
        Self { bundle, due: due.min(latest), latest, ..self }
    }
}

impl Slot {
    fn unanswered(&self) -> Unanswered {
        Unanswered { signal: self.bundle.signal, waiting: self.count, ignored: 0 }
    }
}

impl Bundles {
    pub(super) fn new(all: Vec<Bundle>) -> Self {
        let order = VecDeque::with_capacity(all.len());
        Self { slots: all.into_iter().map(Slot::new).collect(), order, dropped: Vec::new() }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Bundle> {
        self.slots.iter().map(|slot| &slot.bundle)
    }

    fn slot(&self, id: BundleId) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.bundle.id == id)
    }

    pub(super) fn get(&self, id: BundleId) -> Option<&Bundle> {
        self.slot(id).map(|slot| &slot.bundle)
    }

    /// The bundle of this signal, if it has actions.
    pub(super) fn of(&self, signal: Signal) -> Option<&Bundle> {
        self.all().find(|bundle| bundle.signal == signal && !bundle.members.is_empty())
    }

    /// How many arrivals of this bundle wait for a run.
    pub(super) fn waiting(&self, id: BundleId) -> u64 {
        self.slot(id).map_or(0, |slot| slot.count)
    }

    /// Whether no further arrival of this bundle should be taken from the kernel now.
    pub(super) fn is_full(&self, id: BundleId) -> bool {
        self.slot(id).is_some_and(|slot| slot.queue.len() >= FULL)
    }

    /// Whether arrivals of this bundle, which was full, can be taken from the kernel again.
    pub(super) fn has_room(&self, id: BundleId) -> bool {
        self.slot(id).is_none_or(|slot| slot.queue.len() <= ROOM)
    }

    /// Whether a run can start at the time `now`.
    pub(super) fn is_any_due(&self, now: Time) -> bool {
        self.order.iter().any(|id| self.is_due(*id, now))
    }

    fn is_due(&self, id: BundleId, now: Time) -> bool {
        self.slot(id).is_none_or(|slot| slot.due <= now)
    }

    /// When the first quiet period of those that wait ends.
    pub(super) fn first_due(&self) -> Option<Time> {
        self.order.iter().filter_map(|id| self.slot(*id)).map(|slot| slot.due).min()
    }

    /// Adds an arrival: to those of its bundle that wait already, unless each gets a run of its own. A
    /// bundle that did not wait goes to the end.
    pub(super) fn wait(&mut self, id: BundleId, ticket: Ticket, cause: Cause, at: Time) {
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.bundle.id == id) else { return };
        let quiet = slot.bundle.quiet_period;
        if slot.queue.is_empty() {
            slot.latest = at.saturating_add(quiet.saturating_mul(LATEST));
            self.order.push_back(id);
        }
        slot.due = at.saturating_add(quiet).min(slot.latest);
        slot.count += 1;
        match (slot.bundle.overlap, slot.queue.back_mut()) {
            (Overlap::Ignore | Overlap::Rerun, Some(last)) => {
                last.count += 1;
                last.last = ticket;
            }
            (Overlap::Ignore | Overlap::Rerun, None) | (Overlap::Each, _) => {
                slot.queue.push_back(Queued { count: 1, first: cause, last: ticket });
            }
        }
    }

    /// Takes what the next run answers, from the bundle whose turn it is at the time `now`.
    pub(super) fn take_first_due(&mut self, now: Time) -> Option<Taken> {
        let place = self.order.iter().position(|id| self.is_due(*id, now))?;
        let id = self.order.remove(place)?;
        let slot = self.slots.iter_mut().find(|slot| slot.bundle.id == id)?;
        let Queued { count, first, last } = slot.queue.pop_front()?;
        slot.count -= count;
        if slot.queue.is_empty() {
            // What a flood has needed is given back.
            slot.queue.shrink_to(1);
        } else {
            self.order.push_back(id);
        }
        Some(Taken { bundle: id, arrival: first.arrival(slot.bundle.signal, count), answers: last })
    }

    /// How many actions the bundle has.
    pub(super) fn members(&self, id: BundleId) -> usize {
        self.get(id).map_or(0, |bundle| bundle.members.len())
    }

    /// The arrivals that the last plan has left unserved.
    pub(super) fn take_dropped(&mut self) -> Vec<Unanswered> {
        std::mem::take(&mut self.dropped)
    }

    /// The action at `index` of the bundle, counted among those that have not closed.
    pub(super) fn member(&self, id: BundleId, index: usize) -> Option<Member> {
        self.get(id).and_then(|bundle| bundle.members.get(index).copied())
    }

    /// The place of this action in the bundle.
    pub(super) fn place(&self, id: BundleId, action: ActionId) -> Option<usize> {
        let members = &self.get(id)?.members;
        members.iter().position(|member| member.action == action)
    }

    pub(super) fn remove(&mut self, id: BundleId, action: ActionId) {
        for slot in self.slots.iter_mut().filter(|slot| slot.bundle.id == id) {
            slot.bundle.members.retain(|kept| kept.action != action);
        }
    }

    /// Has these bundles from now on. What waits for one that stays goes on waiting; what waits for one
    /// that is gone needs no run any more.
    pub(super) fn adopt(&mut self, all: Vec<Bundle>) {
        let mut old = std::mem::take(&mut self.slots);
        let mut adopted = |bundle: Bundle| match old.iter().position(|it| it.bundle.id == bundle.id)
        {
            Some(place) => old.swap_remove(place).adopt(bundle),
            None => Slot::new(bundle),
        };
        self.slots = all.into_iter().map(&mut adopted).collect();
        let gone = old.into_iter().filter(|slot| slot.count > 0);
        self.dropped = gone.map(|slot| slot.unanswered()).collect();
        let slots = &self.slots;
        self.order.retain(|id| slots.iter().any(|slot| slot.bundle.id == *id));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use flagman_base::Signal;

    use super::{Bundle, BundleId, Bundles, Cause, Overlap, Ticket, Time};

    #[test]
    fn memory_that_a_flood_has_needed_is_given_back_when_all_is_served() {
        let (id, overlap) = (BundleId(34), Overlap::Each);
        let (signal, quiet_period) = (Signal::from_number(34), Duration::ZERO);
        let bundle = Bundle { id, signal, overlap, quiet_period, members: Vec::new() };
        let mut bundles = Bundles::new(vec![bundle]);
        for ticket in 0..4096 {
            bundles.wait(id, Ticket(ticket), Cause::Failure, Time::ZERO);
        }
        while bundles.take_first_due(Time::ZERO).is_some() {}
        let kept = bundles.slots[0].queue.capacity();
        assert!(kept <= 8, "room for {kept} is kept");
        assert_eq!((bundles.waiting(id), bundles.order.len()), (0, 0));
    }
}
