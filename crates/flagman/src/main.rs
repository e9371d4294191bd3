//! The program `flagman`: the library with the standard actions.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman::main(|registry| registry)
}
