//! SIGTERM, once and twice, in each stage of flagman's life.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use crate::harness::{Flagman, Folder, Gate, Program, until};

/// Busy-waits, for times shorter than the shortest sleep.
fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Starts flagman and sends SIGTERM this many times, each after `delay`. Returns how flagman ended,
/// its output and its log.
fn at_some_moment(delay: Duration, times: u32) -> (Result<i32, i32>, Vec<String>, Vec<String>) {
    let words = ["-v", "--hup", "print", "x", "--usr1", "print", "y", "--usr2", "exec", "true"];
    let flagman = Flagman::start(Program::Flagman.command(&words));
    for _ in 0..times {
        spin(delay);
        flagman.signal(SIGTERM);
    }
    let printed = flagman.stdout.rest();
    let (status, log) = flagman.wait();
    (status.code().ok_or(status.signal().unwrap_or_default()), printed, log)
}

#[test]
fn at_any_moment_of_the_start_flagman_ends_in_order_once_it_has_said_its_number() {
    let mut in_order = 0;
    for moment in 0..100 {
        let delay = Duration::from_micros(moment * 60);
        let (status, printed, log) = at_some_moment(delay, 1);
        match status {
            Ok(0) => in_order += 1,
            // Before the first statement of `main`, SIGTERM kills it like any other program.
            Err(15) => assert_eq!((&printed[..], &log[..]), (&[][..], &[][..])),
            other => panic!("{other:?} after {delay:?}: {log:#?}"),
        }
        let count = |text| printed.iter().filter(|line| *line == text).count();
        assert_eq!(count("init"), count("cleanup"), "{delay:?}: {printed:?}");
    }
    assert!(in_order > 0);
}

#[test]
fn sigterm_twice_at_any_moment_of_the_start_ends_flagman_in_order_or_forces_it_out() {
    for moment in 0..100 {
        let delay = Duration::from_micros(moment * 60);
        let (status, printed, log) = at_some_moment(delay, 2);
        let last = log.last().map_or("", String::as_str);
        match status {
            Err(15) => assert_eq!(printed, [""; 0]),
            Ok(0) => assert!(!last.starts_with("CRITICAL"), "{delay:?}: {log:#?}"),
            Ok(3) => {
                assert!(last.starts_with("CRITICAL:flagman.core:forced out: "), "{log:#?}");
            }
            other => panic!("{other:?} after {delay:?}: {log:#?}"),
        }
    }
}

#[test]
fn sigterm_between_two_actions_of_a_bundle_lets_at_most_the_next_one_start() {
    let exec =
        |number: usize| ["--usr1".to_owned(), "exec".into(), "echo".into(), format!("{number}")];
    let words: Vec<String> = ["-v".to_owned()].into_iter().chain((0..20).flat_map(exec)).collect();
    for moment in 0..40 {
        let flagman = Program::Flagman.serve(&words);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("3");
        spin(Duration::from_micros(moment * 100));
        flagman.signal(SIGTERM);
        let printed = flagman.stdout.rest();
        let log = flagman.end_of_shutdown();
        let line = log.iter().find(|line| line.contains(" arrival")).expect("the run has a line");
        // The line of the run names all actions that ran, in the order of the bundle.
        let ran = line.matches(" done in ").count();
        let numbers: Vec<String> = (4..ran).map(|number| number.to_string()).collect();
        assert_eq!(printed, numbers, "{line}");
    }
}

/// A gated action that closes during its run, and then stops at the gate again in its tear-down.
fn closing(gate: &Gate) -> Flagman {
    let (first, second) = (gate.action("a", "run,tear_down"), gate.action("b", "run"));
    let words = [format!("--usr1={first}"), format!("--usr1={second}"), "-v".to_owned()];
    let flagman = Program::Testbed.serve(&[&words[..], &["--grace=1000".to_owned()]].concat());
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("close enough");
    flagman
}

