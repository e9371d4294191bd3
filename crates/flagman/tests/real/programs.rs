//! Action programs: what a good one is asked, and that a bad one harms only itself.

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;

use super::harness::{Flagman, Folder};

/// A bad program and a good action after it in the bundle of SIGUSR1.
fn beside_a_good_one(folder: &Folder, name: &str, options: &[&str]) -> Flagman {
    let actions = ["--usr1", name, "bad", "--usr1", "print", "after", "--hup", "print", "hup"];
    folder.serve(&[options, &actions].concat())
}

/// Signals flagman, and waits until the run has ended.
fn run_the_bundle(flagman: &Flagman) -> Vec<String> {
    flagman.signal(SIGUSR1);
    flagman.stdout.find("after");
    let mut log = flagman.stderr.until("SIGUSR1: 1 arrival");
    flagman.signal(SIGHUP);
    flagman.stdout.find("hup");
    log.extend(flagman.stderr.until("SIGHUP: 1 arrival"));
    log
}

fn says(log: &[String], text: &str) {
    assert!(log.iter().any(|line| line.contains(text)), "`{text}` is not in {log:#?}");
}

#[test]
fn a_good_program_is_set_up_run_and_torn_down_in_the_reverse_order() {
    let folder = Folder::with(&["good", "run-log", "kit"]);
    let actions = ["--usr1", "good", "a", "x y", "--usr1", "run-log", "b", "--usr2", "kit", "c"];
    let flagman = folder.serve(&actions);
    for line in ["a set up, 2 words", "b set up, 1 words", "c set up"] {
        assert_eq!(flagman.stdout.next().as_deref(), Some(line));
    }
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.stdout.next().as_deref(), Some("a run SIGUSR1"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("b run SIGUSR1"));
    flagman.stderr.find("WARNING:flagman.action.run-log:two\\nlines");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    flagman.signal(SIGUSR2);
    assert_eq!(flagman.stdout.next().as_deref(), Some("c run SIGUSR2"));
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), ["c torn down", "b torn down", "a torn down"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn what_a_program_logs_keeps_its_level_and_what_is_critical_is_shown_however_quiet_flagman_is() {
    let folder = Folder::with(&["run-log_all"]);
    let all = ["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"];
    for (options, shown) in [(&["-vv"][..], &all[..]), (&["-q"], &all[..1])] {
        let flagman = beside_a_good_one(&folder, "run-log_all", options);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("after");
        let mut log = flagman.end();
        log.retain(|line| line.contains(":flagman.action.run-log_all:"));
        let levels = log.iter().filter_map(|line| line.split_once(':')).map(|(level, _)| level);
        assert_eq!(levels.collect::<Vec<_>>(), shown, "{log:#?}");
    }
}

#[test]
fn a_program_that_stops_reading_runs_out_of_time_and_is_started_again() {
    let folder = Folder::with(&["set_up-cover_ears"]);
    let flagman = beside_a_good_one(&folder, "set_up-cover_ears", &["--timeout", "1"]);
    let log = run_the_bundle(&flagman);
    says(&log, "action `set_up-cover_ears` failed on SIGUSR1: it ran out of time (1 s)");
    let log = run_the_bundle(&flagman);
    says(&log, "action `set_up-cover_ears`: starting it again; its state is lost");
    flagman.end();
}

#[test]
fn a_failure_is_that_run_only_and_a_closed_action_is_removed() {
    let folder = Folder::with(&["run-fail", "run-close"]);
    let flagman = beside_a_good_one(&folder, "run-fail", &[]);
    for _ in 0..2 {
        let log = run_the_bundle(&flagman);
        says(&log, "ERROR:flagman.core:action `run-fail` failed on SIGUSR1: no luck");
        assert!(!log.iter().any(|line| line.starts_with("WARNING:")), "{log:#?}");
    }
    flagman.end();
    let flagman = beside_a_good_one(&folder, "run-close", &[]);
    let log = run_the_bundle(&flagman);
    says(&log, "Received `ActionClosed`; removing action `run-close`: enough");
    let log = run_the_bundle(&flagman);
    assert!(!log.iter().any(|line| line.contains("run-close")), "{log:#?}");
    flagman.end();
}

#[test]
fn a_run_that_goes_wrong_fails_and_the_program_is_started_again() {
    let cases = [
        ("run-exit_0", "it exited with status 0"),
        ("run-exit_1", "it exited with status 1"),
        ("run-garbage", "it said nonsense: "),
        ("run-binary", "it sent a line that is not UTF-8"),
        ("run-array", "it said nonsense: "),
        ("run-half", "it closed its socket in the middle of a line"),
        ("run-long", "it sent a line of more than 1048576 bytes"),
        ("run-wrong_id", "it answered run 8 instead of run 1"),
        ("run-unasked", "it sent an unexpected `ready`"),
        ("run-shut", "it closed its socket but did not end"),
        ("run-leave_child", "it exited with status 1"),
        ("run-leave_stranger", "it exited with status 1"),
        ("run-hang", "it ran out of time (1 s)"),
        ("run-hang_mortal", "it ran out of time (1 s)"),
        ("run-flood", "it ran out of time (1 s)"),
    ];
    let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let folder = Folder::with(&names);
    for (name, text) in cases {
        let timed = text.contains("out of time");
        let options: &[&str] = if timed { &["--timeout", "1"] } else { &[] };
        let flagman = beside_a_good_one(&folder, name, options);
        flagman.stdout.find("bad set up");
        let failed = format!("ERROR:flagman.core:action `{name}` failed on SIGUSR1: {text}");
        let log = run_the_bundle(&flagman);
        says(&log, &failed);
        let log = run_the_bundle(&flagman);
        says(&log, &format!("WARNING:flagman.core:action `{name}`: starting it again; its state"));
        flagman.end();
    }
}

#[test]
fn an_unknown_message_is_ignored() {
    let folder = Folder::with(&["run-unknown", "idle-unknown"]);
    for name in ["run-unknown", "idle-unknown"] {
        let flagman = beside_a_good_one(&folder, name, &[]);
        for _ in 0..2 {
            let log = run_the_bundle(&flagman);
            assert!(log.iter().all(|line| line.starts_with("INFO:")), "{log:#?}");
        }
        flagman.end();
    }
}

#[test]
fn what_goes_wrong_between_runs_is_logged_and_the_program_is_started_again() {
    let cases = [
        ("idle-exit_1", "it exited with status 1"),
        ("idle-garbage", "it said nonsense: "),
        ("idle-half", "it closed its socket in the middle of a line"),
        ("idle-long", "it sent a line of more than 1048576 bytes"),
        ("idle-unasked", "it sent an unexpected `ready`"),
        ("idle-shut", "it closed its socket but did not end"),
        ("idle-leave_child", "it exited with status 1"),
    ];
    let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let folder = Folder::with(&names);
    for (name, text) in cases {
        let flagman = beside_a_good_one(&folder, name, &[]);
        let mut log = run_the_bundle(&flagman);
        // The second run may be requested just before the program goes wrong, and then it fails.
        while !log.iter().any(|line| line.contains("starting it again; its state is lost")) {
            log.extend(run_the_bundle(&flagman));
        }
        says(&log, text);
        let first = log.iter().find(|line| line.contains(text));
        let told = format!("WARNING:flagman.core:action `{name}`: {text}");
        let failed = format!("ERROR:flagman.core:action `{name}` failed on SIGUSR1: {text}");
        let good = first.is_some_and(|line| line.starts_with(&told) || line.starts_with(&failed));
        assert!(good, "{log:#?}");
        flagman.end();
    }
}

#[test]
fn a_program_that_exits_with_0_between_runs_has_closed() {
    let folder = Folder::with(&["idle-exit_0"]);
    let flagman = beside_a_good_one(&folder, "idle-exit_0", &["--overlap", "rerun"]);
    let child = flagman.children().pop().expect("the program runs");
    run_the_bundle(&flagman);
    // Once it is reaped, flagman knows that it has ended.
    while kill(child, None).is_ok() {
        flagman.signal(SIGHUP);
        flagman.stdout.find("hup");
    }
    let log = run_the_bundle(&flagman);
    says(&log, "Received `ActionClosed`; removing action `idle-exit_0`: The program has exited");
    flagman.end();
}
