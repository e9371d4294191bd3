//! Runs many flagman processes at once: measures what they cost while idle, and checks that each
//! answers.

use std::thread::sleep;
use std::time::Duration;

use crate::contestants::{Contestant, Running};
use crate::failure::{During, Failure, Result};
use crate::proc::{memory, processor_time};

/// How long the idle processes are watched.
pub const WATCH: Duration = Duration::from_secs(10);

/// How long they get to finish starting.
const SETTLING: Duration = Duration::from_secs(1);

/// The cost of all processes together.
#[derive(Debug, Clone, Copy)]
pub struct Herd {
    /// The number of processes.
    pub size: usize,
    /// Their total proportional memory, in KiB.
    pub proportional: u64,
    /// Their total processor time while they were watched.
    pub idle_time: Duration,
    /// How many of them answered a signal.
    pub answered: usize,
}

/// Starts `size` processes, watches them, and sends a signal to each.
///
/// # Errors
/// A process cannot be started, or it ends.
pub fn measure(contestant: &Contestant, size: usize) -> Result<Herd> {
    let watching = || format!("watch {size} of {}", contestant.name());
    let mut herd: Vec<Running> =
        (0..size).map(|_| contestant.start()).collect::<Result<_>>().during(watching)?;
    sleep(SETTLING);
    let before = time_of_all(&herd).during(watching)?;
    sleep(WATCH);
    let idle_time = time_of_all(&herd).during(watching)?.saturating_sub(before);
    let mut proportional = 0;
    for running in &herd {
        proportional += memory(running.child.pid()).during(watching)?.proportional;
    }
    let mut answered = 0;
    for running in &mut herd {
        running.ask().during(watching)?;
        match running.lines.read_line().during(watching)? {
            Some(line) if contestant.entry.answer.moment(&line, Duration::MAX).is_some() => {
                answered += 1;
            }
            Some(line) => return Err(Failure::new(watching(), line.escape_ascii())),
            None => {}
        }
    }
    Ok(Herd { size, proportional, idle_time, answered })
}

fn time_of_all(herd: &[Running]) -> Result<Duration> {
    herd.iter().map(|running| processor_time(running.child.pid())).sum()
}
