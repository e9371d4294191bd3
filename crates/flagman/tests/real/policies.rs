//! Policies of one action: how often it is tried, how long it may take, and what follows from its failure.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

use super::harness::{Barrier, Flagman, Folder, Gate, Manager, Program, until};

/// A gated action for SIGUSR1 with policies, in the one-word form.
fn with(policies: &str, gate: &Gate, name: &str) -> String {
    format!("--usr1={policies} name={name} {}", gate.action(name, "run"))
}

/// A gated action without policies for the signal of this option.
fn plain(option: &str, gate: &Gate, name: &str) -> String {
    format!("{option}={}", gate.action(name, "run"))
}

/// A testbed with its log at INFO.
fn serve(words: &[&str]) -> Flagman {
    Program::Testbed.serve(&[&["-v"], words].concat())
}

/// The lines that contain `text`, without their level and part.
fn lines_with<'a>(log: &'a [String], text: &str) -> Vec<&'a str> {
    let lines = log.iter().filter(|line| line.contains(text));
    lines.filter_map(|line| line.splitn(3, ':').nth(2)).collect()
}

#[test]
fn a_failed_action_is_tried_again_for_the_same_arrival_until_it_succeeds() {
    let gate = Gate::new();
    let flagman = serve(&[&with("retries=3 retry-delay=0", &gate, "a")]);
    flagman.signal(SIGUSR1);
    let ours = format!("a run SIGUSR1 1 {}", std::process::id());
    gate.wait_for(&ours).tell("fail no light");
    // A panic is a failure too.
    gate.wait_for(&ours).tell("panic no air");
    gate.wait_for(&ours).tell("done");
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    let failures = lines_with(&log, "action `a` failed");
    assert_eq!(failures.len(), 2, "{log:#?}");
    assert_eq!(failures[0], "action `a` failed on SIGUSR1 (try 1 of 4): no light");
    let panicked = "action `a` failed on SIGUSR1 (try 2 of 4): it panicked";
    assert!(failures[1].starts_with(panicked) && failures[1].contains("no air"), "{failures:?}");
    assert_eq!(lines_with(&log, "action `a` will be tried again in ").len(), 2, "{log:#?}");
    let line = log.last().expect("the run has a line");
    assert!(line.contains("; a done in ") && line.ends_with(" in 3 tries"), "{line}");
    flagman.signal(SIGUSR1);
    gate.wait_for(&ours).tell("done");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(!line.contains("tries"), "each run has its own tries: {line}");
    flagman.end();
}

