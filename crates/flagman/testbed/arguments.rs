//! Actions whose arguments are easy to get wrong. They do nothing.

use flagman::{Action, Arguments, Arrival, Completion, Error};

/// Takes an even number.
#[derive(Arguments)]
pub(crate) struct Even {
    number: i64,
}

impl Action for Even {
    const NAME: &'static str = "even";
    type Arguments = Self;

    fn check(arguments: &Self) -> Result<(), String> {
        match arguments.number {
            number if number % 2 == 0 => Ok(()),
            number => Err(format!("its argument `number` must be even, not `{number}`")),
        }
    }

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        Ok(Completion::Done)
    }
}

/// Takes a word, and whole numbers up to the end.
#[derive(Arguments)]
#[expect(dead_code, reason = "only the declaration is of interest")]
pub(crate) struct All {
    word: String,
    numbers: Vec<i64>,
}

impl Action for All {
    const NAME: &'static str = "all";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        Ok(Completion::Done)
    }
}

/// Breaks while it is checked.
#[derive(Arguments)]
pub(crate) struct Brittle;

impl Action for Brittle {
    const NAME: &'static str = "brittle";
    type Arguments = Self;

    #[expect(clippy::panic, reason = "that is what it is for")]
    fn check(_: &Self) -> Result<(), String> {
        panic!("brittle");
    }

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        Ok(Completion::Done)
    }
}
