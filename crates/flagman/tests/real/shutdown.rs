//! How flagman ends: in order, with a status that says why, and without ever hanging.

use std::process::{Command, Stdio};

use nix::pty::openpty;
use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::harness::{Flagman, Gate, Lines, Manager, Program, full_pipe, gated};

/// A testbed with one action that stops in `stages`, already started.
fn started(gate: &Gate, stages: &str, options: &[&str]) -> Flagman {
    let action = format!("--usr1={}", gate.action("a", stages));
    let words = [&["-v", &action], options].concat();
    Flagman::start(Program::Testbed.command(&words))
}

fn ended(flagman: Flagman) -> (Option<i32>, Vec<String>) {
    let (status, log) = flagman.wait();
    (status.code(), log)
}

#[test]
fn what_runs_may_finish_and_nothing_else_starts() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--hup", "a"), ("--hup", "b"), ("--usr1", "c")]);
    flagman.signal(SIGHUP);
    let running = gate.wait_for("a run");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received from pid");
    let waits = format!(
        "WARNING:flagman.core:shutting down: waiting for the run of `{}` for SIGHUP to end; send \
         SIGTERM or SIGINT again to stop waiting",
        gate.action("a", "run")
    );
    assert_eq!(flagman.stderr.next(), Some(waits));
    running.tell("done");
    // If b or c had been run, it would hang at the gate, and nothing would be torn down.
    assert_eq!(flagman.stdout.rest(), ["c torn down", "b torn down", "a torn down"]);
    assert_eq!(ended(flagman).0, Some(0));
}

#[test]
fn a_shutdown_that_is_pending_comes_before_the_next_run_however_many_signals_wait() {
    let gate = Gate::new();
    let options = ["--overlap", "rerun"];
    let flagman = gated(&gate, &options, &[("--hup", "a"), ("--usr1", "b"), ("--usr2", "c")]);
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("b run");
    for round in 0..30_000 {
        flagman.signal([SIGHUP, SIGUSR1, SIGUSR2][round % 3]);
        if round == 15_000 {
            flagman.signal(SIGTERM);
        }
    }
    running.tell("done");
    assert_eq!(flagman.stdout.rest(), ["c torn down", "b torn down", "a torn down"]);
    let (status, log) = ended(flagman);
    assert_eq!(status, Some(0));
    let runs = log.iter().filter(|line| line.contains(" started: ")).count();
    assert_eq!(runs, 1, "{log:#?}");
    let told = "shut down without serving SIGHUP (";
    assert!(log.iter().any(|line| line.contains(told)), "{log:#?}");
}

#[test]
fn the_end_of_the_grace_forces_out_an_action_that_blocks_for_ever() {
    let gate = Gate::new();
    let flagman = gated(&gate, &["--grace", "0.2"], &[("--hup", "a"), ("--usr1", "b")]);
    flagman.signal(SIGUSR1);
    let _blocked = gate.wait_for("b run");
    flagman.signal(SIGTERM);
    let (status, log) = ended(flagman);
    assert_eq!(status, Some(3));
    let [a, b] = ["a", "b"].map(|name| gate.action(name, "run"));
    let line = format!(
        "CRITICAL:flagman.core:forced out: the run of `{b}` for SIGUSR1 did not end; not torn \
         down: {a}, {b}"
    );
    assert_eq!(log.last(), Some(&line));
}

#[test]
fn a_second_sigterm_forces_out_whatever_blocks_in_whichever_stage() {
    for (stage, text) in [
        ("set_up", "the set-up of `gated` did not end"),
        ("run", "the run of `gated` for SIGUSR1 did not end; not torn down: gated"),
        ("tear_down", "the tear-down of `gated` did not end"),
    ] {
        let gate = Gate::new();
        let flagman = started(&gate, stage, &["--grace", "1000"]);
        if stage == "run" {
            flagman.stderr.find("ready");
            flagman.signal(SIGUSR1);
        }
        if stage == "tear_down" {
            flagman.stderr.find("ready");
            flagman.signal(SIGTERM);
        }
        let _blocked = gate.wait_for(&format!("a {stage}"));
        if stage != "tear_down" {
            flagman.signal(SIGTERM);
        }
        flagman.stderr.find("SIGTERM received");
        flagman.signal(SIGTERM);
        let (status, log) = ended(flagman);
        assert_eq!(status, Some(3), "{stage}");
        let line = format!("CRITICAL:flagman.core:forced out: {text}");
        assert_eq!(log.last(), Some(&line), "{stage}");
    }
}

