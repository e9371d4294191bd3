//! The [`Action`] trait: the life of an action, as its author writes it.

use crate::arguments::Arguments;
use crate::arrival::Arrival;

/// What went wrong in an action: any error type, or a text converted with `.into()`.
///
/// flagman logs it with the whole chain of causes ([`source`](std::error::Error::source)).
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The outcome of a run that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completion {
    /// The action has finished this run and waits for the next signal.
    Done,
    /// The action has no more work, for this reason. flagman tears it down and removes it.
    Closed(String),
}

impl Completion {
    /// Why the action closed, if it did.
    #[must_use]
    pub fn closed(self) -> Option<String> {
        match self {
            Self::Done => None,
            Self::Closed(reason) => Some(reason),
        }
    }
}

/// An action: set up once, run for each signal of its bundle, torn down once.
///
/// flagman calls all of these from its main thread, never from a signal handler. They may do anything:
/// take locks, log, block, work for minutes. While one blocks, no other action of this flagman runs.
/// A panic is caught and counts as an error.
///
/// flagman's signals, which are more than those that have actions, are blocked in this thread, and
/// therefore in children started with [`std::process::Command`]: start them with
/// [`process::run`](crate::process::run()), which gives them the mask that flagman was started with. Where flagman is process 1 or a subreaper, it reaps every child that has
/// ended, between runs. An action must therefore wait for its own children in the same call that starts
/// them.
pub trait Action: Sized + 'static {
    /// The name that users type: `[a-z0-9_-]+`, checked when the program is compiled.
    const NAME: &'static str;

    /// The declared arguments; the documentation of this type describes the action. A simple action can
    /// be its own arguments: `type Arguments = Self`.
    type Arguments: Arguments;

    /// Checks what the types cannot express. Called before anything is set up, and under `--check`. It
    /// must have no side effects: leave whatever depends on the system to [`set_up`](Self::set_up).
    ///
    /// # Errors
    /// A sentence that names the argument and the word that was typed.
    fn check(arguments: &Self::Arguments) -> Result<(), String> {
        let _ = arguments;
        Ok(())
    }

    /// Makes the action ready: reads what it needs from the environment, opens connections.
    ///
    /// # Errors
    /// Any error ends flagman with exit status 2, after it has torn down the actions set up so far.
    fn set_up(arguments: Self::Arguments) -> Result<Self, Error>;

    /// Handles `arrival`. Called once for each run of the action's bundle.
    ///
    /// # Errors
    /// An error is logged; the action stays in its bundle and the next actions still run.
    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error>;

    /// Releases what the action holds. Called exactly once: when it closes, or before flagman exits.
    ///
    /// # Errors
    /// An error is logged. It does not change the exit status.
    fn tear_down(self) -> Result<(), Error> {
        Ok(())
    }
}

/// Whether `name` is a valid action name: `[a-z0-9_-]+`.
#[must_use]
pub const fn is_valid_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if !matches!(bytes[index], b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-') {
            return false;
        }
        index += 1;
    }
    !bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_valid_name;

    #[test]
    fn names_are_lower_case_letters_digits_underscores_and_dashes() {
        assert!(is_valid_name("delay_print-2"));
        for name in ["", "Print", "a b", "é", "a/b"] {
            assert!(!is_valid_name(name), "{name}");
        }
    }
}
