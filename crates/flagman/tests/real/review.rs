//! Edge cases of reloads: signals, quiet periods and messages, whether the new plan is taken over or not.

use std::process::Command;

use flagman_test::queue_signal;
use nix::libc::SIGRTMIN;
use nix::sys::signal::Signal::{SIGHUP, SIGINT, SIGUSR1, SIGUSR2};

use super::harness::{Flagman, Folder, Gate, Manager, PlanFile, Program, action, until};

/// The action `reload` for SIGHUP, and `rest`.
fn with_reload(rest: &str) -> String {
    action("hup", &["reload"]) + rest
}

/// Reloads, and waits until that is told and its run is over: a signal that comes earlier is ignored.
fn reload_until(flagman: &Flagman, told: &str) {
    flagman.signal(SIGHUP);
    flagman.stderr.find(told);
    flagman.stderr.find("SIGHUP: 1 arrival");
}

#[test]
fn signals_of_a_plan_that_does_not_hold_have_no_actions_and_do_not_wait_for_a_later_plan() {
    let gate = Gate::new();
    let gate_path = gate.action("", "");
    let path = gate_path.split(' ').nth(1).expect("a path");
    let new = ["usr2", "rtmin+3"].map(|on| action(on, &["gated", path, "new", "set_up"]));
    let plan = PlanFile::with(&with_reload(""));
    let flagman = plan.serve(&[]);
    plan.replace(&with_reload(&new.concat()));
    flagman.signal(SIGHUP);
    let set_up = gate.wait_for("new set_up");
    flagman.signal(SIGUSR2);
    set_up.tell("fail on purpose");
    flagman.stderr.find("SIGUSR2 received");
    for value in 0..3 {
        queue_signal(flagman.pid(), SIGRTMIN() + 3, value).expect("it can be sent");
        flagman.stderr.find("SIGRTMIN+3 received");
    }
    plan.replace(&with_reload(&action("usr2", &["print", "x"])));
    flagman.signal(SIGHUP);
    flagman.stderr.find("1 added");
    let log = flagman.end();
    assert!(log.iter().all(|line| !line.contains("run for SIGUSR2")), "{log:#?}");
}

#[test]
fn a_program_that_does_not_describe_itself_to_a_reload_does_not_stop_keep_alives() {
    let (manager, folder) = (Manager::new(), Folder::with(&["describe-hang"]));
    let plan = PlanFile::with(&with_reload(""));
    let folder = folder.path().to_str().expect("a path in UTF-8");
    let words = plan.words(&["-v", "--timeout", "60", "--action-dir", folder]);
    let mut command = Program::Flagman.command(&words);
    command.env("NOTIFY_SOCKET", manager.name()).env("WATCHDOG_USEC", "200000");
    let flagman = Flagman::start(command);
    manager.until("STATUS=Idle");
    plan.replace(&with_reload(&action("usr1", &["describe-hang", "x"])));
    flagman.signal(SIGHUP);
    let log = flagman.stderr.until("did not answer `describe`");
    assert!(log.iter().all(|line| !line.contains("keep-alives")), "{log:#?}");
    manager.until("STATUS=Running reload");
    for _ in 0..6 {
        manager.until("WATCHDOG=1");
    }
    flagman.end();
}

#[test]
fn the_processes_of_actions_that_reloads_remove_are_reaped() {
    let (folder, plan) =
        (Folder::with(&["fine", "set_up-exit_1"]), PlanFile::with(&with_reload("")));
    let path = folder.path().to_str().expect("a path in UTF-8");
    let flagman = plan.serve(&["--action-dir", path]);
    for round in ["first", "second"] {
        plan.replace(&with_reload(&action("usr1", &["fine", round])));
        reload_until(&flagman, "1 added");
        plan.replace(&with_reload(&action("usr2", &["set_up-exit_1", round])));
        reload_until(&flagman, "the old plan stays");
    }
    plan.replace(&with_reload(""));
    reload_until(&flagman, "1 removed");
    until("they are never reaped", || flagman.children().is_empty());
    flagman.end();
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

#[test]
fn a_reload_says_what_a_start_would_warn_of() {
    let plan = PlanFile::with(&with_reload(""));
    let flagman = plan.serve(&[]);
    plan.replace(&with_reload("[signal.usr2]\noverlap = \"rerun\"\n"));
    flagman.signal(SIGHUP);
    let line = flagman.stderr.find("WARNING");
    let expected =
        "WARNING:flagman.cli:the `overlap` of SIGUSR2 has no effect: SIGUSR2 has no actions";
    assert_eq!(line, expected);
    flagman.stderr.find("reloaded: 1 kept");
    flagman.end();
}

#[test]
fn a_reload_of_an_empty_file_fails_and_does_not_speak_of_an_exit() {
    let plan = PlanFile::with(&with_reload(""));
    let flagman = plan.serve(&[]);
    plan.replace("");
    flagman.signal(SIGHUP);
    let line = flagman.stderr.find("ERROR");
    let expected =
        "nothing has changed: no action would be left; add one, or end flagman with SIGTERM";
    assert!(line.ends_with(expected), "{line}");
    flagman.end();
}
