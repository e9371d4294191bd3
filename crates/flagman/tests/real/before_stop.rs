//! Actions for SIGTERM and SIGINT: the first part of a shutdown.

use nix::sys::signal::Signal::{self, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

use super::harness::{Barrier, Flagman, Gate, Manager, Program};

/// The words of a gated action for any signal.
fn on(signal: &str, gate: &Gate, name: &str) -> [String; 2] {
    ["--on".to_owned(), format!("{signal}={}", gate.action(name, "run"))]
}

/// A testbed with the action `a` for SIGUSR1, `b` for SIGUSR2 and `hook` for SIGTERM, with its log at INFO.
fn with_hook(gate: &Gate, words: &[&str]) -> Flagman {
    let actions = [on("usr1", gate, "a"), on("usr2", gate, "b"), on("term", gate, "hook")].concat();
    let actions = actions.iter().map(String::as_str);
    let words: Vec<&str> = ["-v"].into_iter().chain(words.iter().copied()).chain(actions).collect();
    Program::Testbed.serve(&words)
}

/// All of them, in the order of their tear-down.
const TORN_DOWN: [&str; 3] = ["hook torn down", "b torn down", "a torn down"];

/// How many lines contain this.
fn count(log: &[String], text: &str) -> usize {
    log.iter().filter(|line| line.contains(text)).count()
}

#[test]
fn the_hook_runs_once_after_the_run_in_progress_and_before_the_tear_down() {
    let gate = Gate::new();
    let flagman = with_hook(&gate, &[]);
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run");
    flagman.signal(SIGUSR2);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    running.tell("done");
    let ours = std::process::id();
    // If b ran, or anything was torn down first, it would come here.
    gate.wait_for(&format!("hook run SIGTERM 1 {ours}")).tell("done");
    assert_eq!(flagman.stdout.rest(), TORN_DOWN);
    let log = flagman.end_of_shutdown();
    assert_eq!(count(&log, "run for SIGTERM started: received once from pid"), 1, "{log:#?}");
    assert_eq!(count(&log, "SIGTERM: 1 arrival from pid"), 1, "{log:#?}");
    assert_eq!(count(&log, "shut down without serving SIGUSR2 (1 arrival)"), 1, "{log:#?}");
}

#[test]
fn sigint_runs_its_own_hook_or_that_of_sigterm() {
    for (own, expected) in [(false, "hook run SIGINT 1"), (true, "own run SIGINT 1")] {
        let gate = Gate::new();
        let words = if own { on("int", &gate, "own").to_vec() } else { Vec::new() };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let flagman = with_hook(&gate, &words);
        flagman.signal(SIGINT);
        gate.wait_for(expected).tell("done");
        // The other one does not run too.
        let log = flagman.end_of_shutdown();
        assert_eq!(count(&log, " started: "), 1, "{log:#?}");
    }
}

#[test]
fn sigterm_does_not_run_the_hook_of_sigint() {
    let gate = Gate::new();
    let words = [on("usr1", &gate, "a"), on("int", &gate, "own")].concat();
    let flagman = Program::Testbed.serve(&words);
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), ["a torn down", "own torn down"]);
    flagman.end_of_shutdown();
}

#[test]
fn an_echo_by_the_other_signal_does_not_run_the_hook_again() {
    let gate = Gate::new();
    let flagman = with_hook(&gate, &["--grace", "1000"]);
    flagman.signal(SIGINT);
    let running = gate.wait_for("hook run SIGINT");
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    running.tell("done");
    assert_eq!(flagman.stdout.rest(), TORN_DOWN);
    flagman.end_of_shutdown();
}

/// Signals flagman twice with SIGTERM, the second time when the first is told.
fn ask_twice(flagman: &Flagman) {
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    flagman.signal(SIGTERM);
}

#[test]
fn a_second_sigterm_forces_out_before_and_in_the_hook() {
    for before in [true, false] {
        let gate = Gate::new();
        let flagman = with_hook(&gate, &["--grace", "1000"]);
        let stuck = if before {
            flagman.signal(SIGUSR1);
            let running = gate.wait_for("a run");
            ask_twice(&flagman);
            running
        } else {
            flagman.signal(SIGTERM);
            let running = gate.wait_for("hook run");
            flagman.signal(SIGTERM);
            running
        };
        let (status, log) = flagman.wait();
        assert_eq!(status.code(), Some(3), "{log:#?}");
        let signal = if before { Signal::SIGUSR1 } else { SIGTERM };
        let last = log.last().expect("it says why");
        assert!(last.contains(&format!("for {signal} did not end; not torn down: ")), "{last}");
        drop(stuck);
    }
}

