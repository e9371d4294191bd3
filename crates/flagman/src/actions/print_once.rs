//! `print_once`: an action that closes after one run.

use flagman_action::{Action, Arguments, Arrival, Completion, Error, print_line};

use super::print_line_or_log;

/// An action that prints a message once, and then closes.
#[derive(Arguments)]
pub(crate) struct PrintOnce {
    message: String,
}

impl Action for PrintOnce {
    const NAME: &'static str = "print_once";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        print_line_or_log("init");
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        print_line(&self.message)?;
        Ok(Completion::Closed("Only print once".to_owned()))
    }

    fn tear_down(self) -> Result<(), Error> {
        Ok(print_line("cleanup")?)
    }
}
