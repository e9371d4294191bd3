//! `sequence`: says which number a file held when its run began. `even` and `all`: have arguments
//! that are hard to get right.

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

/// Takes an even number.
#[derive(Arguments)]
pub(crate) struct Even {
    number: i64,
}

impl Action for Even {
    const NAME: &'static str = "even";
    type Arguments = Self;

    fn check(arguments: &Self) -> Result<(), String> {
        match arguments.number {
            number if number % 2 == 0 => Ok(()),
            number => Err(format!("its argument `number` must be even, not `{number}`")),
        }
    }

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        Ok(Completion::Done)
    }
}

/// Takes a word, and whole numbers up to the end.
#[derive(Arguments)]
#[expect(dead_code, reason = "only the declaration is of interest")]
pub(crate) struct All {
    word: String,
    numbers: Vec<i64>,
}

impl Action for All {
    const NAME: &'static str = "all";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        Ok(Completion::Done)
    }
}
