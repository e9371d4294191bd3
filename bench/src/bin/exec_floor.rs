//! The floor of exec: a minimal program that starts another program for each signal.
//!
//! It waits in sigwait(3), starts `/bin/echo x` with `posix_spawn(3)`, without attributes and with
//! its own environment, and waits for it to end. It must never do more than that.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStringExt;

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::waitpid;
use nix::unistd::write;

/// The environment as `posix_spawn(3)` takes it, built once.
fn environment() -> Vec<CString> {
    let pairs = std::env::vars_os().map(|(name, value)| {
        let pair = [name.into_vec(), value.into_vec()].join(&b'=');
        CString::new(pair)
    });
    pairs.filter_map(Result::ok).collect()
}

/// Blocks the signal before printing the ready line, so that no signal is lost after it.
fn main() -> nix::Result<()> {
    let awaited = SigSet::from(Signal::SIGUSR1);
    awaited.thread_block()?;
    let words = [c"/bin/echo", c"x"];
    let environment = environment();
    let (files, attributes) = (PosixSpawnFileActions::init()?, PosixSpawnAttr::init()?);
    write(io::stdout(), b"ready\n")?;
    loop {
        awaited.wait()?;
        let child = posix_spawn(c"/bin/echo", &files, &attributes, &words, &environment)?;
        waitpid(child, None)?;
    }
}
