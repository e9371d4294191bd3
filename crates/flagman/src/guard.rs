//! Catches panics, so that one in an action costs that action's run and nothing else.
//!
//! The standard hook would write to standard error by itself, in several lines and blocking; ours
//! keeps what it is told for whoever catches the panic.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use crate::log::CORE;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static WHERE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught: its message and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Panicked(pub(crate) String);

impl std::fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "it panicked: {}", self.0)
    }
}

impl std::error::Error for Panicked {}

/// Replaces the process's panic hook.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(hook));
}

/// Runs `body`; a panic in it is an error.
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Panicked> {
    let outer = CATCHING.replace(true);
    WHERE.set(None);
    let caught = catch_unwind(AssertUnwindSafe(body));
    let caught = caught.map_err(|payload| {
        let place = WHERE.take().unwrap_or_default();
        let text = format!("{}{place}", message(payload.as_ref()));
        discard(payload);
        Panicked(text)
    });
    CATCHING.set(outer);
    caught
}

/// A payload can be of any type, so that dropping it can panic too; that one is let go.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

fn hook(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|at| format!(" (at {at})")).unwrap_or_default();
    if CATCHING.get() {
        WHERE.set(Some(place));
    } else {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed");
        let message = message(info.payload());
        log::error!(target: CORE, "the thread `{name}` panicked: {message}{place}");
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::{catch, install};

    #[test]
    fn a_panic_is_an_error_with_its_message_and_place() {
        install();
        let caught = catch(|| panic!("number {}", 1)).unwrap_err();
        assert!(caught.0.starts_with("number 1 (at "), "{caught}");
        assert_eq!(catch(|| 2), Ok(2));
    }

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn a_payload_that_panics_when_it_is_dropped_is_caught_as_well() {
        install();
        let caught = catch(|| std::panic::panic_any(PanicsWhenDropped)).unwrap_err();
        assert!(caught.0.starts_with("without a message (at "), "{caught}");
    }
}
