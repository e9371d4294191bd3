//! `print`: prints something at each stage of its life.

use flagman_action::{Action, Arguments, Arrival, Completion, Error, print_line};

use super::print_line_or_log;

/// A simple action that prints a message at each stage of its life.
#[derive(Arguments)]
pub(crate) struct Print {
    message: String,
}

impl Action for Print {
    const NAME: &'static str = "print";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        print_line_or_log("init");
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        print_line(&self.message)?;
        Ok(Completion::Done)
    }

    fn tear_down(self) -> Result<(), Error> {
        Ok(print_line("cleanup")?)
    }
}
