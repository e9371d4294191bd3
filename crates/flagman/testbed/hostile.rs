//! Errors that misbehave when they are displayed, an action that leaves output in the buffer, and one
//! that ends the whole process.

use std::fmt;

use flagman::{Action, Arguments, Arrival, Completion, Error};

/// What happens when the error is displayed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hostile {
    /// It writes a line to the log itself.
    Logs,
    /// It never returns.
    Blocks,
    /// It panics.
    Panics,
    /// It is its own cause.
    Circles,
}

impl fmt::Display for Hostile {
    #[expect(clippy::panic, reason = "that is what it is for")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logs => log::error!("from inside"),
            Self::Blocks => loop {
                std::thread::park();
            },
            Self::Panics => panic!("not to be shown"),
            Self::Circles => {}
        }
        formatter.write_str("hostile")
    }
}

impl std::error::Error for Hostile {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        static CIRCLE: Hostile = Hostile::Circles;
        matches!(self, Self::Circles).then_some(&CIRCLE)
    }
}

/// Prints something that is no line, and so stays in the buffer of standard output.
#[derive(Arguments)]
pub(crate) struct Mutter;

impl Action for Mutter {
    const NAME: &'static str = "mutter";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        print!("hm");
        Ok(Completion::Done)
    }
}

/// Takes memory until there is none, which ends the process.
#[derive(Arguments)]
pub(crate) struct Eat;

impl Action for Eat {
    const NAME: &'static str = "eat";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        loop {
            std::mem::forget(Vec::<u8>::with_capacity(1 << 20));
        }
    }
}
