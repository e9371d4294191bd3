//! `values`: prints the value, the sender and the count of each arrival, and how many actions of its kind
//! are set up and torn down.

use flagman::{Action, Arguments, Arrival, Completion, Error, print_line};

/// Prints what each arrival carries.
#[derive(Arguments)]
pub(crate) struct ValuesArguments {
    name: String,
}

pub(crate) struct Values {
    name: String,
    runs: u64,
}

impl Action for Values {
    const NAME: &'static str = "values";
    type Arguments = ValuesArguments;

    fn set_up(arguments: ValuesArguments) -> Result<Self, Error> {
        print_line(format_args!("{} set up", arguments.name))?;
        Ok(Self { name: arguments.name, runs: 0 })
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        self.runs += 1;
        let value = arrival.value.map_or("none".to_owned(), |value| value.to_string());
        let sender = arrival.sender.map_or("none".to_owned(), |sender| sender.pid.to_string());
        let (name, runs, count) = (&self.name, self.runs, arrival.count);
        print_line(format_args!("{name} run {runs}: {value} from {sender} x{count}"))?;
        Ok(Completion::Done)
    }

    fn tear_down(self) -> Result<(), Error> {
        Ok(print_line(format_args!("{} torn down", self.name))?)
    }
}
