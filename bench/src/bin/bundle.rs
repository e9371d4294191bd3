//! flagman with an action that does nothing, to measure what an action costs beyond its own work, and
//! with one that does anything, to be endured.

use std::process::ExitCode;

use flagman::{Action, Arguments, Arrival, Completion, Error};
use flagman_bench::unsteady::InProcess;

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
    flagman::main(|registry| registry.with::<Nothing>().with::<InProcess>())
}
