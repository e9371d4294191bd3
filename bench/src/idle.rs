//! Measures what a program uses while no signal arrives: memory, threads and wake-ups.

use std::thread::sleep;
use std::time::Duration;

use crate::contestants::{Contestant, Running};
use crate::failure::{During, Result};
use crate::proc::{Memory, context_switches, memory, threads};

/// How long a program gets to finish starting after its ready line.
const SETTLING: Duration = Duration::from_millis(300);

/// How long the context switches are counted.
const WATCH: Duration = Duration::from_secs(1);

/// The usage of one program.
#[derive(Debug)]
pub struct Idle {
    /// The contestant's name.
    pub name: &'static str,
    /// Its memory.
    pub memory: Memory,
    /// The number of its threads.
    pub threads: u64,
    /// The context switches of all its threads in one second.
    pub switches: u64,
}

/// Measures all contestants at once, after all of them have become idle.
///
/// This is fair to each of them. Proportional memory divides the pages of the C library by the
/// number of processes that map them. On an otherwise idle machine, a process measured alone would
/// be charged for all of them.
///
/// # Errors
/// A contestant cannot be started, or it ends.
pub fn measure(contestants: &[Contestant]) -> Result<Vec<Idle>> {
    let running: Vec<Running> = contestants.iter().map(Contestant::start).collect::<Result<_>>()?;
    sleep(SETTLING);
    let before = all_switches(contestants, &running)?;
    sleep(WATCH);
    // Count before reading the memory: reading it may wake the process.
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
