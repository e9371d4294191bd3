//! The runner's program. It only calls the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman_bench::main(std::env::args_os().skip(1))
}
