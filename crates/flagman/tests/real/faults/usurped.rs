//! An in-process action has closed one of flagman's descriptors, and another file now has its
//! number.

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use crate::harness::{Flagman, Gate, Program};

/// A flagman that loses a descriptor on SIGUSR1 and then stops at the gate as action `a`. It has no service
/// manager, for which the watcher would wake up a tenth of a second after the run has begun.
fn serve(gate: &Gate, kind: &str, index: &str) -> Flagman {
    let gated = format!("--usr1={}", gate.action("a", "run"));
    let words = ["-v", "--usr1", "usurp", kind, index, &gated];
    let flagman = Flagman::start(Program::Testbed.command(&words));
    flagman.stderr.find("ready");
    flagman.signal(SIGUSR1);
    flagman
}

/// Checks that flagman ends as it does for an internal error, and that the last line of its log
/// says so.
#[track_caller]
fn ends_with(flagman: Flagman, defect: &str) {
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(70), "{log:#?}");
    let expected = format!("CRITICAL:flagman.core:a defect in flagman: {defect}");
    assert_eq!(log.last(), Some(&expected), "{log:#?}");
}

#[test]
fn a_main_thread_that_cannot_read_signals_any_more_ends_flagman_and_says_so() {
    let gate = Gate::new();
    // flagman detects this before the next action starts.
    let flagman = serve(&gate, "signalfd", "0");
    ends_with(flagman, "cannot receive signals: Bad file descriptor (os error 9)");
}

#[test]
fn a_main_thread_that_cannot_wait_any_more_ends_flagman_and_says_so() {
    let gate = Gate::new();
    let flagman = serve(&gate, "eventpoll", "0");
    gate.wait_for("a run").tell("done");
    ends_with(flagman, "cannot receive signals: Invalid argument (os error 22)");
}

#[test]
fn a_watcher_that_cannot_wait_any_more_ends_flagman_and_says_so() {
    let gate = Gate::new();
    let flagman = serve(&gate, "eventpoll", "1");
    let _blocked = gate.wait_for("a run");
    // The watcher receives this signal, and then cannot wait for the next one.
    flagman.signal(SIGTERM);
    ends_with(flagman, "the watcher cannot wait: Invalid argument (os error 22)");
}