#[test]
fn when_all_tries_have_failed_the_bundle_goes_on_and_json_has_the_number() {
    let gate = Gate::new();
    let (first, second) =
        (with("retries=2 retry-delay=0", &gate, "a"), plain("--usr1", &gate, "b"));
    let flagman = serve(&["--log-format=json", &first, &second]);
    flagman.signal(SIGUSR1);
    for _ in 0..3 {
        gate.wait_for("a run").tell("fail no light");
    }
    gate.wait_for("b run").tell("done");
    let line = flagman.stderr.find(r#""event":"run","#);
    let (_, actions) = line.split_once(r#""actions":["#).expect("the actions");
    let (first, second) = actions.split_once("},{").expect("two actions");
    let expected = [r#"{"name":"a","outcome":"failed","#, r#","tries":3,"message":"no light""#];
    assert!(first.starts_with(expected[0]) && first.ends_with(expected[1]), "{first}");
    assert!(!second.contains("tries"), "{second}");
    assert!(!line.contains("stopped_by"), "{line}");
    flagman.end();
}

#[test]
fn an_action_program_and_exec_are_tried_again_too() {
    let folder = Folder::with(&["run-fail", "run-exit_1"]);
    let twice = "retries=1 retry-delay=0";
    for (name, words) in [("run-fail", "x"), ("run-exit_1", "x"), ("exec", "false")] {
        let action = format!("--usr1={twice} {name} {words}");
        let flagman = folder.serve(&[&action]);
        flagman.signal(SIGUSR1);
        let log = flagman.stderr.until("SIGUSR1: 1 arrival");
        let tries =
            [1, 2].map(|number| format!("action `{name}` failed on SIGUSR1 (try {number} of 2): "));
        let failures = lines_with(&log, "(try ");
        assert_eq!(failures.len(), 2, "{log:#?}");
        for (failure, start) in failures.iter().zip(&tries) {
            assert!(failure.starts_with(start), "{log:#?}");
        }
        assert!(log.last().is_some_and(|line| line.ends_with(" in 2 tries")), "{log:#?}");
        flagman.end();
    }
}

/// How often the threads of flagman were switched to, and their processor time in ticks.
fn activity(flagman: &Flagman) -> [u64; 2] {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", flagman.pid())).expect("it lives");
    let (mut switches, mut ticks) = (0, 0);
    for task in tasks.flatten() {
        let read = |name: &str| std::fs::read_to_string(task.path().join(name)).expect("a task");
        let status = read("status");
        let counts = status.lines().filter_map(|line| line.split_once("ctxt_switches:\t"));
        switches += counts.map(|(_, count)| count.parse::<u64>().expect("a count")).sum::<u64>();
        let stat = read("stat");
        let (_, fields) = stat.rsplit_once(") ").expect("the name ends");
        let fields: Vec<&str> = fields.split(' ').collect();
        ticks += [fields[11], fields[12]]
            .map(|ticks| ticks.parse::<u64>().expect("ticks"))
            .iter()
            .sum::<u64>();
    }
    [switches, ticks]
}

#[test]
fn a_pause_costs_no_processor_time() {
    let gate = Gate::new();
    let action = with("retries=1 retry-delay=3", &gate, "a");
    let flagman = serve(&[&action]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail no light");
    flagman.stderr.find("will be tried again in ");
    let before = activity(&flagman);
    let began = Instant::now();
    let visit = gate.wait_for("a run");
    let [switches, ticks] = activity(&flagman);
    assert!(began.elapsed() > Duration::from_secs(2), "the pause was no pause");
    // To fall asleep, the status for the service manager, and to wake up at the end.
    assert!(switches - before[0] <= 24, "{} switches", switches - before[0]);
    assert!(ticks - before[1] <= 2, "{} ticks", ticks - before[1]);
    visit.tell("done");
    flagman.stderr.find("in 2 tries");
    flagman.end();
}

/// Lets `a` fail once, and waits until it is in its pause.
fn until_pausing(flagman: &Flagman, gate: &Gate) {
    flagman.signal(SIGUSR1);
    gate.wait_for("a run SIGUSR1").tell("fail no light");
    flagman.stderr.find("action `a` will be tried again in ");
}

/// A pause that is longer than any test: it is at least 45 seconds.
const LONG: &str = "retries=5 retry-delay=60";

#[test]
fn sigterm_ends_a_pause_at_once_and_on_failure_does_not_apply() {
    for on_failure in ["continue", "stop", "exit"] {
        let gate = Gate::new();
        let first = with(&format!("{LONG} on-failure={on_failure}"), &gate, "a");
        let flagman = serve(&[&first, &plain("--usr1", &gate, "b")]);
        until_pausing(&flagman, &gate);
        let began = Instant::now();
        let log = flagman.end();
        assert!(began.elapsed() < Duration::from_secs(40), "the pause went on");
        let line = lines_with(&log, "SIGUSR1: 1 arrival").concat();
        assert!(line.contains("; a failed after ") && !line.contains("stopped by"), "{line}");
        assert!(!line.contains("tries") && !line.contains("gated"), "{line}");
    }
}

#[test]
fn other_signals_wait_during_a_pause_and_their_arrivals_are_named_at_the_shutdown() {
    let gate = Gate::new();
    let flagman = serve(&[&with(LONG, &gate, "a"), &plain("--usr2", &gate, "b")]);
    until_pausing(&flagman, &gate);
    flagman.signal(SIGUSR2);
    // If b ran, it would hang at the gate.
    let log = flagman.end();
    let left = "shut down without serving SIGUSR2 (1 arrival)";
    assert_eq!(lines_with(&log, "without serving"), [left], "{log:#?}");
}

#[test]
fn after_a_pause_the_try_comes_before_the_signals_that_have_waited() {
    let gate = Gate::new();
    let action = with("retries=1 retry-delay=1", &gate, "a");
    let flagman = serve(&[&action, &plain("--usr2", &gate, "b")]);
    until_pausing(&flagman, &gate);
    flagman.signal(SIGUSR2);
    gate.wait_for("a run SIGUSR1").tell("fail no air");
    gate.wait_for("b run SIGUSR2").tell("done");
    let log = flagman.stderr.until("SIGUSR2: 1 arrival");
    assert_eq!(lines_with(&log, "in 2 tries").len(), 1, "{log:#?}");
    flagman.end();
}

#[test]
fn an_arrival_in_a_pause_is_ignored_or_gets_a_run_afterwards_and_does_not_end_it() {
    for overlap in ["ignore", "rerun"] {
        let gate = Gate::new();
        let action = with("retries=1 retry-delay=1", &gate, "a");
        let flagman = serve(&["-v", "--overlap", overlap, &action]);
        until_pausing(&flagman, &gate);
        let began = Instant::now();
        flagman.signal(SIGUSR1);
        flagman.stderr.find(", arrival 2");
        gate.wait_for("a run SIGUSR1 1").tell("done");
        assert!(began.elapsed() > Duration::from_millis(400), "the arrival ended the pause");
        let line = flagman.stderr.find("in 2 tries");
        assert_eq!(line.ends_with("; 1 ignored meanwhile"), overlap == "ignore", "{line}");
        if overlap == "rerun" {
            gate.wait_for("a run SIGUSR1 1").tell("done");
            let line = flagman.stderr.find("SIGUSR1: 1 arrival");
            assert!(!line.contains("tries"), "{line}");
        }
        flagman.end();
    }
}

#[test]
fn no_try_starts_after_give_up() {
    let gate = Gate::new();
    // The first pause would be at least 45 seconds.
    let action = with(&format!("{LONG} give-up=44"), &gate, "a");
    let flagman = serve(&[&action, &plain("--usr1", &gate, "b")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail no light");
    gate.wait_for("b run").tell("done");
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    assert_eq!(lines_with(&log, "tried again"), [""; 0], "{log:#?}");
    flagman.end();
}

/// Lets more time pass than `give-up` of the next test.
fn pass_time() {
    let began = Instant::now();
    until("the clock stands", || began.elapsed() > Duration::from_millis(60));
}

#[test]
fn give_up_does_not_end_a_try_in_progress() {
    let gate = Gate::new();
    let flagman = serve(&[&with("retries=5 retry-delay=0 give-up=0.05", &gate, "a")]);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    pass_time();
    visit.tell("done");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(line.contains("; a done in "), "{line}");
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    pass_time();
    visit.tell("fail no light");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(line.contains("; a failed after ") && !line.contains("tries"), "{line}");
    flagman.end();
}

#[test]
fn on_failure_stop_ends_the_run_and_says_so() {
    let gate = Gate::new();
    let first = with("on-failure=stop", &gate, "a");
    let flagman = serve(&[&first, &plain("--usr1", &gate, "b")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail no light");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(line.ends_with("; stopped by the failure of a"), "{line}");
    assert!(!line.contains("gated"), "b did not run: {line}");
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("done");
    gate.wait_for("b run").tell("done");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(!line.contains("stopped"), "{line}");
    flagman.end();
}

#[test]
fn on_failure_exit_runs_the_hook_before_the_shutdown_and_ends_in_order_with_status_4() {
    let (gate, manager) = (Gate::new(), Manager::new());
    let first = with("on-failure=exit", &gate, "a");
    let hook = format!("term={}", gate.action("hook", "run"));
    let words = ["-v", &first, &plain("--usr1", &gate, "b"), "--on", &hook];
    let mut command = Program::Testbed.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail no light");
    let visit = gate.wait_for("hook run SIGTERM 1 unknown");
    manager.until("STOPPING=1");
    visit.tell("done");
    assert_eq!(flagman.stdout.rest(), ["hook torn down", "b torn down", "a torn down"]);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(4), "{log:#?}");
    let why = "action `a` failed under `on-failure=exit`: shutting down";
    assert_eq!(lines_with(&log, "on-failure"), [why]);
    assert_eq!(lines_with(&log, "stopped by the failure of a").len(), 1, "{log:#?}");
}

#[test]
fn the_grace_holds_for_a_shutdown_by_on_failure_too() {
    let gate = Gate::new();
    let hook = format!("term={}", gate.action("hook", "run"));
    let first = with("on-failure=exit", &gate, "a");
    let flagman = serve(&["--grace", "0.2", &first, "--on", &hook]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail no light");
    let _blocked = gate.wait_for("hook run");
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3), "{log:#?}");
    let last = log.last().expect("it says why");
    assert!(last.contains("forced out: the run of `gated` for SIGTERM did not end"), "{last}");
}

#[test]
fn on_failure_exit_waits_for_the_last_try_and_drops_what_waits() {
    let gate = Gate::new();
    let first = with("retries=1 retry-delay=0 on-failure=exit", &gate, "a");
    let flagman = serve(&[&first, &plain("--usr2", &gate, "b")]);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    flagman.signal(SIGUSR2);
    visit.tell("fail no light");
    gate.wait_for("a run").tell("fail no air");
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(4), "{log:#?}");
    assert_eq!(lines_with(&log, "(try ").len(), 2);
    let left = "shut down without serving SIGUSR2 (1 arrival)";
    assert_eq!(lines_with(&log, "without serving"), [left], "{log:#?}");
}

#[test]
fn each_action_has_its_own_timeout_or_none() {
    let own = "--usr1=timeout=0.1 name=own exec sleep 1000";
    let none = "--usr1=timeout=none name=none exec sleep 0.5";
    let words = ["-v", "--timeout", "0.2", own, none, "--usr1=name=all exec sleep 1000"];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGUSR1);
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    let own =
        "action `own` failed on SIGUSR1: `sleep` ran out of time (0.1 s): it was killed by SIGTERM";
    let all =
        "action `all` failed on SIGUSR1: `sleep` ran out of time (0.2 s): it was killed by SIGTERM";
    assert_eq!(lines_with(&log, "action `"), [own, all], "{log:#?}");
    let line = log.last().expect("the run has a line");
    assert!(line.contains(", none done in "), "{line}");
    flagman.end();
}

#[test]
fn each_try_has_the_whole_timeout() {
    let action = "--usr1=timeout=0.1 retries=1 retry-delay=0 name=slow exec sleep 1000";
    let flagman = Program::Flagman.serve(&["-v", action]);
    flagman.signal(SIGUSR1);
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    assert_eq!(lines_with(&log, "ran out of time (0.1 s)").len(), 2, "{log:#?}");
    assert!(log.last().is_some_and(|line| line.ends_with(" in 2 tries")), "{log:#?}");
    flagman.end();
}

#[test]
fn the_name_of_an_action_is_in_lines_and_in_the_status() {
    let (manager, barrier) = (Manager::new(), Barrier::new());
    let action = format!(
        "--hup=retries=1 retry-delay=60 'name=the job' exec sh -c \"{}; exit 7\"",
        barrier.wait()
    );
    let mut command = Program::Flagman.command(&["-v", &action]);
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("STATUS=Idle");
    flagman.signal(SIGHUP);
    manager.until("STATUS=Running the job for SIGHUP");
    barrier.open();
    flagman
        .stderr
        .find("action `the job` failed on SIGHUP (try 1 of 2): `sh` exited with status 7");
    flagman.stderr.find("action `the job` will be tried again in ");
    manager.until("STATUS=Waiting to try the job again for SIGHUP");
    flagman.signal(SIGTERM);
    let line = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(line.contains("; `the job` failed after "), "{line}");
    flagman.end_of_shutdown();
}

#[test]
fn a_second_sigterm_in_the_hook_after_a_pause_forces_out() {
    let gate = Gate::new();
    let hook = format!("term={}", gate.action("hook", "run"));
    let flagman = serve(&[&with(LONG, &gate, "a"), "--on", &hook]);
    until_pausing(&flagman, &gate);
    flagman.signal(SIGTERM);
    let _blocked = gate.wait_for("hook run SIGTERM");
    flagman.signal(SIGTERM);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3), "{log:#?}");
}
