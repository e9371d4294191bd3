//! The action program that is measured, made with the kit: it answers at once.

use std::io::{self, Write};
use std::process::ExitCode;

use flagman_action::{Action, Arguments, Arrival, Completion, Error, serve};

/// Prints a line for each signal, to be measured.
#[derive(Arguments)]
struct Bench {}

impl Action for Bench {
    const NAME: &'static str = "bench";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        io::stdout().write_all(b"ready\n")?;
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        io::stdout().write_all(b"x\n")?;
        Ok(Completion::Done)
    }
}

fn main() -> ExitCode {
    serve::<Bench>()
}
