//! flagman as process 1 of a pid namespace, where it inherits orphans and some senders have no pid.

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;

use crate::harness::{Flagman, Folder, Gate, Program, as_process_1, child_of};

/// Starts a program as process 1, and returns its pid outside that namespace.
fn serve(program: Program, words: &[&str]) -> (Flagman, nix::unistd::Pid) {
    let mut command = as_process_1();
    command.arg(program.path()).arg("-v").args(words).env_remove("NOTIFY_SOCKET");
    let flagman = Flagman::start(command);
    flagman.stderr.find("ready");
    let init = child_of(flagman.pid());
    (flagman, init)
}

#[test]
fn a_sender_in_another_pid_namespace_is_left_out_for_every_kind_of_action() {
    let gate = Gate::new();
    let gated = format!("--usr1={}", gate.action("a", "run"));
    let script = "echo \"exec ${FLAGMAN_SENDER_PID-nobody} ${FLAGMAN_SENDER_UID-nobody}\"";
    let (flagman, init) = serve(Program::Testbed, &[&gated, "--hup", "exec", "sh", "-c", script]);
    kill(init, SIGUSR1).expect("process 1 lives");
    gate.wait_for("a run SIGUSR1 1 unknown").tell("done");
    let line = flagman.stderr.find(" arrival");
    assert!(line.starts_with("INFO:flagman.core:SIGUSR1: 1 arrival; gated done in "), "{line}");
    kill(init, SIGHUP).expect("process 1 lives");
    flagman.stdout.find("exec nobody nobody");
    kill(init, SIGTERM).expect("process 1 lives");
    let log = flagman.stderr.rest();
    assert!(log.iter().any(|line| line.ends_with("SIGTERM received")), "{log:#?}");
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn orphans_in_any_number_are_reaped_and_the_ends_of_action_programs_are_not_lost() {
    let folder = Folder::with(&["run-exit_1", "kit"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    // Twenty orphans for each run, whose parent ends before them.
    let orphans = "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do (sleep 0 & exec true); done";
    let words = ["--overlap", "rerun", "--action-dir", path, "--usr1", "exec", "sh", "-c", orphans];
    let more = ["--usr1", "run-exit_1", "bad", "--usr2", "kit", "good", "--hup", "print", "x"];
    let (flagman, init) = serve(Program::Flagman, &[&words[..], &more].concat());
    for time in 0..5 {
        kill(init, SIGUSR1).expect("process 1 lives");
        let log = flagman.stderr.until("SIGUSR1: 1 arrival");
        let failed = "action `run-exit_1` failed on SIGUSR1: it exited with status 1";
        assert!(log.iter().any(|line| line.contains(failed)), "{time}: {log:#?}");
        let line = log.last().map_or("", String::as_str);
        assert!(line.contains("; exec done in "), "{time}: {line}");
        kill(init, SIGUSR2).expect("process 1 lives");
        flagman.stderr.find("; kit done in ");
    }
    let path = format!("/proc/{init}/task/{init}/children");
    let children = || std::fs::read_to_string(&path).expect("the kernel lists children");
    // Only the program that works is still running.
    while children().split_whitespace().count() > 1 {
        kill(init, SIGHUP).expect("process 1 lives");
        flagman.stdout.find("x");
    }
    kill(init, SIGTERM).expect("process 1 lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}
