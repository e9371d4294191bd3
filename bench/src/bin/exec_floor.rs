//! The floor of exec: the least that a program can do to start another one for a signal.
//!
//! It waits in sigwait(3), starts `/bin/echo x` by `posix_spawn(3)` with its own environment and
//! nothing changed, and waits for its end. It must never do more than that.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStringExt;

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::waitpid;
use nix::unistd::write;

/// The environment in the form in which it is passed on, made once.
fn environment() -> Vec<CString> {
    let pairs = std::env::vars_os().map(|(name, value)| {
        let pair = [name.into_vec(), value.into_vec()].join(&b'=');
        CString::new(pair)
    });
    pairs.filter_map(Result::ok).collect()
}

/// Blocks first and speaks second: a sender that has read the line cannot lose a signal.
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
