//! flagman with three more actions. One does nothing: it shows what an action costs besides its own
//! work. One prints the time. One does random things, for `flagman-endure`.

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

/// Prints the time at which it runs, in nanoseconds. flagman then has the previous action's answer.
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
