//! A program of `exec` that leaves its process group for flagman's: it is ended all the same.

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use super::harness::{Flagman, Hold, Program};

/// A flagman with `options` whose program goes into flagman's own group, after `first`, and holds the
/// standard output; it is in that group by now.
fn started(options: &[&str], first: &str) -> Flagman {
    let leave = "setpgrp(0, getpgrp(getppid())) or die; $| = 1; print qq(left\\n); sleep 1000";
    let script = format!("{first}; {leave}");
    let flagman = Program::Flagman
        .serve(&[&["-v"], options, &["--usr1", "exec", "perl", "-e", &script]].concat());
    flagman.signal(SIGUSR1);
    flagman.stdout.find("left");
    flagman
}

fn fails(flagman: &Flagman, why: &str) {
    let error = flagman.stderr.find("ERROR:");
    let told = format!("ERROR:flagman.core:action `exec` failed on SIGUSR1: `perl` {why}");
    assert_eq!(error, told);
}

const IGNORE: &str = "$SIG{TERM} = 'IGNORE'";

#[test]
fn at_the_timeout_it_gets_sigterm_and_then_sigkill() {
    for (first, end) in [("", "SIGTERM"), (IGNORE, "SIGKILL")] {
        let flagman = started(&["--timeout", "1"], first);
        fails(&flagman, &format!("ran out of time (1 s): it was killed by {end}"));
        assert!(flagman.stderr.find(" arrival").contains("; exec failed after "));
        flagman.end();
    }
}

#[test]
fn what_stays_behind_in_its_group_is_ended_too() {
    let hold = Hold::new();
    let stays = format!(
        "fork or exec 'sh', '-c', q(exec {}; trap '' TERM; sleep 1000; sleep 1000)",
        hold.take()
    );
    let flagman = started(&["--timeout", "1"], &stays);
    fails(&flagman, "ran out of time (1 s): it was killed by SIGTERM");
    hold.until_let_go();
    flagman.end();
}

#[test]
fn the_last_call_of_a_shutdown_reaches_it() {
    let flagman = started(&["--grace", "1"], "");
    flagman.signal(SIGTERM);
    fails(&flagman, "was killed by SIGTERM");
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn it_is_killed_with_a_flagman_that_is_forced_out() {
    let flagman = started(&["--grace", "1000"], IGNORE);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    flagman.signal(SIGTERM);
    // It holds the output too.
    assert_eq!(flagman.stdout.rest(), [""; 0]);
    assert_eq!(flagman.wait().0.code(), Some(3));
}