#[test]
fn a_hook_that_fails_is_told_and_the_shutdown_goes_on() {
    for how in ["fail no light", "panic no air", "close enough"] {
        let gate = Gate::new();
        let flagman = with_hook(&gate, &[]);
        flagman.signal(SIGTERM);
        gate.wait_for("hook run").tell(how);
        assert_eq!(flagman.stdout.rest(), TORN_DOWN, "{how}");
        let log = flagman.end_of_shutdown();
        assert_eq!(count(&log, "SIGTERM: 1 arrival"), 1, "{log:#?}");
    }
}

#[test]
fn the_policies_of_a_hook_hold_within_the_grace() {
    let gate = Gate::new();
    let [first, second] = ["first", "second"].map(|name| gate.action(name, "run"));
    let stop = format!("term=retries=1 retry-delay=0 on-failure=stop {first}");
    let words = ["-v", "--usr1", "print", "x", "--on", &stop, "--on", &format!("term={second}")];
    let flagman = Program::Testbed.serve(&words);
    flagman.signal(SIGTERM);
    gate.wait_for("first run").tell("fail no light");
    gate.wait_for("first run").tell("fail no air");
    let log = flagman.end_of_shutdown();
    assert_eq!(count(&log, "; stopped by the failure of "), 1, "{log:#?}");
}

#[test]
fn on_failure_exit_in_a_hook_ends_with_status_4() {
    let words = ["--usr1", "print", "x", "--on", "term=on-failure=exit exec false"];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGTERM);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(4), "{log:#?}");
}

#[test]
fn at_the_last_call_a_hook_gets_sigterm_and_no_further_action_of_it_starts() {
    let barrier = Barrier::new();
    let script = format!("trap 'echo asked; exit 1' TERM; echo begun; {}", barrier.wait());
    let words = ["-v", "--grace", "3", "--usr1", "print", "x", "--on", "term", "exec", "sh", "-c"];
    let words = [&words[..], &[&script, "--on", "term", "print", "second"]].concat();
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGTERM);
    let printed = flagman.stdout.rest();
    assert_eq!(printed, ["init", "init", "begun", "asked", "cleanup", "cleanup"]);
    let log = flagman.end_of_shutdown();
    assert_eq!(count(&log, "SIGTERM: 1 arrival"), 1, "{log:#?}");
    let told = "; 1 action did not run, because the grace was nearly over";
    assert!(
        log.iter().any(|line| line.starts_with("WARNING:") && line.ends_with(told)),
        "{log:#?}"
    );
}

#[test]
fn a_retry_of_a_hook_does_not_outlast_the_last_call() {
    let words = ["-v", "--grace", "0.4", "--usr1", "print", "x", "--on"];
    let words = [&words[..], &["term=retries=100 retry-delay=60 exec false"]].concat();
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGTERM);
    let log = flagman.end_of_shutdown();
    assert_eq!(count(&log, "tried again"), 1, "{log:#?}");
}

#[test]
fn the_service_manager_learns_that_flagman_stops_before_the_hook_ends() {
    let (gate, manager) = (Gate::new(), Manager::new());
    let words = [on("usr1", &gate, "a"), on("term", &gate, "hook")].concat();
    let mut command = Program::Testbed.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("STATUS=Idle");
    flagman.signal(SIGTERM);
    let running = gate.wait_for("hook run");
    manager.until("STOPPING=1");
    let said = manager.until("STATUS=Running ");
    assert!(said.last().is_some_and(|said| said.ends_with(" for SIGTERM")), "{said:?}");
    running.tell("done");
    flagman.end_of_shutdown();
}

#[test]
fn sigterm_during_set_up_runs_no_hook() {
    let gate = Gate::new();
    let first = format!("--usr1={}", gate.action("a", "set_up"));
    let words = [vec!["-v".to_owned(), first], on("term", &gate, "hook").to_vec()].concat();
    let flagman = Flagman::start(Program::Testbed.command(&words));
    let setting_up = gate.wait_for("a set_up");
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    setting_up.tell("done");
    assert_eq!(flagman.stdout.rest(), ["a torn down"]);
    flagman.end_of_shutdown();
}

#[test]
fn without_any_grace_no_hook_runs() {
    let gate = Gate::new();
    let flagman = with_hook(&gate, &["--grace", "0"]);
    flagman.signal(SIGTERM);
    let (status, log) = flagman.wait();
    assert_eq!((status.code(), count(&log, " started: ")), (Some(3), 0), "{log:#?}");
}

#[test]
fn flagman_stays_as_long_as_the_hook_is_its_only_action() {
    let words = ["-v", "--usr1", "print_once", "x", "--on", "term", "print", "hook"];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    flagman.signal(SIGTERM);
    flagman.stdout.find("hook");
    flagman.end_of_shutdown();
}
