//! An action program that does a random thing at each run, often a wrong one, for `flagman-endure`.

use std::process::ExitCode;

use flagman_action::serve;
use flagman_bench::unsteady::Program;

fn main() -> ExitCode {
    serve::<Program>()
}
