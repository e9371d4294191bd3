//! The floor: the least that a program can do to answer a signal with a line.
//!
//! It blocks SIGUSR1 (or the signal that its one word names), says that it is ready, and then waits
//! in sigwait(3) and writes one fixed line for each signal. No program that does the same can be
//! faster by much, so every figure of the benchmark is read beside this one. It must never do more
//! than that.

use std::io;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::write;

/// Blocks first and speaks second: a sender that has read the line cannot lose a signal.
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
