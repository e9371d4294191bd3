//! Stands in for `flagman_base::process`: the processes that actions wait for are in the model.

pub use real_base::process::{Ended, ProbeError, Strangers};

use crate::kernel::kernel;
use crate::{Signal, SignalSet};

/// No program is started.
pub fn note_held_signals(_: &SignalSet) {}

/// No program is started.
///
/// # Errors
/// None.
pub fn probe() -> Result<(), ProbeError> {
    Ok(())
}

/// There are no orphans.
#[must_use]
pub fn reap_strangers() -> Strangers {
    Strangers::Gone
}

/// Nobody is stopped.
pub fn resume_starting() -> bool {
    false
}

/// Signals what actions have started.
pub fn signal_running(signal: Signal) {
    kernel().signal_children(signal);
}
