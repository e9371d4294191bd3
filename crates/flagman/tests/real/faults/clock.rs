//! The wall clock is set back and forward while flagman measures time.

use std::path::Path;

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1, SIGUSR2};

use crate::harness::{Barrier, Clock, Flagman, Manager, Program, child_of, needs_root, prefixed};
use nix::sys::signal::kill;

/// Starts flagman under a wall clock that can be set, with its log in JSON, which includes the time.
fn serve(words: &[&str]) -> (Clock, Flagman) {
    let mut command = Program::Flagman.command(&["-v", "--log-format", "json"]);
    command.args(words);
    let clock = Clock::of_the_wall(&mut command);
    (clock, Flagman::serve(command))
}

/// The date in a line of the log in JSON.
fn date(line: &str) -> &str {
    line.strip_prefix(r#"{"time":""#).and_then(|line| line.get(..10)).expect("it has a time")
}

/// Signals flagman until its log shows that its wall clock was set.
fn until_it_is_seen(flagman: &Flagman, before: &str) {
    let seen = flagman.stderr.find("SIGTERM received");
    assert_ne!(date(&seen), before, "the clock was not set");
}

#[test]
fn deadlines_of_a_run_keep_to_the_monotonic_clock() {
    for offset in ["+10d", "-10d"] {
        let barrier = Barrier::new();
        let script = format!("echo start; {}", barrier.wait());
        let exec = ["--usr1", "exec", "sh", "-c", &script, ";", "--usr2", "print", "other"];
        let (clock, flagman) = serve(&[&["--timeout", "100"], &exec[..]].concat());
        let ready = flagman.stderr.find("\"ready\"");
        flagman.signal(SIGUSR1);
        flagman.stdout.find("start");
        clock.set(offset);
        // It wakes flagman, which checks what is due.
        flagman.signal(SIGUSR2);
        barrier.open();
        let line = flagman.stderr.find(" arrival");
        assert_ne!(date(&line), date(&ready), "the clock was not set");
        let (_, took) = line.split_once("; exec done in ").expect("it was in time");
        // If the change counted, the time would be in hours. The test took less than a minute.
        let (_, unit) = took.split_once(' ').expect("a time");
        let unit: String = unit.chars().take_while(char::is_ascii_alphabetic).collect();
        assert!(["us", "ms", "s"].contains(&unit.as_str()), "{line}");
        flagman.stdout.find("other");
        flagman.end();
        // The opposite: the timeout passes, whatever the clock says.
        let (clock, flagman) = serve(&[&["--timeout", "0.5"], &exec[..]].concat());
        flagman.signal(SIGUSR1);
        flagman.stdout.find("start");
        clock.set(offset);
        let error = flagman.stderr.find("\"ERROR\"");
        assert!(error.contains("ran out of time (0.5 s): it was killed by SIGTERM"), "{error}");
        flagman.end();
    }
}

#[test]
fn the_grace_of_a_shutdown_keeps_to_the_monotonic_clock() {
    for offset in ["+10d", "-10d"] {
        let barrier = Barrier::new();
        let script = format!("trap '' TERM; echo start; {}; echo end", barrier.wait());
        let exec = ["--usr1", "exec", "sh", "-c", &script];
        for (grace, status) in [("100", 0), ("0.4", 3)] {
            let (clock, flagman) = serve(&[&["--grace", grace], &exec[..]].concat());
            let ready = flagman.stderr.find("\"ready\"");
            flagman.signal(SIGUSR1);
            flagman.stdout.find("start");
            clock.set(offset);
            flagman.signal(SIGTERM);
            until_it_is_seen(&flagman, date(&ready));
            clock.set("+0");
            if status == 0 {
                // flagman checks what is due half a second later.
                flagman.stderr.find("shutting down: waiting for the run of `exec`");
                barrier.open();
            }
            let printed = flagman.stdout.rest();
            assert_eq!(printed.len(), usize::from(status == 0), "{printed:?}");
            let (ended, log) = flagman.wait();
            assert_eq!(ended.code(), Some(status), "{log:#?}");
        }
    }
}

#[test]
fn in_a_time_namespace_deadlines_are_the_same() {
    needs_root("to make a time namespace");
    for shift in ["86400000", "-1"] {
        let manager = Manager::new();
        let mut command = prefixed(&["unshare", "--time", "--monotonic", shift, "--fork"]);
        command.args(["--kill-child", "--"]).arg(Program::Flagman.path());
        command.args([
            "-v",
            "--timeout",
            "0.3",
            "--grace",
            "100",
            "--usr1",
            "exec",
            "sleep",
            "1000",
        ]);
        command.env("NOTIFY_SOCKET", manager.name());
        let flagman = Flagman::start(command);
        manager.until("READY=1");
        let inner = child_of(flagman.pid());
        assert!(
            Path::new(&format!("/proc/{inner}/ns/time")).exists(),
            "there are no such namespaces"
        );
        for _ in 0..2 {
            kill(inner, SIGUSR1).expect("flagman lives");
            flagman.stderr.find("ran out of time (0.3 s): it was killed by SIGTERM");
            manager.until("STATUS=Idle; last run: SIGUSR1: exec failed after ");
        }
        kill(inner, SIGTERM).expect("flagman lives");
        manager.until("STOPPING=1");
        assert_eq!(flagman.wait().0.code(), Some(0));
    }
}
