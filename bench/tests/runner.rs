//! Runs the runner and the floors as programs.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot go on has failed it")]

use std::path::Path;
use std::process::{Command, Output};

use flagman_bench::contestants::{Contestant, Entry};
use flagman_bench::latency::{Latency, Pace, SHORT_PAUSE};
use flagman_bench::programs::{ACTION_PROGRAM, EXEC, IN_PROCESS};
use flagman_bench::{idle, latency};

/// The floor is the first entry of each table.
fn floor(table: &'static [Entry], program: &str) -> Contestant {
    Contestant { entry: &table[0], program: program.into() }
}

fn in_process_floor() -> Contestant {
    floor(&IN_PROCESS, env!("CARGO_BIN_EXE_flagman-bench-floor"))
}

fn measured(contestant: Contestant) -> Latency {
    let pace = Pace { rounds: 2, signals: 50, pause: SHORT_PAUSE };
    latency::measure(&[contestant], pace).unwrap().remove(0)
}

fn assert_answers_every_signal(contestant: Contestant) {
    let latency = measured(contestant);
    assert_eq!((latency.rounds.len(), latency.lost()), (2, 0));
    assert!(latency.typical(|round| round.median) > 0.0);
}

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flagman-bench")).args(words).output().unwrap()
}

#[test]
fn the_floor_answers_every_signal_of_every_round() {
    assert_answers_every_signal(in_process_floor());
}

#[test]
fn the_floor_of_exec_starts_a_program_for_every_signal() {
    assert_answers_every_signal(floor(&EXEC, env!("CARGO_BIN_EXE_flagman-bench-exec-floor")));
}

#[test]
fn the_floor_of_action_programs_answers_every_line() {
    let program = env!("CARGO_BIN_EXE_flagman-bench-answer-floor");
    assert_answers_every_signal(floor(&ACTION_PROGRAM, program));
}

#[test]
fn each_shell_that_is_there_starts_a_program_for_its_signals() {
    for entry in EXEC.iter().filter(|entry| ["bash", "dash"].contains(&entry.name)) {
        let program = Path::new("/bin").join(entry.name);
        if program.exists() {
            let latency = measured(Contestant { entry, program });
            assert!(latency.typical(|round| round.median) > 0.0, "{}", entry.name);
        }
    }
}

#[test]
fn the_action_program_that_is_measured_describes_itself() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_flagman-action-bench"));
    let output = program.arg("describe").output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("to be measured"));
}

#[test]
fn the_floor_sleeps_on_one_thread_while_no_signal_comes() {
    let idles = idle::measure(&[in_process_floor()]).unwrap();
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
