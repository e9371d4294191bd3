//! Tests the Debian packages as an administrator would use them, on a Debian 13 with the real
//! systemd as process 1.
//!
//! Usage: `flagman-booted TREE PACKAGES [WORD...]`. TREE is the tree that
//! `scripts/make-debian-tree` has made. PACKAGES is the folder that `scripts/build-packages` has
//! filled. With WORDs, only the tests run whose names contain one of them. `scripts/booted` does
//! all of this. Where no machine can be booted, one line says why and the exit status is 1: a
//! skipped test never counts as passed.
//!
//! Each test boots its own machine (see [`machine`]), within a second. No test sleeps: each waits
//! for messages from systemd or the journal, with one generous limit.

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