#[test]
fn the_other_of_sigterm_and_sigint_does_not_count_within_a_second() {
    let gate = Gate::new();
    let flagman = gated(&gate, &["--grace", "1000"], &[("--usr1", "a")]);
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run");
    flagman.signal(SIGINT);
    flagman.signal(SIGTERM);
    let log = flagman.stderr.until("SIGTERM received");
    if !log.iter().any(|line| line.contains("SIGINT received")) {
        flagman.stderr.find("SIGINT received");
    }
    running.tell("done");
    assert_eq!(ended(flagman).0, Some(0));
}

#[test]
fn without_any_grace_flagman_is_forced_out_at_once_and_names_all_actions_that_are_set_up() {
    let words = ["--grace", "0", "--hup", "print", "x", "--usr1", "print_once", "y"];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGTERM);
    let (status, log) = ended(flagman);
    assert_eq!(status, Some(3));
    let line = "CRITICAL:flagman.core:forced out: there was no time left; not torn down: print, \
                print_once";
    assert_eq!(log.last().map(String::as_str), Some(line));
}

#[test]
fn an_error_that_blocks_when_it_is_shown_is_forced_out_too() {
    let gate = Gate::new();
    let flagman = gated(&gate, &["--grace", "0.2"], &[("--usr1", "a")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail-blocking");
    flagman.signal(SIGTERM);
    let (status, log) = ended(flagman);
    assert_eq!(status, Some(3), "{log:#?}");
}

#[test]
fn output_that_nobody_takes_at_the_exit_is_forced_out_too() {
    let manager = Manager::new();
    let (_unread, writer) = full_pipe();
    let (log, stderr) = std::io::pipe().expect("a pipe");
    let mut command = Program::Testbed.command(&["-v", "--grace", "0.2", "--usr1", "mutter"]);
    command.env("NOTIFY_SOCKET", manager.name()).stdout(writer).stderr(stderr);
    let mut child = command.spawn().expect("the testbed starts");
    drop(command);
    manager.until("READY=1");
    let (log, pid) = (Lines::of(log), Pid::from_raw(child.id().cast_signed()));
    kill(pid, SIGUSR1).expect("it lives");
    log.find(" arrival");
    kill(pid, SIGTERM).expect("it lives");
    let forced = log.find("forced out");
    assert!(forced.ends_with("forced out: the output of the actions did not end"), "{forced}");
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}

#[test]
fn the_last_action_may_close_during_a_shutdown() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a")]);
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run");
    flagman.signal(SIGTERM);
    running.tell("close in time");
    assert_eq!(flagman.stdout.rest(), ["a torn down"]);
    let (status, log) = ended(flagman);
    assert_eq!(status, Some(0), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("No actions remain")), "{log:#?}");
}

#[test]
fn sigterm_during_set_up_lets_it_end_and_tears_down_what_stands() {
    let gate = Gate::new();
    let manager = Manager::new();
    let mut words = vec![format!("--hup={}", gate.action("first", "none"))];
    words.push(format!("--hup={}", gate.action("second", "set_up")));
    words.push(format!("--usr1={}", gate.action("third", "set_up")));
    let mut command = Program::Testbed.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    let setting_up = gate.wait_for("second set_up");
    flagman.signal(SIGTERM);
    let said = manager.until("STOPPING=1");
    assert!(!said.iter().any(|said| said.contains("READY=1")), "{said:?}");
    setting_up.tell("done");
    assert_eq!(flagman.stdout.rest(), ["second torn down", "first torn down"]);
    assert_eq!(ended(flagman).0, Some(0));
}

