//! Starts the program that its words name, after blocking signals and opening files as flagman does. Only
//! the tests use it.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use flagman_base::{Error, process};
use flagman_sys::SignalSet;

fn start() -> Result<(), Error> {
    let held = [libc::SIGHUP, libc::SIGINT, libc::SIGUSR1, libc::SIGTERM, libc::SIGCHLD];
    let held: SignalSet = held.into_iter().chain([libc::SIGRTMIN() + 3]).collect();
    process::note_inherited_signals(held.block()?, held);
    let _open = (File::open("/dev/null")?, UnixStream::pair()?);
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    Ok(process::run(&words, None, None)?)
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
