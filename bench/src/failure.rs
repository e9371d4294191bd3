//! The error type: why something could not be measured, in one sentence.
//!
//! A missed target is a result, not a failure. After a failure there is no result.

use std::fmt;

/// A result whose error is a [`Failure`].
pub type Result<T> = std::result::Result<T, Failure>;

/// One sentence of the form `cannot <verb> <object>: <cause>`.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure to do `what` (a verb and its object) because of `cause`.
    pub fn new(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self(format!("cannot {what}: {cause}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds to an error of any type what the program was doing.
pub trait During<T> {
    /// Converts the error into a [`Failure`] to do `what` (a verb and its object).
    ///
    /// # Errors
    /// The original error, as text.
    fn during(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> During<T> for std::result::Result<T, E> {
    fn during(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(what(), error))
    }
}
