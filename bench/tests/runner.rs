//! The runner and the floor as programs, from outside.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot go on has failed it")]

use std::path::Path;
use std::process::{Command, Output};

use flagman_bench::contestants::{Contestant, FLOOR, TABLE};
use flagman_bench::options::Options;
use flagman_bench::{idle, latency};

fn floor() -> Contestant {
    let entry = TABLE.iter().find(|entry| entry.name == FLOOR).unwrap();
    Contestant { entry, program: env!("CARGO_BIN_EXE_flagman-bench-floor").into() }
}

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flagman-bench")).args(words).output().unwrap()
}

#[test]
fn the_floor_answers_every_signal_of_every_round() {
    let options = Options { rounds: 2, signals: 50, flagman: None };
    let latencies = latency::measure(&[floor()], &options).unwrap();
    assert_eq!(latencies[0].rounds.len(), 2);
    assert_eq!(latencies[0].lost(), 0);
    assert!(latencies[0].typical(|round| round.median) > 0.0);
}

#[test]
fn the_floor_sleeps_on_one_thread_while_no_signal_comes() {
    let idles = idle::measure(&[floor()]).unwrap();
    assert_eq!((idles[0].threads, idles[0].switches), (1, 0));
}

#[test]
fn a_flagman_that_cannot_be_measured_is_status_1_and_one_line() {
    let output = run(&["--flagman", "/nowhere/flagman"]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    let expected = "flagman-bench: cannot measure /nowhere/flagman: ";
    assert!(message.starts_with(expected) && message.lines().count() == 1, "{message}");
}

#[test]
fn a_flagman_that_ends_before_it_is_ready_is_status_1() {
    assert!(Path::new("/bin/true").exists());
    let output = run(&["--rounds", "1", "--signals", "1", "--flagman", "/bin/true"]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("flagman-bench: cannot start flagman: "), "{message}");
}

#[test]
fn a_mistake_on_the_command_line_is_status_2() {
    assert_eq!(run(&["--fast"]).status.code(), Some(2));
}

#[test]
fn help_is_status_0() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains("--signals N"));
}
