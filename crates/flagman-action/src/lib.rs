//! What an author of flagman actions needs: the [`Action`] trait, its typed [`Arguments`], and the
//! [`Arrival`] that a run answers.
//!
//! The same action can be built into a program of one's own, with the crate `flagman`, or be an
//! action program: [`serve`] is its whole `main`. [`process::run`] starts other programs for it.
//!
//! The modules stand in the order in which an action meets them: its arguments are declared and
//! checked, it is set up, a signal arrives, it runs and says how that ended; then what it may
//! start, and how it speaks with flagman from a process of its own. Nothing here knows how flagman
//! receives signals.
//!
//! ```
//! use flagman_action::{Action, Arguments, Arrival, Completion, Error};
//!
//! /// Counts the signals that it has seen.
//! #[derive(Arguments)]
//! struct CountArguments {
//!     label: String,
//! }
//!
//! struct Count {
//!     label: String,
//!     seen: u64,
//! }
//!
//! impl Action for Count {
//!     const NAME: &'static str = "count";
//!     type Arguments = CountArguments;
//!
//!     fn set_up(arguments: CountArguments) -> Result<Self, Error> {
//!         Ok(Self { label: arguments.label, seen: 0 })
//!     }
//!
//!     fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
//!         self.seen += arrival.count;
//!         println!("{}: {}", self.label, self.seen);
//!         Ok(Completion::Done)
//!     }
//! }
//! ```

mod value;

mod seconds;

pub mod arguments;

mod signal;

mod arrival;

mod action;

pub mod failure;

pub mod process;

pub mod protocol;

mod kit;

pub use action::{Action, Completion, Error, is_valid_name};
#[doc(no_inline)]
pub use arguments::{Arguments, Arity, Declared, Field, Mistake, Words, only_the_last_varies};
pub use arrival::{Arrival, Sender};
pub use flagman_derive::Arguments;
pub use kit::serve;
pub use seconds::Seconds;
pub use signal::Signal;
pub use value::{Kind, Value};

// The derive macro names this crate; its own tests and examples are inside it.
#[cfg(test)]
extern crate self as flagman_action;
