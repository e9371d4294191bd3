//! What flagman and an action program say to each other: one JSON object a line, UTF-8, over a
//! connected Unix stream socket.
//!
//! The modules stand in the order in which bytes become meaning: [`LineBuffer`] cuts what was read
//! into lines, [`ToProgram`] and [`FromProgram`] are what a line can say, and [`Description`] is
//! what a program prints when it is asked to describe itself. This module must do no I/O: both
//! sides, and their tests, bring their own.
//!
//! What a side does not know is ignored: unknown fields are skipped, and an object that says only
//! unknown things is decoded as `Unknown`.

mod line;

mod message;

mod json;

mod fields;

mod to_program;

mod from_program;

mod description;

#[cfg(any(test, fuzzing))]
mod properties;

pub use description::Description;
pub use from_program::{FromProgram, Level};
pub use line::{LineBuffer, LineError};
pub use message::{Malformed, Unsendable};
pub use to_program::ToProgram;

/// The version of the protocol that this crate speaks.
pub const PROTOCOL: u32 = 1;

/// How long a line may be, in bytes, without the newline at its end.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// The number of the file descriptor that an action program finds its socket at.
pub const ACTION_FD: i32 = 3;

/// What the fuzz target in `fuzz/` calls; it breaks by a panic.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    /// What one side sends to the other.
    pub fn stream(bytes: &[u8]) {
        super::properties::stream(bytes);
    }
}
