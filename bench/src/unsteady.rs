//! Actions that do a random thing at each run, to test whether flagman endures it.

use std::io::{self, Write};
use std::process;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flagman_action::{Action, Arguments, Arrival, Completion, Error};

/// Longer than any `--timeout` that is used with these actions.
const FOR_EVER: Duration = Duration::from_hours(1);

/// Returns a number that differs from call to call. It need not be more random than that.
fn random() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut mixed = now.subsec_nanos() ^ process::id().rotate_left(16);
    for shift in [13, 7, 17] {
        mixed ^= mixed.rotate_left(shift).wrapping_mul(0x9e37_79b9);
    }
    mixed
}

/// Does a random thing at each run, in a process of its own.
#[derive(Arguments)]
pub struct Program {}

impl Action for Program {
    const NAME: &'static str = "unsteady";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        match random() % 16 {
            0 => return Err("it did not feel like it".into()),
            1 => process::exit(1),
            2 => process::abort(),
            3 => sleep(FOR_EVER),
            4 => flood()?,
            5 => log::warn!("it logs a line\nand another"),
            _ => {}
        }
        Ok(Completion::Done)
    }
}

/// Writes a very long line to standard error, which the program shares with flagman.
fn flood() -> io::Result<()> {
    let line = [b'x'; 1000];
    let mut output = io::stderr().lock();
    (0..100).try_for_each(|_| output.write_all(&line))?;
    output.write_all(b"\n")
}

/// Does a random thing at each run, in flagman's own process.
#[derive(Arguments)]
pub struct InProcess {
    /// A label for its messages.
    label: String,
}

impl Action for InProcess {
    const NAME: &'static str = "moody";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    #[expect(clippy::panic, reason = "that is one of the things that it does wrong")]
    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        match random() % 8 {
            0 => Err(format!("{} did not like {}", self.label, arrival.signal).into()),
            1 => panic!("{} is out of its mind", self.label),
            2 => {
                sleep(Duration::from_millis(u64::from(random() % 20)));
                Ok(Completion::Done)
            }
            _ => Ok(Completion::Done),
        }
    }
}
