//! What a flood of one signal costs flagman: its processor time for each signal that is sent.

use nix::sys::signal::Signal;

use crate::contestants::Contestant;
use crate::failure::{During, Result};
use crate::proc::processor_time;

/// How many signals are sent, as fast as the runner can.
pub const SIGNALS: u32 = 200_000;

/// What a flood cost.
#[derive(Debug, Clone, Copy)]
pub struct Flood {
    /// flagman's processor time for each signal that was sent, in microseconds. Most of them are
    /// merged by the kernel before flagman sees them.
    pub time_of_a_signal: f64,
}

/// Floods a flagman whose bundle does nothing, and waits until it has done with it.
///
/// # Errors
/// It cannot be started, or ends.
pub fn measure(contestant: &Contestant) -> Result<Flood> {
    let flooding = || format!("flood {}", contestant.name());
    let mut running = contestant.start()?;
    let before = processor_time(running.child.pid()).during(flooding)?;
    for _ in 0..SIGNALS {
        running.child.signal(Signal::SIGUSR1).during(flooding)?;
    }
    // Another signal's bundle runs when that of the flood has.
    running.child.signal(Signal::SIGUSR2).during(flooding)?;
    running.lines.read_line().during(flooding)?;
    let spent = processor_time(running.child.pid()).during(flooding)?.saturating_sub(before);
    Ok(Flood { time_of_a_signal: spent.as_secs_f64() * 1e6 / f64::from(SIGNALS) })
}
