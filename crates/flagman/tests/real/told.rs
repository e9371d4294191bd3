//! What the log tells a person who wonders what flagman is doing: a run that starts, an arrival that
//! waits, a long run, arrivals that were not served, and which of two actions a line is about.

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

use crate::harness::{Barrier, Clock, Flagman, Gate, Program, gated};

/// The lines of arrivals.
fn arrivals(log: &[String]) -> Vec<&String> {
    log.iter().filter(|line| line.contains(", arrival ")).collect()
}

#[test]
fn a_run_is_logged_when_it_starts() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a"), ("--usr1", "b")]);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    let line = flagman.stderr.find("run for");
    let start = "INFO:flagman.core:run for SIGUSR1 started: received once from pid ";
    assert!(line.starts_with(start) && line.ends_with(", uid 0)"), "{line}");
    visit.tell("done");
    gate.wait_for("b run").tell("done");
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    assert!(log.iter().all(|line| !line.contains("started")), "once for a run: {log:#?}");
    flagman.end();
}

#[test]
fn an_arrival_that_waits_or_is_ignored_is_logged_with_its_number() {
    let gate = Gate::new();
    let flagman = gated(&gate, &["-v"], &[("--usr1", "a"), ("--usr2", "b")]);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR2);
    visit.tell("done");
    gate.wait_for("b run").tell("done");
    let log = flagman.stderr.until("SIGUSR2: 1 arrival");
    let arrivals = arrivals(&log);
    let [ignored, waits] = arrivals.as_slice() else { panic!("{log:#?}") };
    assert!(ignored.starts_with("DEBUG:flagman.core:SIGUSR1, arrival 2 from pid "), "{ignored}");
    assert!(ignored.ends_with(": ignored; its actions are already running"), "{ignored}");
    assert!(waits.starts_with("DEBUG:flagman.core:SIGUSR2, arrival 3 from pid "), "{waits}");
    assert!(waits.ends_with(": waits"), "{waits}");
    flagman.end();
}

#[test]
fn a_long_run_is_logged_with_what_waits_behind_it() {
    let gate = Gate::new();
    let mut command = Program::Testbed.command(&["--notify-reload"]);
    let clock = Clock::of_all_time(&mut command);
    for (signal, name) in [("--hup", "h"), ("--usr1", "a"), ("--usr2", "b")] {
        command.arg(format!("{signal}={}", gate.action(name, "run")));
    }
    let flagman = Flagman::serve(command);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    // A reload wakes the watcher, whatever the action is doing.
    for (offset, took) in [("+61s", "1 min"), ("+601s", "10 min"), ("+3601s", "1 h 0 min")] {
        clock.set(offset);
        flagman.signal(SIGHUP);
        let line = flagman.stderr.find(" so far; ");
        let told = format!("` for SIGUSR1 has taken {took}");
        assert!(line.starts_with("WARNING:flagman.core:the run of `gated "), "{line}");
        assert!(line.contains(&told), "{line}");
        assert!(line.contains("; waiting behind it: SIGHUP ("), "{line}");
    }
    visit.tell("done");
    gate.wait_for("h run").tell("done");
    let log = flagman.end();
    assert!(log.iter().all(|line| !line.contains("going on")), "each is told once: {log:#?}");
}

#[test]
fn arrivals_that_a_shutdown_leaves_unserved_are_logged() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a"), ("--usr2", "b"), ("--hup", "c")]);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    flagman.signal(SIGUSR2);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    flagman.signal(SIGHUP);
    visit.tell("done");
    let log = flagman.end_of_shutdown();
    let told = "WARNING:flagman.core:shut down without serving SIGHUP (1 arrival), \
                SIGUSR2 (1 arrival)";
    assert!(log.iter().any(|line| line == told), "{log:#?}");
}

#[test]
fn a_shutdown_that_leaves_nothing_unserved_logs_no_such_line() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("done");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    let log = flagman.end();
    assert!(log.iter().all(|line| !line.contains("served")), "{log:#?}");
}

