//! What a program costs while no signal comes: memory, threads and wake-ups.

use std::thread::sleep;
use std::time::Duration;

use crate::contestants::{Contestant, Running};
use crate::failure::{During, Result};
use crate::proc::{Memory, context_switches, memory, threads};

/// How long a program may take to finish starting after its ready line.
const SETTLING: Duration = Duration::from_millis(300);

/// How long the wake-ups are counted.
const WATCH: Duration = Duration::from_secs(1);

/// What one program cost.
#[derive(Debug)]
pub struct Idle {
    /// The contestant's name.
    pub name: &'static str,
    /// What it occupied.
    pub memory: Memory,
    /// How many threads it had.
    pub threads: u64,
    /// How many context switches all its threads had in one second.
    pub switches: u64,
}

/// Watches all contestants at once, after all have come to rest.
///
/// That is fair to each, for the pages of the C library count as proportional memory by the number
/// of processes that map them, and on a machine that runs nothing else one process would pay for
/// all of it.
///
/// # Errors
/// A contestant cannot be started or does not stay.
pub fn measure(contestants: &[Contestant]) -> Result<Vec<Idle>> {
    let running: Vec<Running> = contestants.iter().map(Contestant::start).collect::<Result<_>>()?;
    sleep(SETTLING);
    let before = all_switches(contestants, &running)?;
    sleep(WATCH);
    // The counts come before the memory is read: looking at a process must not be what wakes it.
    let after = all_switches(contestants, &running)?;
    let switches = after.iter().zip(before).map(|(after, before)| after.saturating_sub(before));
    contestants.iter().zip(&running).zip(switches).map(cost).collect()
}

fn all_switches(contestants: &[Contestant], running: &[Running]) -> Result<Vec<u64>> {
    let count = |(contestant, running): (&Contestant, &Running)| {
        context_switches(running.child.pid()).during(|| format!("watch {}", contestant.name()))
    };
    contestants.iter().zip(running).map(count).collect()
}

fn cost(((contestant, running), switches): ((&Contestant, &Running), u64)) -> Result<Idle> {
    let pid = running.child.pid();
    let watching = || format!("watch {}", contestant.name());
    Ok(Idle {
        name: contestant.name(),
        memory: memory(pid).during(watching)?,
        threads: threads(pid).during(watching)?,
        switches,
    })
}
