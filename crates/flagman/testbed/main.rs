//! flagman with actions that a test can hold and steer: the tests' own program, never installed.

mod arguments;

mod gated;

mod hostile;

mod sequence;

mod usurp;

mod witness;

use std::process::ExitCode;

fn main() -> ExitCode {
    flagman::main(|registry| {
        registry
            .with::<arguments::All>()
            .with::<arguments::Brittle>()
            .with::<arguments::Even>()
            .with::<gated::Gated>()
            .with::<hostile::Eat>()
            .with::<hostile::Mutter>()
            .with::<sequence::Sequence>()
            .with::<usurp::Usurp>()
            .with::<witness::Witness>()
    })
}
