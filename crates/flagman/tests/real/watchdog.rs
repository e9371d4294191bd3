//! When keep-alives are sent to a service manager's watchdog.

use std::process::Command;

use nix::sys::signal::Signal::SIGUSR1;

use super::harness::{Barrier, Flagman, Gate, Manager, Program};

const ALIVE: &str = "WATCHDOG=1";

/// `command` under a manager that waits 200 ms for each keep-alive.
fn start(manager: &Manager, mut command: Command) -> Flagman {
    command.env("NOTIFY_SOCKET", manager.name()).env("WATCHDOG_USEC", "200000");
    Flagman::start(command)
}

fn wait_for_keepalives(manager: &Manager, count: usize) {
    for _ in 0..count {
        manager.until(ALIVE);
    }
}

#[test]
fn keep_alives_are_sent_while_flagman_is_idle() {
    let manager = Manager::new();
    let flagman = start(&manager, Program::Flagman.command(&["--usr1", "print", "x"]));
    wait_for_keepalives(&manager, 3);
    flagman.end();
}

#[test]
fn a_program_that_runs_for_long_does_not_stop_keep_alives() {
    let (manager, barrier) = (Manager::new(), Barrier::new());
    let words = ["-v", "--usr1", "exec", "sh", "-c", &barrier.wait()];
    let flagman = start(&manager, Program::Flagman.command(&words));
    manager.until("STATUS=Idle");
    flagman.signal(SIGUSR1);
    manager.until("STATUS=Running exec");
    // An in-process action could not take this long: it is twice the time for which the manager waits.
    wait_for_keepalives(&manager, 6);
    barrier.open();
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    assert!(log.iter().all(|line| !line.contains("keep-alives")), "{log:#?}");
    flagman.end();
}

#[test]
fn a_stuck_in_process_action_stops_keep_alives_until_it_ends() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let action = format!("--usr1={}", gate.action("a", "run"));
    let flagman = start(&manager, Program::Testbed.command(&["-v", &action]));
    manager.until("STATUS=Idle");
    flagman.signal(SIGUSR1);
    let stuck = gate.wait_for("a run");
    let line = flagman.stderr.find("keep-alives");
    assert!(line.starts_with("ERROR:flagman.systemd:Running gated for SIGUSR1"), "{line}");
    assert!(line.contains("keep-alives are withheld"), "{line}");
    stuck.tell("done");
    flagman.stderr.find("WARNING:flagman.systemd:keep-alives resumed");
    wait_for_keepalives(&manager, 2);
    flagman.end();
}

#[test]
fn nonsense_from_the_environment_costs_a_warning() {
    let manager = Manager::new();
    let mut command = Program::Flagman.command(&["--usr1", "print", "x"]);
    command.env("NOTIFY_SOCKET", manager.name()).env("WATCHDOG_USEC", "soon");
    let flagman = Flagman::start(command);
    let line = flagman.stderr.find("WARNING:");
    assert!(line.contains("WATCHDOG_USEC is `soon`"), "{line}");
    manager.until("READY=1");
    flagman.end();
}
