//! What flagman and the programs that serve actions are both made of: signals and arrivals, the
//! [`Action`] trait and its typed [`Arguments`], how other programs are started, and the protocol
//! that flagman and an action program speak.
//!
//! None of it is promised to stay: an author of actions depends on `flagman-action`, which shows
//! what authors need and hides the rest.
//!
//! The modules stand in the order in which an action meets them: its arguments are declared and
//! checked, it is set up, a signal arrives, it runs and says how that ended; then what it may
//! start, and how it speaks with flagman from a process of its own. Nothing here knows how flagman
//! receives signals.

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
