//! No file descriptor is left.

use nix::sys::signal::Signal::{SIGKILL, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;

use crate::harness::{Flagman, Folder, Program, descriptors, prefixed, set_limit};

/// Limits a flagman so that it can open only `left` more descriptors.
fn leave(flagman: &Flagman, left: usize) {
    let open = descriptors(flagman.pid());
    let free = (0..).filter(|number| !open.contains(number)).nth(left).unwrap_or_default();
    set_limit(flagman.pid(), "nofile", &free.to_string());
}

fn leave_enough(flagman: &Flagman) {
    set_limit(flagman.pid(), "nofile", "256");
}

#[test]
fn without_a_descriptor_exec_starts_nothing_and_the_next_action_runs() {
    let words = ["-v", "--usr1", "exec", "echo", "started", "--usr1", "print", "next"];
    let flagman = Program::Flagman.serve(&words);
    assert_eq!(flagman.stdout.next().as_deref(), Some("init"));
    let before = descriptors(flagman.pid());
    leave(&flagman, 0);
    for _ in 0..3 {
        flagman.signal(SIGUSR1);
        let error = flagman.stderr.find("ERROR:");
        let start = "ERROR:flagman.core:action `exec` failed on SIGUSR1: cannot start `";
        assert!(error.starts_with(start) && error.contains("Too many open files"), "{error}");
        // Nothing was started. A program that is started and then killed might do half of its work.
        assert_eq!(flagman.stdout.next().as_deref(), Some("next"));
        flagman.stderr.find("; exec failed after ");
    }
    leave_enough(&flagman);
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.stdout.next().as_deref(), Some("started"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("next"));
    flagman.stderr.find("; exec done in ");
    assert_eq!((flagman.children(), descriptors(flagman.pid())), (vec![], before));
    flagman.end();
}

/// A flagman whose action program has just been killed, with this many descriptors left.
fn bereft(folder: &Folder, left: usize) -> Flagman {
    let words = ["--usr1", "kit", "a", "--usr1", "print", "next", "--usr2", "print", "other"];
    let flagman = folder.serve(&words);
    leave(&flagman, left);
    kill(flagman.children()[0], SIGKILL).expect("the program runs");
    flagman
}

#[test]
fn an_action_program_that_cannot_be_started_again_fails_its_runs_until_it_can() {
    let folder = Folder::with(&["kit"]);
    // A restart needs two descriptors for the socket and one to wait for the program. The death of
    // the program has freed two.
    let all = [0, 1, 2].map(|left| (left, bereft(&folder, left)));
    for (left, flagman) in &all {
        flagman.signal(SIGUSR2);
        flagman.stdout.find("other");
        flagman.signal(SIGUSR1);
        flagman.stdout.find("next");
        let line = flagman.stderr.find("SIGUSR1: 1 arrival");
        assert!(
            line.contains("; kit ") && line.contains(", `print next` done in "),
            "{left}: {line}"
        );
    }
    for (left, flagman) in all {
        leave_enough(&flagman);
        loop {
            flagman.signal(SIGUSR1);
            flagman.stdout.find("next");
            // flagman tries again one second after a failure.
            if flagman.stderr.find("SIGUSR1: 1 arrival").contains("; kit done in ") {
                break;
            }
        }
        assert_eq!(flagman.children().len(), 1, "{left}");
        flagman.end();
    }
}

#[test]
fn with_however_few_descriptors_flagman_starts_or_says_why_not_and_leaves_nothing() {
    let folder = Folder::with(&["kit"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    let program = Program::Flagman.path();
    let mut ready = 0;
    // With a lower limit, flagman itself cannot be loaded.
    for left in 4..26 {
        let limit = format!("--nofile={left}:{left}");
        let mut command = prefixed(&["prlimit", &limit]);
        command.arg(&program).args(["-v", "--action-dir", path, "--hup", "exec", "true", ";"]);
        command.args(["--usr1", "kit", "a", "--usr2", "print", "x", "--usr2", "kit", "b"]);
        let flagman = Flagman::start(command);
        let status = match flagman.stderr.try_until("ready") {
            Ok(_) => {
                ready += 1;
                flagman.signal(nix::sys::signal::Signal::SIGTERM);
                Some(0)
            }
            Err(log) => {
                let last = log.last().map_or("", String::as_str);
                assert!(last.starts_with("CRITICAL:flagman."), "{left}: {log:#?}");
                Some(2)
            }
        };
        // The programs share flagman's standard output, so end of file means that all of them have
        // ended.
        let printed = flagman.stdout.rest();
        let count = |end: &str| printed.iter().filter(|line| line.ends_with(end)).count();
        assert_eq!(count("set up"), count("torn down"), "{left}: {printed:?}");
        assert_eq!(count("init"), count("cleanup"), "{left}: {printed:?}");
        assert_eq!(flagman.wait().0.code(), status, "{left}");
    }
    assert!((1..20).contains(&ready), "{ready} were enough");
}