#[test]
fn a_set_up_that_fails_or_panics_tears_down_those_before_it_and_ends_with_2() {
    for (how, told) in [("fail no luck", "no luck"), ("panic no way", "it panicked: no way (at ")] {
        let gate = Gate::new();
        let first = format!("--hup={}", gate.action("first", "none"));
        let second = format!("--usr1={}", gate.action("second", "set_up"));
        let third = format!("--usr2={}", gate.action("third", "set_up"));
        let flagman = Flagman::start(Program::Testbed.command(&[first, second, third]));
        gate.wait_for("second set_up").tell(how);
        assert_eq!(flagman.stdout.rest(), ["first torn down"]);
        let (status, log) = ended(flagman);
        assert_eq!(status, Some(2));
        let action = gate.action("second", "set_up");
        let start = format!("CRITICAL:flagman.core:cannot set up action `{action}`: ");
        let last = log.last().and_then(|line| line.strip_prefix(&start)).unwrap_or_default();
        assert!(last.starts_with(told), "{log:#?}");
    }
}

#[test]
fn a_tear_down_that_fails_or_panics_is_an_error_line_and_changes_no_status() {
    for (how, told) in [("fail no luck", "no luck"), ("panic no way", "it panicked: no way (at ")] {
        let gate = Gate::new();
        let first = format!("--hup={}", gate.action("first", "none"));
        let second = format!("--hup={}", gate.action("second", "tear_down"));
        let flagman = Program::Testbed.serve(&[&first, &second]);
        flagman.signal(SIGTERM);
        gate.wait_for("second tear_down").tell(how);
        assert_eq!(flagman.stdout.rest(), ["second torn down", "first torn down"]);
        let (status, log) = ended(flagman);
        assert_eq!(status, Some(0));
        let action = gate.action("second", "tear_down");
        let start = format!("ERROR:flagman.core:cannot tear down action `{action}`: ");
        let last = log.last().and_then(|line| line.strip_prefix(&start)).unwrap_or_default();
        assert!(last.starts_with(told), "{log:#?}");
    }
}

#[test]
fn when_no_action_is_left_flagman_ends_with_1_or_with_0_where_that_is_success() {
    for (options, status) in [(&["-v"][..], 1), (&["--successful-empty"][..], 0)] {
        let words = [options, &["--usr2", "print_once", "x"]].concat();
        let flagman = Program::Flagman.serve(&words);
        flagman.signal(SIGUSR2);
        assert_eq!(flagman.stdout.rest(), ["init", "x", "cleanup"]);
        let (ended, log) = ended(flagman);
        assert_eq!(ended, Some(status));
        let line = "WARNING:flagman.core:No actions remain active; exiting event loop";
        assert_eq!(log.last().map(String::as_str), Some(line));
    }
}

#[test]
fn sigint_from_a_terminal_ends_flagman() {
    let terminal = openpty(None, None).expect("a terminal");
    let slave = |stream: &std::os::fd::OwnedFd| Stdio::from(stream.try_clone().expect("a copy"));
    let manager = Manager::new();
    // setsid makes the terminal on its standard input the controlling terminal.
    let mut command = Command::new("setsid");
    command.arg("--ctty").arg(Program::Flagman.path()).args(["--usr1", "print", "x"]);
    command.stdin(slave(&terminal.slave)).env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    nix::unistd::write(&terminal.master, b"\x03").expect("Ctrl-C can be typed");
    assert_eq!(flagman.stdout.rest(), ["init", "cleanup"]);
    assert_eq!(ended(flagman).0, Some(0));
}

#[test]
fn sigint_that_was_ignored_at_the_start_stays_ignored() {
    let manager = Manager::new();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' INT; exec \"$0\" --usr1 print x"]).arg(Program::Flagman.path());
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    flagman.signal(Signal::SIGINT);
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.stdout.next().as_deref(), Some("init"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("x"));
    flagman.end();
}
