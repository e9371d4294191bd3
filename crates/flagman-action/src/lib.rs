//! What an author of flagman actions needs: the [`Action`] trait, its typed [`Arguments`], and the
//! [`Arrival`] that a run answers.
//!
//! The modules stand in the order in which an action meets them: its arguments are declared and
//! checked, it is set up, a signal arrives, it runs and says how that ended. Nothing here does
//! I/O or knows how flagman receives signals.
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

pub mod arguments;

mod arrival;

mod action;

pub use action::{Action, Completion, Error, is_valid_name};
#[doc(no_inline)]
pub use arguments::{Arguments, Arity, Declared, Field, Mistake, Words, only_the_last_varies};
pub use arrival::{Arrival, Sender, Signal};
pub use flagman_derive::Arguments;
pub use value::{Kind, Value};

// The derive macro names this crate; its own tests and examples are inside it.
#[cfg(test)]
extern crate self as flagman_action;
