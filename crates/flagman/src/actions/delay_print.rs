//! `delay_print`: an action that takes some time, to try out overlapping signals.

use std::time::Duration;

use flagman_action::{Action, Arguments, Arrival, Completion, Error, Kind, Value, print_line};

use super::print_line_or_log;

/// The longest delay, in seconds: a year of 365 days.
const LONGEST: u64 = 31_536_000;

/// A number of whole seconds, up to [`LONGEST`].
struct Delay(Duration);

impl Value for Delay {
    const KIND: Kind = Kind::Int;

    fn from_word(word: &str) -> Result<Self, String> {
        match word.parse() {
            Ok(seconds @ 0..=LONGEST) => Ok(Self(Duration::from_secs(seconds))),
            Ok(_) | Err(_) => Err(format!("an int from 0 to {LONGEST} (seconds)")),
        }
    }
}

/// An action that prints a message, waits for a number of seconds, and says that it has.
#[derive(Arguments)]
pub(crate) struct DelayPrint {
    message: String,
    delay: Delay,
}

impl Action for DelayPrint {
    const NAME: &'static str = "delay_print";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        print_line_or_log("init");
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        print_line(&self.message)?;
        std::thread::sleep(self.delay.0);
        print_line("finished delaying")?;
        Ok(Completion::Done)
    }

    fn tear_down(self) -> Result<(), Error> {
        Ok(print_line("cleanup")?)
    }
}
