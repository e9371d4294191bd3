//! `witness`: prints what each sender had noted when its run began.
//!
//! The notes are in a file. Each of four senders has two numbers there: the one that it is about to send
//! and the one that it has sent. Each number is followed by its complement, so a reader can tell when it
//! has read in the middle of a write, and reads again.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use flagman::{Action, Arguments, Arrival, Completion, Error};

/// Prints the numbers in a file.
#[derive(Arguments)]
pub(crate) struct WitnessArguments {
    notes: PathBuf,
}

pub(crate) struct Witness(File);

const NOTES: usize = 2 * 4;

/// The numbers, if none is being written.
fn read(notes: &File) -> Result<Option<[u64; NOTES]>, Error> {
    let mut bytes = [0; NOTES * 16];
    notes.read_exact_at(&mut bytes, 0)?;
    let words: Vec<u64> =
        bytes.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)).collect();
    let mut numbers = [0; NOTES];
    for (number, pair) in numbers.iter_mut().zip(words.as_chunks::<2>().0) {
        if pair[0] != !pair[1] {
            return Ok(None);
        }
        *number = pair[0];
    }
    Ok(Some(numbers))
}

impl Action for Witness {
    const NAME: &'static str = "witness";
    type Arguments = WitnessArguments;

    fn set_up(arguments: WitnessArguments) -> Result<Self, Error> {
        Ok(Self(File::open(arguments.notes)?))
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        let numbers = loop {
            if let Some(numbers) = read(&self.0)? {
                break numbers;
            }
        };
        let numbers = numbers.map(|number| number.to_string());
        println!("{} {}", arrival.signal, numbers.join(" "));
        Ok(Completion::Done)
    }
}
