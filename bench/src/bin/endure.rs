//! The program that lets flagman endure; all that it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman_bench::endure::main(std::env::args_os().skip(1))
}
