//! Turns failures of actions into data. An error becomes one line with all its causes. A panic becomes
//! an error, so a panic in an action fails its run and nothing else.
//!
//! The standard panic hook writes several lines to standard error and blocks while it does so. Our hook
//! stores the message for the code that catches the panic.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static WHERE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught: its message and its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked(pub String);

impl fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "it panicked: {}", self.0)
    }
}

impl Error for Panicked {}

/// Why a call into an action's code failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// It returned an error: its text, with all its causes.
    Error(String),
    /// It panicked.
    Panicked(Panicked),
}

impl fmt::Display for CallFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(text) => formatter.write_str(text),
            Self::Panicked(panicked) => panicked.fmt(formatter),
        }
    }
}

/// Replaces the panic hook of the process. A panic that nobody catches is logged as an error through
/// the `log` crate.
pub fn install() {
    std::panic::set_hook(Box::new(hook));
}

/// Runs `body` and catches a panic in it.
///
/// # Errors
/// `body` panicked.
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Panicked> {
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

/// Drops a panic's payload. A payload can be of any type, so dropping it can panic too. That second
/// panic is ignored.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Calls an action's code. An error becomes a text with all its causes. The text is made while panics
/// are still caught, because an error's `Display` is the author's code too.
///
/// # Errors
/// The call failed, or it panicked.
pub fn guarded<T>(call: impl FnOnce() -> Result<T, crate::Error>) -> Result<T, CallFailure> {
    let caught = catch(|| call().map_err(|error| CallFailure::Error(chain(error.as_ref()))));
    caught.unwrap_or_else(|panicked| Err(CallFailure::Panicked(panicked)))
}

/// The most causes that are reported: a chain may be circular.
const LONGEST_CHAIN: usize = 32;

/// An error with all its causes, without repeating any.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let causes = std::iter::successors(error.source(), |&error| error.source());
    for cause in causes.take(LONGEST_CHAIN) {
        let next = cause.to_string();
        if !text.ends_with(&next) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, ": {next}");
        }
    }
    text
}

fn hook(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|at| format!(" (at {at})")).unwrap_or_default();
    if CATCHING.get() {
        WHERE.set(Some(place));
    } else {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed");
        let message = message(info.payload());
        log::error!(target: "flagman.core", "the thread `{name}` panicked: {message}{place}");
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
    use super::{catch, chain, install};

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

    #[derive(Debug)]
    struct Outer(std::io::Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("cannot look")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_error_is_told_with_all_its_causes() {
        assert_eq!(chain(&Outer(std::io::Error::other("no light"))), "cannot look: no light");
    }
}
