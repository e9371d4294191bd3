//! Tests the Debian packages as an administrator would use them, on a Debian 13 with the real systemd
//! as process 1.
//!
//! Usage: `flagman-booted TREE PACKAGES [WORD...]`, with the tree that `scripts/make-debian-tree` has
//! made, the folder of packages that `scripts/build-packages` has filled, and words of which a test's
//! name must have one; `scripts/booted` does all three. Where no machine can be booted, one line says
//! why and the status is 1: no test is skipped and counted as passed.
//!
//! Each test has a machine of its own, which boots within a second, in [`machine`]. No test sleeps:
//! each waits for what systemd or the journal says, with one generous limit.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails that way")]

mod machine;
mod suite;
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use machine::Setting;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(tree), Some(packages)) = (words.next(), words.next()) else {
        eprintln!("booted: usage: flagman-booted TREE PACKAGES [WORD...]");
        return ExitCode::FAILURE;
    };
    let wanted: Vec<String> = words.map(|word| word.display().to_string()).collect();
    let begun = Setting::new(tree, packages).and_then(|setting| suite::run(&setting, &wanted));
    match begun {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("booted: {why}");
            ExitCode::FAILURE
        }
    }
}
