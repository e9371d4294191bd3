//! How a program of `exec` that takes too long is stopped: by `--timeout`, and by a shutdown.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGALRM, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;

use super::harness::{Barrier, Flagman, Hold, Program, needs_root, prefixed};

/// A flagman with `options` that runs a script for SIGUSR1, and prints `next` after it.
fn serve(options: &[&str], script: &str) -> Flagman {
    let exec = ["--usr1", "exec", "sh", "-c", script];
    let words = [&["-v"], options, &exec, &["--usr1", "print", "next"]].concat();
    let flagman = Program::Flagman.serve(&words);
    next_is(&flagman, "init");
    flagman
}

fn next_is(flagman: &Flagman, line: &str) {
    assert_eq!(flagman.stdout.next().as_deref(), Some(line));
}

fn fails(flagman: &Flagman, why: &str) {
    let error = flagman.stderr.find("ERROR:");
    assert!(error.starts_with("ERROR:flagman.core:action `exec"), "{error}");
    assert!(error.ends_with(&format!("` failed on SIGUSR1: `sh` {why}")), "{error}");
}

/// A script, and a process that it leaves behind in its group. Both would run for ever, and the second
/// ignores SIGTERM.
fn family(barrier: &Barrier, hold: &Hold, first: &str) -> String {
    let (wait, take) = (barrier.wait(), hold.take());
    format!("(trap '' TERM; echo behind; {wait}) {take} & {first}; {wait}; wait")
}

/// Starts such a family and waits until both run.
fn start(flagman: &Flagman) {
    flagman.signal(SIGUSR1);
    next_is(flagman, "behind");
}

#[test]
fn at_the_timeout_the_group_gets_sigterm_and_what_is_left_of_it_goes_too() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let flagman = serve(&["--timeout", "1"], &family(&barrier, &hold, ":"));
    start(&flagman);
    fails(&flagman, "ran out of time (1 s): it was killed by SIGTERM");
    hold.until_let_go();
    next_is(&flagman, "next");
    let line = flagman.stderr.find(" arrival");
    assert!(line.contains("; exec failed after ") && line.contains(", print done in "), "{line}");
    flagman.end();
}

#[test]
fn a_program_that_has_become_another_users_cannot_be_stopped_and_flagman_says_so_and_waits() {
    needs_root("to start a program of another user");
    // flagman may not signal other users' processes here; users may always signal their own.
    let mut command = prefixed(&["setpriv", "--bounding-set=-kill"]);
    command.arg(Program::Flagman.path()).args(["--timeout", "1", "--usr1", "exec", "setpriv"]);
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "sleep", "1000", ";"]);
    let flagman = Flagman::serve(command);
    flagman.signal(SIGUSR1);
    for signal in ["SIGTERM", "SIGKILL"] {
        let why = "Operation not permitted (os error 1)";
        flagman
            .stderr
            .find(&format!("ERROR:flagman.core:cannot send {signal} to a program: {why}"));
    }
    // flagman waits for its end nevertheless.
    kill(flagman.children()[0], SIGALRM).expect("it runs");
    flagman.stderr.find("`setpriv` ran out of time (1 s): it was killed by SIGALRM");
    flagman.end();
}

#[test]
fn two_seconds_after_sigterm_the_group_gets_sigkill() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let flagman = serve(&["--timeout", "1"], &family(&barrier, &hold, "trap '' TERM"));
    let started = Instant::now();
    start(&flagman);
    fails(&flagman, "ran out of time (1 s): it was killed by SIGKILL");
    assert!(started.elapsed() >= Duration::from_secs(3), "{:?}", started.elapsed());
    hold.until_let_go();
    next_is(&flagman, "next");
    flagman.end();
}

#[test]
fn a_program_that_exits_with_0_on_sigterm_has_still_failed() {
    let barrier = Barrier::new();
    let script = format!("trap 'echo asked; exit 0' TERM; {}", barrier.wait());
    let flagman = serve(&["--timeout", "1"], &script);
    for _ in 0..2 {
        flagman.signal(SIGUSR1);
        next_is(&flagman, "asked");
        fails(&flagman, "ran out of time (1 s): it exited with status 0");
        next_is(&flagman, "next");
        flagman.stderr.find(" arrival");
    }
    flagman.end();
}