#[test]
fn a_forced_end_names_the_unanswered_arrivals() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a"), ("--usr2", "b")]);
    flagman.signal(SIGUSR1);
    let visit = gate.wait_for("a run");
    for signal in [SIGUSR1, SIGUSR2, SIGTERM] {
        flagman.signal(signal);
    }
    flagman.stderr.find("SIGTERM received");
    flagman.signal(SIGTERM);
    let (status, log) = flagman.wait();
    drop(visit);
    assert_eq!(status.code(), Some(3), "{log:#?}");
    let line = log.iter().find(|line| line.starts_with("CRITICAL")).expect("it says why");
    let told = "; not served: SIGUSR1 (1 arrival), SIGUSR2 (1 arrival)";
    assert!(line.contains("forced out: the run of `gated ") && line.ends_with(told), "{line}");
}

#[test]
fn two_actions_of_one_name_are_told_apart_by_their_words() {
    let flagman = Program::Flagman.serve(&[
        "-v",
        "--usr1",
        "exec",
        "true",
        "one",
        "--usr1",
        "exec",
        "false",
        "two words",
        "--usr2",
        "print",
        "alone",
    ]);
    flagman.signal(SIGUSR1);
    let failed = flagman.stderr.find("ERROR");
    let text = "action `exec false 'two words'` failed on SIGUSR1: `false` exited with status 1";
    assert!(failed.ends_with(text), "{failed}");
    let line = flagman.stderr.find("SIGUSR1: 1 arrival");
    assert!(line.contains("; `exec true one` done in "), "{line}");
    assert!(line.contains(", `exec false 'two words'` failed after "), "{line}");
    flagman.signal(SIGUSR2);
    let line = flagman.stderr.find("SIGUSR2: 1 arrival");
    assert!(line.contains("; print done in "), "{line}");
    flagman.end();
}

#[test]
fn a_forced_end_names_which_of_two_programs_did_not_end() {
    let barrier = Barrier::new();
    let script = format!("trap '' TERM; echo start; {}", barrier.wait());
    let words = ["--usr1", "exec", "true", "--usr1", "exec", "sh", "-c", &script];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("start");
    flagman.signal(SIGTERM);
    flagman.stderr.find("shutting down: waiting for the run of `exec sh -c");
    flagman.signal(SIGTERM);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3));
    let line = log.iter().find(|line| line.starts_with("CRITICAL")).expect("it says why");
    assert!(line.contains("forced out: the run of `exec sh -c "), "{line}");
}

/// The next line of the JSON log about this event.
fn event(flagman: &Flagman, name: &str) -> serde_json::Value {
    let line = flagman.stderr.find(&format!("\"event\":\"{name}\""));
    serde_json::from_str(&line).expect("a JSON object")
}

#[test]
fn in_json_a_run_has_its_signal_count_sender_and_the_outcome_of_each_action() {
    let gate = Gate::new();
    let options = ["--log-format", "json"];
    let flagman = gated(&gate, &options, &[("--usr1", "a"), ("--usr1", "b"), ("--usr1", "c")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("done");
    let sender = serde_json::json!({
        "pid": std::process::id(), "uid": nix::unistd::getuid().as_raw()
    });
    let started = event(&flagman, "run_started");
    assert_eq!((&started["signal"], &started["count"]), (&"SIGUSR1".into(), &1.into()));
    assert_eq!(started["sender"], sender);
    gate.wait_for("b run").tell("fail no luck");
    let last = gate.wait_for("c run");
    flagman.signal(SIGUSR1);
    last.tell("close enough");
    let run = event(&flagman, "run");
    assert_eq!(run["sender"], sender);
    let numbers = ["run", "count", "answers", "ignored"].map(|name| run[name].as_u64());
    assert_eq!(numbers, [1, 1, 1, 1].map(Some), "{run}");
    let actions = run["actions"].as_array().expect("a list");
    let outcomes: Vec<_> = actions
        .iter()
        .map(|action| (action["outcome"].as_str(), action["message"].as_str()))
        .collect();
    let expected =
        [(Some("done"), None), (Some("failed"), Some("no luck")), (Some("closed"), Some("enough"))];
    assert_eq!(outcomes, expected, "{run}");
    let taken = |value: &serde_json::Value| value["us"].as_u64().expect("microseconds");
    assert!(actions.iter().map(taken).sum::<u64>() <= taken(&run), "{run}");
    assert!(actions[0]["name"].as_str().is_some_and(|name| name.starts_with("gated ")), "{run}");
    flagman.end();
}
