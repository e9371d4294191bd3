//! flagman with actions that a test can control. Only tests use this program; it is never installed.

mod arguments;

mod gated;

mod hostile;

mod sequence;

mod usurp;

mod values;

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
            .with::<values::Values>()
            .with::<witness::Witness>()
    })
}
