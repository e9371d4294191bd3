//! `--quiet-period`: a storm of signals causes one run, when it is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::harness::{Flagman, Gate, Manager, Program, gated, status_of, until};

/// Sends SIGHUP, and waits until flagman holds it back.
fn send_one(flagman: &Flagman) {
    flagman.signal(SIGHUP);
    flagman.stderr.find("waits for the quiet period");
}

#[test]
fn thirty_signals_at_once_cause_one_run_that_answers_them_all() {
    let gate = Gate::new();
    let options = ["-v", "--quiet-period", "hup=3", "--overlap", "rerun"];
    let flagman = gated(&gate, &options, &[("--hup", "a"), ("--usr1", "b")]);
    let began = Instant::now();
    // Each of them is taken by itself, so the kernel has merged none.
    for _ in 0..30 {
        flagman.signal(SIGHUP);
        // The log has ten such lines a second at most; the kernel says that it was taken.
        until("it is not taken", || !is_pending(&flagman, SIGHUP as i32));
    }
    let visit = gate.wait_for("a run SIGHUP 30");
    assert!(began.elapsed() > Duration::from_secs(3), "it did not wait");
    flagman.signal(SIGUSR1);
    visit.tell("done");
    // There is no second run.
    gate.wait_for("b run").tell("done");
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    let runs = log.iter().filter(|line| line.contains("SIGHUP: 30 arrivals, the first from"));
    assert_eq!(runs.count(), 1, "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("SIGHUP: 1 arrival")), "{log:#?}");
    flagman.end();
}

/// Whether a signal waits in the kernel for the whole process.
fn is_pending(flagman: &Flagman, number: i32) -> bool {
    let mask = status_of(flagman.pid(), "ShdPnd");
    u64::from_str_radix(&mask, 16).expect("a mask") & 1 << (number - 1) != 0
}

#[test]
fn signals_that_never_stop_are_served_after_ten_periods_at_the_latest() {
    let flagman = Program::Testbed.serve(&["-v", "--quiet-period", "0.1", "--hup", "values", "it"]);
    let (pid, is_over) = (Pid::from_raw(flagman.pid().cast_signed()), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                kill(pid, SIGHUP).expect("flagman lives");
                thread::yield_now();
            }
        });
        // Without the bound this would never come.
        flagman.stdout.find("it run 3:");
        is_over.store(true, Ordering::Relaxed);
    });
    flagman.end();
}

#[test]
fn another_signal_is_served_meanwhile_and_what_waits_is_named_at_the_shutdown() {
    let gate = Gate::new();
    let options = ["-v", "--quiet-period", "hup=1000"];
    let flagman = gated(&gate, &options, &[("--hup", "a"), ("--usr1", "b")]);
    send_one(&flagman);
    flagman.signal(SIGUSR1);
    gate.wait_for("b run SIGUSR1 1").tell("done");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    send_one(&flagman);
    let log = flagman.end();
    let left = "WARNING:flagman.core:shut down without serving SIGHUP (2 arrivals)";
    assert!(log.iter().any(|line| line == left), "{log:#?}");
}

#[test]
fn the_period_for_all_signals_is_overruled_for_one_and_none_applies_to_sigterm() {
    let gate = Gate::new();
    let hook = format!("term={}", gate.action("hook", "run"));
    let options = ["-v", "--quiet-period=1000", "--quiet-period=usr1=0", "--on", &hook];
    let flagman = gated(&gate, &options, &[("--hup", "a"), ("--usr1", "b")]);
    send_one(&flagman);
    flagman.signal(SIGUSR1);
    gate.wait_for("b run SIGUSR1 1").tell("done");
    flagman.signal(SIGTERM);
    gate.wait_for("hook run SIGTERM 1").tell("done");
    flagman.end_of_shutdown();
}

#[test]
fn an_arrival_during_its_own_run_waits_for_quiet_after_it_or_is_ignored() {
    for overlap in ["rerun", "ignore"] {
        let gate = Gate::new();
        let options = ["-v", "--quiet-period", "hup=0.1", "--overlap", overlap];
        let flagman = gated(&gate, &options, &[("--hup", "a"), ("--usr1", "b")]);
        flagman.signal(SIGHUP);
        let held = gate.wait_for("a run SIGHUP 1");
        flagman.signal(SIGHUP);
        held.tell("done");
        if overlap == "rerun" {
            gate.wait_for("a run SIGHUP 1").tell("done");
        } else {
            flagman.stderr.find("SIGHUP: 1 arrival");
        }
        flagman.signal(SIGUSR1);
        gate.wait_for("b run").tell("done");
        let log = flagman.end();
        let ignored = log.iter().any(|line| line.ends_with("; 1 ignored meanwhile"));
        assert!(!ignored || overlap == "ignore", "{log:#?}");
    }
}

#[test]
fn signals_during_the_set_up_wait_for_quiet_too() {
    let gate = Gate::new();
    let action = format!("--hup={}", gate.action("a", "set_up,run"));
    let words = ["-vv", "--quiet-period", "0.1", &action];
    let flagman = Flagman::start(Program::Testbed.command(&words));
    let setting_up = gate.wait_for("a set_up");
    flagman.signal(SIGHUP);
    setting_up.tell("done");
    flagman.stderr.find("waits for the quiet period");
    gate.wait_for("a run SIGHUP 1").tell("done");
    flagman.end();
}

#[test]
fn systemd_learns_of_a_reload_at_once_and_of_its_end_after_the_run() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let action = format!("--hup={}", gate.action("a", "run"));
    let words = ["-vv", "--notify-reload", "--quiet-period", "1", &action];
    let mut command = Program::Testbed.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("STATUS=Idle; no signal yet");
    let began = Instant::now();
    send_one(&flagman);
    send_one(&flagman);
    manager.until("RELOADING=1");
    let visit = gate.wait_for("a run SIGHUP 2");
    assert!(began.elapsed() > Duration::from_secs(1), "it did not wait");
    visit.tell("done");
    let said = manager.until("READY=1");
    let early = said.iter().filter(|said| said.contains("READY=1")).count();
    assert_eq!(early, 1, "{said:?}");
    flagman.end();
}

#[test]
fn a_quiet_period_is_refused_for_signals_that_shut_down() {
    for signal in ["term", "int"] {
        let words = ["--quiet-period", &format!("{signal}=1"), "--usr1", "print", "x"];
        let output = Program::Flagman.output(&words);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("which shuts flagman down"), "{said}");
    }
}
