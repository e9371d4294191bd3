//! flagman with actions that a test can hold and steer: the tests' own program, never installed.

mod gated;

mod sequence;

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman::main(|registry| {
        registry
            .with::<gated::Gated>()
            .with::<sequence::Sequence>()
            .with::<sequence::Even>()
            .with::<sequence::All>()
    })
}