#[test]
fn the_timeout_does_not_touch_a_program_that_ends_in_time_or_what_it_leaves_behind() {
    let (quick, slow) = (Barrier::new(), Barrier::new());
    let behind = format!("({}; echo late) & echo quick", quick.wait());
    let late = format!("echo slow; {}", slow.wait());
    let words = ["-v", "--timeout", "0.5", "--hup", "exec", "sh", "-c", &behind];
    let flagman =
        Program::Flagman.serve(&[&words[..], &["--usr1", "exec", "sh", "-c", &late]].concat());
    flagman.signal(SIGHUP);
    next_is(&flagman, "quick");
    let line = flagman.stderr.find(" arrival");
    assert!(line.contains("; `exec sh -c ") && line.contains("` done in "), "{line}");
    flagman.signal(SIGUSR1);
    next_is(&flagman, "slow");
    fails(&flagman, "ran out of time (0.5 s): it was killed by SIGTERM");
    // By now the timeout of the first one would have passed too.
    quick.open();
    next_is(&flagman, "late");
    flagman.end();
}

#[test]
fn while_time_runs_out_signals_are_still_taken() {
    let barrier = Barrier::new();
    let script = format!("trap '' TERM; echo start; {}", barrier.wait());
    let flagman = serve(&["--timeout", "1", "--usr2=print other"], &script);
    flagman.stdout.find("init");
    flagman.signal(SIGUSR1);
    next_is(&flagman, "start");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR2);
    fails(&flagman, "ran out of time (1 s): it was killed by SIGKILL");
    next_is(&flagman, "next");
    next_is(&flagman, "other");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(line.ends_with("; 1 ignored meanwhile"), "{line}");
    flagman.end();
}

#[test]
fn a_shutdown_leaves_what_runs_to_end_and_starts_nothing_else() {
    let barrier = Barrier::new();
    let script = format!("echo start; {}; echo end", barrier.wait());
    let flagman = serve(&["--grace", "1000"], &script);
    flagman.signal(SIGUSR1);
    next_is(&flagman, "start");
    flagman.signal(SIGTERM);
    flagman.stderr.find("shutting down: waiting for the run of `exec` for SIGUSR1 to end");
    barrier.open();
    assert_eq!(flagman.stdout.rest(), ["end", "cleanup"]);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(0));
    assert!(log.iter().any(|line| line.contains("; exec done in ")), "{log:#?}");
}

#[test]
fn half_way_through_a_short_grace_what_runs_gets_sigterm_and_flagman_ends_in_order() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let flagman = serve(&["--grace", "1"], &family(&barrier, &hold, ":"));
    start(&flagman);
    let asked = Instant::now();
    flagman.signal(SIGTERM);
    fails(&flagman, "was killed by SIGTERM");
    assert!(asked.elapsed() >= Duration::from_millis(500), "{:?}", asked.elapsed());
    // The one that ignores SIGTERM is gone too.
    hold.until_let_go();
    assert_eq!(flagman.stdout.rest(), ["cleanup"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn a_program_that_cleans_up_at_the_last_call_is_waited_for() {
    let (barrier, last) = (Barrier::new(), Barrier::new());
    let tidy = format!("echo asked; {}; echo tidy; exit 0", last.wait());
    let script =
        format!("trap '{}' TERM; echo start; {}", tidy.replace('\'', "\""), barrier.wait());
    let flagman = serve(&["--grace", "3"], &script);
    flagman.signal(SIGUSR1);
    next_is(&flagman, "start");
    flagman.signal(SIGTERM);
    next_is(&flagman, "asked");
    last.open();
    assert_eq!(flagman.stdout.rest(), ["tidy", "cleanup"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn at_the_end_of_the_grace_what_runs_is_killed_and_flagman_is_forced_out() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let flagman = serve(&["--grace", "1"], &family(&barrier, &hold, "trap '' TERM"));
    start(&flagman);
    let asked = Instant::now();
    flagman.signal(SIGTERM);
    // Both have the output open.
    assert_eq!(flagman.stdout.rest(), [""; 0]);
    assert!(asked.elapsed() >= Duration::from_secs(1), "{:?}", asked.elapsed());
    hold.until_let_go();
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3), "{log:#?}");
    let line = "CRITICAL:flagman.core:forced out: the run of `exec` for SIGUSR1 did not end; not \
                torn down: exec, print";
    assert_eq!(log.last().map(String::as_str), Some(line));
}

#[test]
fn a_second_sigterm_kills_what_runs_at_once() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let flagman = serve(&["--grace", "1000"], &family(&barrier, &hold, "trap '' TERM"));
    start(&flagman);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    flagman.signal(SIGTERM);
    hold.until_let_go();
    assert_eq!(flagman.stdout.rest(), [""; 0]);
    assert_eq!(flagman.wait().0.code(), Some(3));
}

#[test]
fn a_timeout_during_a_shutdown_stops_the_program_and_flagman_ends_in_order() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let options = ["--grace", "1000", "--timeout", "1"];
    let flagman = serve(&options, &family(&barrier, &hold, ":"));
    start(&flagman);
    flagman.signal(SIGTERM);
    fails(&flagman, "ran out of time (1 s): it was killed by SIGTERM");
    hold.until_let_go();
    assert_eq!(flagman.stdout.rest(), ["cleanup"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}
