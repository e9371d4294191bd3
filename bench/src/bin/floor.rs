//! The floor: a minimal program that answers each signal with a line.
//!
//! It blocks SIGUSR1 (or the signal named by its argument) and prints its ready line. Then it waits
//! in sigwait(3) and writes one fixed line for each signal. No program that does the same can be
//! much faster, so all figures of the benchmark are compared with this one. It must never do more
//! than that.

use std::io;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::write;

/// Blocks the signal before printing the ready line, so that no signal is lost after it.
fn main() -> nix::Result<()> {
    let signal = std::env::args().nth(1).map_or(Ok(Signal::SIGUSR1), |name| name.parse())?;
    let awaited = SigSet::from(signal);
    awaited.thread_block()?;
    write(io::stdout(), b"ready\n")?;
    loop {
        awaited.wait()?;
        write(io::stdout(), b"x\n")?;
    }
}
