//! Starts the program that its words name, after holding signals back and opening files as flagman
//! does: the tests' own program.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use flagman_base::{Error, process};
use nix::sys::signal::{SigSet, SigmaskHow, Signal as Number};

fn start() -> Result<(), Error> {
    let held = process::HELD.iter().map(|signal| Number::try_from(signal.number()));
    let held = held.chain([Ok(Number::SIGCHLD)]).collect::<Result<SigSet, _>>()?;
    process::note_inherited_signals(held.thread_swap_mask(SigmaskHow::SIG_BLOCK)?);
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
