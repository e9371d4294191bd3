//! `sequence`: prints the number that a file held when its run began.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use flagman::{Action, Arguments, Arrival, Completion, Error};

/// Prints the eight-byte number at the place of its signal in a file.
#[derive(Arguments)]
pub(crate) struct SequenceArguments {
    file: PathBuf,
    place: u32,
}

pub(crate) struct Sequence {
    file: File,
    place: u64,
}

impl Action for Sequence {
    const NAME: &'static str = "sequence";
    type Arguments = SequenceArguments;

    fn set_up(arguments: SequenceArguments) -> Result<Self, Error> {
        Ok(Self { file: File::open(arguments.file)?, place: arguments.place.into() })
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        let mut number = [0; 8];
        self.file.read_exact_at(&mut number, self.place * 8)?;
        println!("{} {}", arrival.signal, u64::from_ne_bytes(number));
        Ok(Completion::Done)
    }
}
