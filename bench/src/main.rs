//! The runner's program; all that it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman_bench::main(std::env::args_os().skip(1))
}
