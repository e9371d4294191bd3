//! The measured action program, built with the `flagman-action` crate. It answers at once.

use std::io::{self, Write};
use std::process::ExitCode;

use flagman_action::{Action, Arguments, Arrival, Completion, Error, serve};

/// Answers each signal at once, to be measured.
#[derive(Arguments)]
struct Bench {
    /// The line that it prints before it answers, or nothing.
    line: String,
}

impl Action for Bench {
    const NAME: &'static str = "bench";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        io::stdout().write_all(b"ready\n")?;
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        if !self.line.is_empty() {
            writeln!(io::stdout(), "{}", self.line)?;
        }
        Ok(Completion::Done)
    }
}

fn main() -> ExitCode {
    serve::<Bench>()
}
