//! What the exhaustive plays share: how they tell the decider, and what its answer must say each time.

use std::fmt::Debug;
use std::time::Duration;

use flagman_base::Signal;

use super::super::{BundleId, Cause, Decider, Event, Reaction, Step, Time, Work};

/// Tells the decider. Its answer must say whether there is something to do now, and its deadline when
/// that changes without a further event.
pub(super) fn tell(decider: &mut Decider, event: Event, now: Time) -> Reaction {
    let reaction = decider.handle(event);
    let has_step = decider.clone().next(now) != Step::Sleep;
    assert_eq!(reaction.work == Work::Due, has_step, "after {event:?}: {decider:#?}");
    if !has_step {
        let deadline = decider.deadline().unwrap_or(Time::MAX);
        let before = deadline.saturating_sub(Duration::from_nanos(1)).max(now);
        assert!(
            before == deadline || decider.clone().next(before) == Step::Sleep,
            "something is due before the deadline, after {event:?}: {decider:#?}"
        );
    }
    reaction
}

/// A cause that says nothing.
pub(super) fn cause() -> Cause {
    Cause::Signal { sender: None, value: None }
}

/// The id of a signal's bundle, which is its number.
pub(super) fn id(signal: Signal) -> BundleId {
    BundleId(signal.number().cast_unsigned())
}

/// Shows a history if the model does not agree with it.
pub(super) struct Shown<'a, T: Debug>(pub(super) &'a [T]);

impl<T: Debug> Drop for Shown<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:#?}", self.0);
        }
    }
}
