//! flagman with an action that does nothing, to measure what an action costs beyond its own work.

use std::process::ExitCode;

use flagman::{Action, Arguments, Arrival, Completion, Error, Registry};

/// Does nothing.
#[derive(Arguments)]
struct Nothing {}

impl Action for Nothing {
    const NAME: &'static str = "nothing";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        Ok(Completion::Done)
    }
}

fn main() -> ExitCode {
    flagman::main(Registry::with::<Nothing>)
}