#[test]
fn sigterm_while_a_closed_action_is_torn_down_lets_that_finish_and_starts_nothing_else() {
    let gate = Gate::new();
    let flagman = closing(&gate);
    let removal = gate.wait_for("a tear_down");
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    removal.tell("done");
    // If `b` had run, it would wait at the gate.
    assert_eq!(flagman.stdout.rest(), ["a torn down", "b torn down"]);
    flagman.end_of_shutdown();
}

#[test]
fn sigterm_twice_while_a_closed_action_is_torn_down_forces_flagman_out() {
    let gate = Gate::new();
    let flagman = closing(&gate);
    let _removal = gate.wait_for("a tear_down");
    for _ in 0..2 {
        flagman.signal(SIGTERM);
        flagman.stderr.find("SIGTERM received");
    }
    let (status, log) = flagman.wait();
    let [a, b] = [gate.action("a", "run,tear_down"), gate.action("b", "run")];
    let line = format!(
        "CRITICAL:flagman.core:forced out: the tear-down of `{a}` did not end; not torn down: {b}"
    );
    assert_eq!((status.code(), log.last()), (Some(3), Some(&line)));
}

#[test]
fn sigterm_during_a_shutdown_for_another_reason_ends_flagman_in_order() {
    let gate = Gate::new();
    let action = format!("--usr1={}", gate.action("a", "run,tear_down"));
    let flagman = Program::Testbed.serve(&["-v", &action]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("close enough");
    let last = gate.wait_for("a tear_down");
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    last.tell("done");
    // SIGTERM came before flagman could log that no action is left.
    assert_eq!(flagman.stdout.rest(), ["a torn down"]);
    flagman.end_of_shutdown();
}

/// Starts flagman with an action program that hangs at a stage, and waits until it hangs.
fn hanging(folder: &Folder, name: &str, options: &[&str]) -> Flagman {
    let path = folder.path().to_str().expect("a path in UTF-8");
    let words = ["-v", "--action-dir", path, "--hup", "good", "first", "--usr1", name, "bad"];
    let command = Program::Flagman.command(&[options, &words].concat());
    let flagman = Flagman::start(command);
    flagman.stdout.find("first set up");
    match name {
        "set_up-hang" => drop(flagman.stdout.find("bad set up")),
        // This program prints nothing.
        "hello-hang" => until("it is not started", || flagman.children().len() == 2),
        _ => {
            flagman.stderr.find("ready");
            flagman.signal(SIGTERM);
            flagman.stdout.find("bad torn down");
        }
    }
    flagman
}

#[test]
fn sigterm_during_the_set_up_of_an_action_program_lets_that_finish_and_tears_down_what_is_set_up() {
    let folder = Folder::with(&["good", "set_up-hang"]);
    let flagman = hanging(&folder, "set_up-hang", &["--timeout", "0.5", "--grace", "1000"]);
    flagman.signal(SIGTERM);
    let printed = flagman.stdout.rest();
    assert_eq!(printed, ["first torn down"]);
    let (status, log) = flagman.wait();
    let told = "cannot set up action `set_up-hang`: it was not set up within 0.5 s";
    assert!(log.iter().any(|line| line.contains(told)), "{log:#?}");
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn sigterm_twice_while_an_action_program_hangs_in_any_stage_kills_it_and_forces_flagman_out() {
    let folder = Folder::with(&["good", "hello-hang", "set_up-hang", "tear_down-hang"]);
    for (name, stage) in [
        ("hello-hang", "the set-up of `hello-hang`"),
        ("set_up-hang", "the set-up of `set_up-hang`"),
        ("tear_down-hang", "the tear-down of `tear_down-hang`"),
    ] {
        let flagman = hanging(&folder, name, &["--grace", "1000"]);
        if name != "tear_down-hang" {
            flagman.signal(SIGTERM);
        }
        flagman.stderr.find("SIGTERM received");
        flagman.signal(SIGTERM);
        // The programs share flagman's standard output, so end of file means that all of them have
        // ended.
        flagman.stdout.rest();
        let (status, log) = flagman.wait();
        let line = format!("CRITICAL:flagman.core:forced out: {stage} did not end");
        let last = log.last().map_or("", String::as_str);
        assert!(status.code() == Some(3) && last.starts_with(&line), "{log:#?}");
    }
}
