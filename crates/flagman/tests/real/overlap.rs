//! Which runs happen when signals overlap.

use nix::sys::signal::Signal::{SIGHUP, SIGUSR1, SIGUSR2};

use super::harness::{Gate, gated};

/// The signals of the runs in a log, in order, and how many arrivals each run ignored.
fn runs(log: &[String]) -> Vec<(String, u64)> {
    log.iter().filter(|line| line.contains(" arrival")).map(|line| run(line)).collect()
}

fn run(line: &str) -> (String, u64) {
    let signal = line.split(':').nth(2).expect("a run's line names its signal");
    let ignored = line
        .strip_suffix(" ignored meanwhile")
        .and_then(|line| line.rsplit("; ").next())
        .map_or(0, |count| count.parse().expect("a number was ignored"));
    assert_eq!(line.starts_with("WARNING:"), ignored > 0, "{line}");
    (signal.to_owned(), ignored)
}

fn expected(runs: &[(&str, u64)]) -> Vec<(String, u64)> {
    runs.iter().map(|(signal, ignored)| ((*signal).to_owned(), *ignored)).collect()
}

#[test]
fn the_worked_example_has_exactly_its_runs_and_no_other() {
    let gate = Gate::new();
    let actions = [("--usr1", "one"), ("--usr2", "two"), ("--usr2", "short"), ("--hup", "hup")];
    let flagman = gated(&gate, &[], &actions);
    flagman.signal(SIGUSR1);
    let one = gate.wait_for("one run SIGUSR1 1");
    flagman.signal(SIGUSR2);
    one.tell("done");
    let two = gate.wait_for("two run SIGUSR2 1");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR2);
    flagman.signal(SIGHUP);
    two.tell("done");
    gate.wait_for("short run SIGUSR2 1").tell("done");
    let third = gate.wait();
    let third_says = third.says.clone();
    third.tell("done");
    let fourth = gate.wait();
    let mut last = [third_says, fourth.says.clone()];
    fourth.tell("done");
    last.sort();
    assert!(last[0].starts_with("hup run SIGHUP 1"), "{last:?}");
    assert!(last[1].starts_with("one run SIGUSR1 1"), "{last:?}");
    let mut runs = runs(&flagman.end());
    runs[2..].sort();
    let all = [("SIGUSR1", 0), ("SIGUSR2", 1), ("SIGHUP", 0), ("SIGUSR1", 0)];
    assert_eq!(runs, expected(&all));
}

#[test]
fn under_ignore_what_arrives_during_its_own_run_is_dropped_and_counted() {
    let gate = Gate::new();
    let flagman = gated(&gate, &["--overlap", "ignore"], &[("--usr1", "a"), ("--usr1", "b")]);
    flagman.signal(SIGUSR1);
    let first = gate.wait_for("a run");
    flagman.signal(SIGUSR1);
    first.tell("done");
    let second = gate.wait_for("b run");
    flagman.signal(SIGUSR1);
    second.tell("done");
    assert_eq!(run(&flagman.stderr.find(" arrival")), ("SIGUSR1".to_owned(), 2));
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("done");
    gate.wait_for("b run").tell("done");
    assert_eq!(runs(&flagman.end()), expected(&[("SIGUSR1", 0)]));
}

#[test]
fn under_rerun_what_arrives_during_its_own_run_gets_one_more_run_however_many_there_are() {
    let gate = Gate::new();
    let flagman = gated(&gate, &["--overlap", "rerun"], &[("--usr1", "a"), ("--usr1", "b")]);
    flagman.signal(SIGUSR1);
    let first = gate.wait_for("a run SIGUSR1 1");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR1);
    first.tell("done");
    let second = gate.wait_for("b run SIGUSR1 1");
    flagman.signal(SIGUSR1);
    second.tell("done");
    gate.wait_for("a run SIGUSR1 2").tell("done");
    gate.wait_for("b run SIGUSR1 2").tell("done");
    let all = [("SIGUSR1", 0), ("SIGUSR1", 0)];
    assert_eq!(runs(&flagman.end()), expected(&all));
}

#[test]
fn the_same_signal_before_its_run_has_started_is_folded_into_that_run() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a"), ("--usr2", "b"), ("--usr2", "c")]);
    flagman.signal(SIGUSR2);
    let first = gate.wait_for("b run");
    flagman.signal(SIGUSR1);
    first.tell("done");
    let second = gate.wait_for("c run");
    flagman.signal(SIGUSR1);
    second.tell("done");
    let sender = std::process::id();
    gate.wait_for(&format!("a run SIGUSR1 2 {sender}")).tell("done");
    flagman.end();
}

#[test]
fn a_closed_action_leaves_its_bundle_at_once_and_the_others_still_run() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--hup", "a"), ("--hup", "b"), ("--usr1", "c")]);
    flagman.signal(SIGHUP);
    gate.wait_for("a run").tell("close enough");
    let next = gate.wait_for("b run");
    assert_eq!(flagman.stdout.next().as_deref(), Some("a torn down"));
    next.tell("done");
    flagman
        .stderr
        .find("WARNING:flagman.core:Received `ActionClosed`; removing action `gated`: enough");
    flagman.stderr.find("` closed after");
    flagman.signal(SIGHUP);
    gate.wait_for("b run").tell("close too");
    // The bundle is empty now, so its signal has no effect.
    flagman.stderr.find("` closed after");
    flagman.signal(SIGHUP);
    let empty = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(empty.starts_with("INFO:") && empty.ends_with("; no actions ran"), "{empty}");
    flagman.signal(SIGUSR1);
    gate.wait_for("c run").tell("done");
    flagman.end();
}

#[test]
fn a_failed_or_panicked_action_stays_and_the_others_still_run() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--hup", "a"), ("--hup", "b")]);
    for (how, told) in
        [("fail no luck", ": no luck"), ("panic no way", ": it panicked: no way (at ")]
    {
        flagman.signal(SIGHUP);
        gate.wait_for("a run").tell(how);
        gate.wait_for("b run").tell("done");
        let error = flagman.stderr.find("` failed on SIGHUP");
        assert!(error.contains(told), "{error}");
        let line = flagman.stderr.find(" arrival");
        assert!(line.contains("` failed after") && line.contains("` done in"), "{line}");
    }
    flagman.end();
}
