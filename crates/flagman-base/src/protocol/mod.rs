//! The messages between flagman and an action program: one JSON object per line, in UTF-8, over a
//! connected Unix stream socket.
//!
//! The modules are listed in the order in which bytes become messages. [`LineBuffer`] splits the input
//! into lines. A line is a [`ToProgram`] or a [`FromProgram`]. [`Description`] is what a program prints
//! when it is asked to describe itself. This module must do no I/O: both sides, and their tests, bring
//! their own.
//!
//! Each side ignores what it does not know. Unknown fields are skipped, and an object with only unknown
//! members is decoded as `Unknown`.

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

/// The longest line, in bytes, not counting its newline.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// The number of the file descriptor on which an action program finds its socket.
pub const ACTION_FD: i32 = 3;

/// Called by the fuzz target in `fuzz/`. Panics if a property does not hold.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    /// Checks a stream that one side might send to the other.
    pub fn stream(bytes: &[u8]) {
        super::properties::stream(bytes);
    }
}
