//! Measures flagman's processor time for each signal of a flood of one kind of signal.

use nix::sys::signal::Signal;

use crate::contestants::Contestant;
use crate::failure::{During, Result};
use crate::proc::processor_time;

/// How many signals are sent, without a pause.
pub const SIGNALS: u32 = 200_000;

/// The cost of a flood.
#[derive(Debug, Clone, Copy)]
pub struct Flood {
    /// flagman's processor time for each signal sent, in microseconds. The kernel merges most of
    /// the signals before flagman receives them.
    pub time_of_a_signal: f64,
}

/// Floods a flagman whose bundle does nothing, and waits until it has handled the flood.
///
/// # Errors
/// flagman cannot be started, or it ends.
pub fn measure(contestant: &Contestant) -> Result<Flood> {
    let flooding = || format!("flood {}", contestant.name());
    let mut running = contestant.start()?;
    let before = processor_time(running.child.pid()).during(flooding)?;
    for _ in 0..SIGNALS {
        running.child.signal(Signal::SIGUSR1).during(flooding)?;
    }
    // flagman runs this signal's bundle after that of the flood.
    running.child.signal(Signal::SIGUSR2).during(flooding)?;
    running.lines.read_line().during(flooding)?;
    let spent = processor_time(running.child.pid()).during(flooding)?.saturating_sub(before);
    Ok(Flood { time_of_a_signal: spent.as_secs_f64() * 1e6 / f64::from(SIGNALS) })
}
