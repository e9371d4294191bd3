//! A well-behaved program that does the same, made with the kit for authors.

use flagman_action::{Action, Arguments, Arrival, Completion, Error, print_line, process};

/// Prints what it is asked, and runs a command if it has one; `hang` is one that never ends, and
/// `mumble` prints something without a newline, and nothing else.
#[derive(Arguments)]
pub(crate) struct Kit {
    word: String,
    command: Vec<String>,
}

impl Action for Kit {
    const NAME: &'static str = "kit";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        print_line(format_args!("{} set up", arguments.word))?;
        Ok(arguments)
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        if self.command.iter().eq(["mumble"]) {
            print!("{} mumbles", self.word);
            return Ok(Completion::Done);
        }
        print_line(format_args!("{} run {}", self.word, arrival.signal))?;
        match self.command.as_slice() {
            [] => {}
            [hang] if hang == "hang" => loop {
                std::thread::park();
            },
            command => process::run(command, arrival, None)?,
        }
        Ok(Completion::Done)
    }

    fn tear_down(self) -> Result<(), Error> {
        Ok(print_line(format_args!("{} torn down", self.word))?)
    }
}
