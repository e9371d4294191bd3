//! The endurance test's program. It only calls the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman_bench::endure::main(std::env::args_os().skip(1))
}
