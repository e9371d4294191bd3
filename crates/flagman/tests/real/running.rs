//! What happens to signals while a program of `exec` runs.

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

use super::harness::{Barrier, Flagman, Hold, Program};

/// A flagman with `options` that runs a script for SIGUSR1, and prints `other` for SIGUSR2.
fn serve(options: &[&str], script: &str) -> Flagman {
    let exec = ["--usr1", "exec", "sh", "-c", script];
    let words = [&["-v"], options, &exec, &["--usr2", "print", "other"]].concat();
    let flagman = Program::Flagman.serve(&words);
    next_is(&flagman, "init");
    flagman
}

fn next_is(flagman: &Flagman, line: &str) {
    assert_eq!(flagman.stdout.next().as_deref(), Some(line));
}

/// How many of the signals of the next run were ignored.
fn ignored(flagman: &Flagman) -> u64 {
    let line = flagman.stderr.find(" arrival");
    let count = line.strip_suffix(" ignored meanwhile").and_then(|line| line.rsplit(' ').next());
    count.map_or(0, |count| count.parse().expect("a number"))
}

/// Sends 200 signals while a program runs, lets it end, and returns what else ran until another
/// signal was served.
fn burst(overlap: &str) -> (Vec<String>, Vec<String>) {
    let barrier = Barrier::new();
    let script = format!("echo start $FLAGMAN_COUNT; {}; echo end", barrier.wait());
    let flagman = serve(&["--overlap", overlap], &script);
    flagman.signal(SIGUSR1);
    next_is(&flagman, "start 1");
    for _ in 0..200 {
        flagman.signal(SIGUSR1);
    }
    // Enough for all the runs that must not happen.
    for _ in 0..50 {
        barrier.open();
    }
    // The first run has ended, so flagman has decided what follows from the burst.
    let mut log = flagman.stderr.until(" arrival");
    flagman.signal(SIGUSR2);
    let printed = flagman.stdout.until("other");
    log.extend(flagman.end());
    log.retain(|line| line.contains(" arrival"));
    (printed, log)
}

#[test]
fn under_ignore_a_burst_during_a_run_starts_nothing_and_is_logged() {
    let (printed, log) = burst("ignore");
    assert_eq!(printed, ["end", "other"]);
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].starts_with("WARNING:") && log[0].ends_with(" ignored meanwhile"), "{log:?}");
}

#[test]
fn under_rerun_a_burst_during_a_run_is_one_more_run_after_it() {
    let (printed, log) = burst("rerun");
    let start = printed[1].strip_prefix("start ").expect("one more run follows the first");
    let count: u64 = start.parse().expect("a number");
    assert!((1..=200).contains(&count), "{count}");
    assert_eq!(printed, ["end", &printed[1], "end", "other"]);
    assert_eq!(log.len(), 3, "{log:?}");
}

#[test]
fn a_burst_at_an_idle_flagman_runs_one_program_at_a_time() {
    for overlap in ["ignore", "rerun"] {
        // The running program has made the folder, so no other one can make it at the same time.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lock = folder.path().join("lock");
        let script = format!("mkdir '{0}' && rmdir '{0}'", lock.display());
        let flagman = serve(&["--overlap", overlap], &script);
        for _ in 0..200 {
            flagman.signal(SIGUSR1);
        }
        flagman.signal(SIGUSR2);
        next_is(&flagman, "other");
        let log = flagman.end();
        assert!(!log.iter().any(|line| line.contains("failed")), "{log:#?}");
    }
}

#[test]
fn its_own_signal_is_ignored_and_another_waits_until_the_program_has_ended() {
    let barrier = Barrier::new();
    let flagman = serve(&[], &format!("echo start; {}; echo end", barrier.wait()));
    flagman.signal(SIGUSR1);
    next_is(&flagman, "start");
    flagman.signal(SIGUSR2);
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR2);
    barrier.open();
    next_is(&flagman, "end");
    next_is(&flagman, "other");
    assert_eq!(ignored(&flagman), 1);
    let line = flagman.stderr.find(" arrival");
    assert!(line.starts_with("INFO:flagman.core:SIGUSR2: ") && line.contains(" arrival"), "{line}");
    // The ignored arrivals have no effect later.
    flagman.signal(SIGUSR2);
    next_is(&flagman, "other");
    flagman.end();
}

#[test]
fn its_own_signal_is_ignored_also_while_the_next_program_of_the_bundle_runs() {
    let (first, second) = (Barrier::new(), Barrier::new());
    let scripts = [&first, &second].map(|barrier| format!("echo start; {}", barrier.wait()));
    let words = ["-v", "--hup", "exec", "sh", "-c", &scripts[0], "--hup", "exec", "sh", "-c"];
    let flagman = Program::Flagman.serve(&[&words[..], &[&scripts[1]]].concat());
    flagman.signal(SIGHUP);
    next_is(&flagman, "start");
    flagman.signal(SIGHUP);
    first.open();
    next_is(&flagman, "start");
    flagman.signal(SIGHUP);
    second.open();
    assert_eq!(ignored(&flagman), 2);
    flagman.end();
}

#[test]
fn signals_sent_to_flagman_do_not_reach_the_program() {
    let barrier = Barrier::new();
    let traps = "for s in HUP USR1 USR2 TERM; do trap \"echo $s\" $s; done";
    let flagman = serve(&[], &format!("{traps}; echo start; {}; echo end", barrier.wait()));
    flagman.signal(SIGUSR1);
    next_is(&flagman, "start");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR2);
    flagman.signal(SIGTERM);
    flagman.stderr.find("shutting down: waiting for the run of `exec` for SIGUSR1 to end");
    barrier.open();
    assert_eq!(flagman.stdout.rest(), ["end", "cleanup"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn what_a_program_leaves_behind_with_the_output_open_does_not_hold_flagman_up() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let behind = format!("({}; echo late) 2>/dev/null {} &", barrier.wait(), hold.take());
    let flagman = serve(&[], &format!("{behind} echo quick"));
    flagman.signal(SIGUSR1);
    next_is(&flagman, "quick");
    assert_eq!(ignored(&flagman), 0);
    flagman.signal(SIGUSR2);
    next_is(&flagman, "other");
    flagman.signal(SIGTERM);
    next_is(&flagman, "cleanup");
    // flagman has ended, and the process left behind is alive, because no run was in progress.
    flagman.stderr.rest();
    barrier.open();
    assert_eq!(flagman.stdout.rest(), ["late"]);
    hold.until_let_go();
    assert_eq!(flagman.wait().0.code(), Some(0));
}
