//! An action program that does a random thing at each run, most of them wrong, to be endured.

use std::process::ExitCode;

use flagman_action::serve;
use flagman_bench::unsteady::Program;

fn main() -> ExitCode {
    serve::<Program>()
}
