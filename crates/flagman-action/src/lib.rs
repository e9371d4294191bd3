//! What authors of flagman actions need: the [`Action`] trait, its typed [`Arguments`], and the
//! [`Arrival`] that a run handles.
//!
//! The same action can be built into a program of your own, with the crate `flagman`, or be an action
//! program: [`serve`] is the whole `main` of one. [`process::run`] starts other programs for an action,
//! and [`print_line`] prints.
//!
//! This crate holds what authors see and nothing else. It must not define anything itself. Everything is
//! in `flagman-base`, together with what flagman's own programs share; that part is not a stable
//! interface.
//!
//! ```
//! use flagman_action::{Action, Arguments, Arrival, Completion, Error, print_line};
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
//!         print_line(format_args!("{}: {}", self.label, self.seen))?;
//!         Ok(Completion::Done)
//!     }
//! }
//! ```

// Only the trait: the derive macro of that name is below.
#[doc(inline)]
pub use flagman_base::arguments::Arguments;
#[doc(inline)]
pub use flagman_base::{
    Action, Arity, Arrival, Completion, Declared, Error, Field, Kind, Seconds, Sender, Signal,
    Value, Words, WrongArgument, only_the_last_varies, print_line, serve,
};
pub use flagman_derive::Arguments;

/// How actions start other programs.
///
/// ```
/// use flagman_action::{Arrival, Error, process};
///
/// fn reload(arrival: &Arrival) -> Result<(), Error> {
///     process::run(&["true", "--fast"], arrival, None)?;
///     Ok(())
/// }
/// ```
pub mod process {
    #[doc(inline)]
    pub use flagman_base::process::{Ended, FindError, RunError, SpawnError, run};
}
