//! flagman with an action that does nothing, to measure what an action costs beyond its own work, with one
//! that says what time it is, and with one that does anything, to be endured.

use std::io::{self, Write};
use std::process::ExitCode;

use flagman::{Action, Arguments, Arrival, Completion, Error};
use flagman_bench::contestants::now;
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

/// Prints the time at which it is run, in nanoseconds: by then flagman has the answer of the action before.
#[derive(Arguments)]
struct Moment {}

impl Action for Moment {
    const NAME: &'static str = "moment";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        let now = now()?;
        writeln!(io::stdout(), "{}", now.as_nanos())?;
        Ok(Completion::Done)
    }
}

fn main() -> ExitCode {
    flagman::main(|registry| registry.with::<Nothing>().with::<Moment>().with::<InProcess>())
}
