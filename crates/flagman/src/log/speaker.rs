//! Whose log lines are whose: what an action in this process says by the `log` crate bears its name, as
//! what an action program says does.
//!
//! That is known of the thread on which the action is being performed, and of no other.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use log::Record;

/// What the targets of flagman's own parts start with.
const OWN: &str = "flagman.";

thread_local! {
    static SPEAKER: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// Does `body`, in which the action `name` speaks. It must not panic, or the action goes on speaking.
pub(crate) fn speaking<T>(name: &Arc<str>, body: impl FnOnce() -> T) -> T {
    let before = SPEAKER.replace(Some(Arc::clone(name)));
    let done = body();
    SPEAKER.set(before);
    done
}

/// The part of flagman that a line of the action `name` is from.
pub(crate) fn part_of(name: &str) -> String {
    format!("{OWN}action.{name}")
}

/// The part of flagman that a record is from: the one that it names, else the action that is speaking
/// on this thread, else whatever it says.
pub(super) fn part<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let target = record.target();
    if target.starts_with(OWN) {
        return Cow::Borrowed(target);
    }
    // A thread that is ending can still log, and has no speaker any more.
    let speaker = SPEAKER.try_with(|name| name.borrow().as_deref().map(part_of));
    speaker.ok().flatten().map_or(Cow::Borrowed(target), Cow::Owned)
}
