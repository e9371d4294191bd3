//! A sandbox forbids a call of the kernel that flagman needs. strace(1) plays the sandbox.

use std::process::{Command, Output};

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};
use nix::sys::signal::kill;

use super::harness::{Flagman, Program, child_of, prefixed};

/// A flagman for which `call` fails each time.
fn forbidding(call: &str, words: &[&str]) -> Command {
    forbidding_from(1, call, words)
}

/// A flagman for which `call` fails from the `first` time on.
fn forbidding_from(first: u32, call: &str, words: &[&str]) -> Command {
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:error=EPERM:when={first}+");
    let mut command =
        prefixed(&["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
    command.arg(Program::Flagman.path()).args(words);
    command
}

/// The one critical line of a flagman that has not started.
#[track_caller]
fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let mut critical = said.lines().filter(|line| line.starts_with("CRITICAL:"));
    let line = critical.next().unwrap_or_else(|| panic!("no critical line: {said}")).to_owned();
    // The start has lines of its own, which are critical too.
    critical.next_back().map_or(line, str::to_owned)
}

#[test]
fn what_starting_programs_needs_is_tried_before_anything_is_set_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("ran").display().to_string();
    for call in ["pidfd_open", "waitid", "pidfd_send_signal", "kill"] {
        let words = ["--hup", "print", "x", "--usr1", "exec", "touch", &trace];
        let output = forbidding(call, &words).output().expect("strace starts");
        let line = said(&output);
        let why = format!(
            "CRITICAL:flagman.cli:cannot start programs: the system call `{call}` failed: Operation not \
             permitted (os error 1); allow it in the sandbox"
        );
        assert!(line.starts_with(&why), "{line}");
        assert_eq!(output.stdout, b"", "`print` is not set up");
        assert!(!std::fs::exists(&trace).expect("it can be looked for"), "{call}");
    }
}

#[test]
fn what_receiving_signals_needs_is_named_before_anything_is_set_up() {
    let calls = [
        "epoll_create1",
        "epoll_ctl",
        "epoll_wait",
        "signalfd4",
        "timerfd_create",
        "timerfd_settime",
        "eventfd2",
        "rt_sigprocmask",
    ];
    for call in calls {
        let output = forbidding(call, &["--usr1", "print", "x"]).output().expect("strace starts");
        let line = said(&output);
        let why = format!(
            "CRITICAL:flagman.cli:cannot prepare to receive signals: the system call `{call}` failed: \
             Operation not permitted (os error 1)"
        );
        assert_eq!(line, why);
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn a_program_that_cannot_be_watched_after_all_is_said_to_have_been_started_and_killed() {
    let words = ["--usr1", "exec", "/bin/sleep", "1000"];
    let flagman = Flagman::serve(forbidding_from(2, "pidfd_open", &words));
    kill(child_of(flagman.pid()), SIGUSR1).expect("flagman lives");
    let told = "ERROR:flagman.core:action `exec` failed on SIGUSR1: `/bin/sleep` was started, and was killed at \
                once: the system call `pidfd_open` failed: Operation not permitted (os error 1)";
    let error = flagman.stderr.find("ERROR:");
    assert!(error.starts_with(told), "{error}");
    kill(child_of(flagman.pid()), SIGTERM).expect("flagman lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn without_programs_what_they_need_is_not_needed() {
    let output = forbidding("pidfd_open", &["--usr1", "print", "x", "--check"]).output();
    assert_eq!(output.expect("strace starts").status.code(), Some(0));
    let flagman = Flagman::serve(forbidding("pidfd_open", &["--usr1", "print", "x"]));
    kill(child_of(flagman.pid()), SIGTERM).expect("flagman lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}
