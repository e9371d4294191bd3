//! Runs the tests one after the other on the main thread, and prints the result of each.
//!
//! The main thread must start the machines: the kernel ends a machine when the thread that started
//! it ends.

use std::panic::catch_unwind;
use std::time::Instant;

use crate::machine::Setting;
use crate::tests::TESTS;

/// A test: its name (a sentence) and its function.
pub(crate) type Test = (&'static str, fn(&Setting));

/// Runs the tests whose names contain one of the `wanted` words, or all tests if there are no
/// words.
///
/// # Errors
/// Some tests failed, or no test matched. The message says which.
pub(crate) fn run(setting: &Setting, wanted: &[String]) -> Result<(), String> {
    let start = Instant::now();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    let tests: Vec<&Test> = TESTS.iter().filter(|(name, _)| is_wanted(name)).collect();
    let failed: Vec<&str> =
        tests.iter().filter(|test| !passes(test, setting)).map(|(name, _)| *name).collect();
    let (count, seconds) = (tests.len(), start.elapsed().as_secs_f64());
    match (count, failed.as_slice()) {
        (0, _) => Err(format!("no test has one of the words {wanted:?} in its name")),
        (_, []) => {
            println!("{count} tests passed in {seconds:.1} s");
            Ok(())
        }
        (_, failed) => Err(format!("{} of {count} tests failed: {failed:?}", failed.len())),
    }
}

fn passes((name, body): &Test, setting: &Setting) -> bool {
    let start = Instant::now();
    let passed = catch_unwind(|| body(setting)).is_ok();
    let outcome = if passed { "ok" } else { "FAILED" };
    println!("test {name} ... {outcome} ({:.1} s)", start.elapsed().as_secs_f64());
    passed
}
