//! What flagman and action programs share: signals and arrivals, the [`Action`] trait and its typed
//! [`Arguments`], starting other programs, and the protocol between flagman and an action program.
//!
//! Nothing here is a stable interface. Authors of actions depend on `flagman-action`, which exports
//! what they need and hides the rest.
//!
//! The modules are listed in the order in which an action uses them. Its arguments are declared and
//! checked, it is set up, a signal arrives, it runs and reports the outcome. Then come starting other
//! programs, and talking to flagman from a separate process. Nothing here knows how flagman receives
//! signals.

mod value;

mod seconds;

pub mod arguments;

mod signal;

mod arrival;

mod action;

pub mod failure;

pub mod output;

pub mod process;

pub mod protocol;

mod kit;

pub use action::{Action, Completion, Error, is_valid_name};
#[doc(no_inline)]
pub use arguments::{
    Arguments, Arity, Declared, Field, Words, WrongArgument, only_the_last_varies,
};
pub use arrival::{Arrival, Sender};
pub use kit::serve;
pub use output::print_line;
pub use seconds::Seconds;
pub use signal::Signal;
pub use value::{Kind, Value};
