//! What a program costs while no signal comes: memory, threads and wake-ups.

use std::thread::sleep;
use std::time::Duration;

use crate::contestants::Contestant;
use crate::failure::{During, Result};
use crate::proc::{Memory, context_switches, memory, threads};

/// How long a program may go on with its start after its ready line.
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

/// Watches each contestant in turn, alone.
///
/// # Errors
/// A contestant cannot be started or does not stay.
pub fn measure(contestants: &[Contestant]) -> Result<Vec<Idle>> {
    contestants.iter().map(watch).collect()
}

/// The counts come before the memory is read: looking at a process must not be what wakes it.
fn watch(contestant: &Contestant) -> Result<Idle> {
    let running = contestant.start()?;
    let pid = running.child.pid();
    let watching = || format!("watch {}", contestant.name());
    sleep(SETTLING);
    let before = context_switches(pid).during(watching)?;
    sleep(WATCH);
    let after = context_switches(pid).during(watching)?;
    Ok(Idle {
        name: contestant.name(),
        memory: memory(pid).during(watching)?,
        threads: threads(pid).during(watching)?,
        switches: after.saturating_sub(before),
    })
}
