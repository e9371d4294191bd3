//! A program of one's own: flagman with an action that keeps state between signals.
//!
//! Try it: `cargo run --example count -- --usr1 count signals`, then `kill -usr1` its PID.

use std::process::ExitCode;

use flagman::{Action, Arguments, Arrival, Completion, Error, Registry, print_line};

/// Says how many signals it has seen since it was set up.
#[derive(Arguments)]
struct CountArguments {
    label: String,
}

struct Count {
    label: String,
    seen: u64,
}

impl Action for Count {
    const NAME: &'static str = "count";
    type Arguments = CountArguments;

    fn set_up(arguments: CountArguments) -> Result<Self, Error> {
        Ok(Self { label: arguments.label, seen: 0 })
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        self.seen += arrival.count;
        print_line(format_args!("{}: {}", self.label, self.seen))?;
        Ok(Completion::Done)
    }
}

fn main() -> ExitCode {
    flagman::main(Registry::with::<Count>)
}
