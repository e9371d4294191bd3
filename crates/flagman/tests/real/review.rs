//! Reloads at the edges: what becomes of signals, pauses and messages when a plan comes or does not come to
//! hold.

use std::process::Command;

use flagman_test::queue_signal;
use nix::libc::SIGRTMIN;
use nix::sys::signal::Signal::{SIGHUP, SIGINT, SIGUSR1};

use super::harness::{Flagman, Gate, Manager, PlanFile, Program, action};

/// The action `reload` for SIGHUP, and `rest`.
fn with_reload(rest: &str) -> String {
    action("hup", &["reload"]) + rest
}

#[test]
fn sigint_that_was_ignored_asks_for_shutdown_at_once_when_a_reload_gives_it_actions() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let gate_path = gate.action("", "");
    let path = gate_path.split(' ').nth(1).expect("a path");
    let blocking = action("usr1", &["gated", path, "blocking"]);
    let plan = PlanFile::with(&with_reload(&blocking));
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' INT; exec \"$@\"", "sh"]).arg(Program::Testbed.path());
    command.args(plan.words(&["-v"])).env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    plan.replace(&with_reload(&[blocking, action("int", &["print", "left"])].concat()));
    flagman.signal(SIGHUP);
    flagman.stderr.find("1 added");
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("blocking run");
    flagman.signal(SIGINT);
    flagman.stderr.find("SIGINT received");
    visit.tell("done");
    flagman.stdout.find("left");
    flagman.end_of_shutdown();
}

#[test]
fn a_flood_of_a_signal_that_has_lost_its_actions_does_not_flood_the_log() {
    let plan = PlanFile::with(&with_reload(&action("rtmin+3", &["print", "x"])));
    let flagman = plan.serve(&[]);
    plan.replace(&with_reload(&action("usr1", &["print", "served"])));
    flagman.signal(SIGHUP);
    flagman.stderr.find("1 removed");
    for value in 0..500 {
        queue_signal(flagman.pid(), SIGRTMIN() + 3, value).expect("it can be sent");
    }
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    let log = flagman.end();
    let told = log.iter().filter(|line| line.contains("it has no actions")).count();
    assert!(told < 400, "{told} lines");
}

#[test]
fn what_waits_for_quiet_follows_the_quiet_period_of_the_new_plan() {
    let printing = action("usr1", &["print", "it is quiet"]);
    let quiet =
        |seconds: u32| with_reload(&format!("{printing}[signal.usr1]\nquiet-period = {seconds}\n"));
    let plan = PlanFile::with(&quiet(3600));
    let flagman = plan.serve(&[]);
    flagman.signal(SIGUSR1);
    plan.replace(&quiet(0));
    flagman.signal(SIGHUP);
    flagman.stdout.find("it is quiet");
    flagman.end();
}
