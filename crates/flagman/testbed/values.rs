//! `values`: prints the value, the sender and the count of each arrival, and how many actions of its kind
//! are set up and torn down.

use flagman::{Action, Arguments, Arrival, Completion, Error, print_line};

/// Prints what each arrival carries.
#[derive(Arguments)]
pub(crate) struct Values {
    name: String,
    runs: Option<u64>,
}

impl Action for Values {
    const NAME: &'static str = "values";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        print_line(format_args!("{} set up", arguments.name))?;
        Ok(Self { runs: Some(0), ..arguments })
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        let runs = self.runs.get_or_insert(0);
        *runs += 1;
        let value = arrival.value.map_or("none".to_owned(), |value| value.to_string());
        let sender = arrival.sender.map_or("none".to_owned(), |sender| sender.pid.to_string());
        let (name, count) = (&self.name, arrival.count);
        print_line(format_args!("{name} run {runs}: {value} from {sender} x{count}"))?;
        Ok(Completion::Done)
    }

    fn tear_down(self) -> Result<(), Error> {
        Ok(print_line(format_args!("{} torn down", self.name))?)
    }
}
