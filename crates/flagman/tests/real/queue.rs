//! Real-time signals: each arrival has a run of its own, with its value and its sender, however fast they
//! are sent. What flagman does not take stays in the kernel's queue, and the sender is told by EAGAIN.

use std::io::ErrorKind;
use std::process::Command;
use std::thread;

use flagman_test::queue_signal;
use nix::libc::SIGRTMIN;
use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use super::harness::{Barrier, Flagman, Gate, Program, status_of, until};

/// The most arrivals of one signal that wait in flagman.
const MOST: i32 = 4096;

/// How many signals the kernel queues for flagman, where a test limits that.
const QUEUE: i32 = 64;

/// Sends once; `false` if the queue is full.
fn is_taken(pid: u32, value: i32) -> bool {
    match queue_signal(pid, SIGRTMIN() + 3, value) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::WouldBlock => false,
        Err(error) => panic!("{error}"),
    }
}

/// Sends until the kernel takes it.
fn send(pid: u32, value: i32) {
    until("the queue never has room", || is_taken(pid, value));
}

/// Lets the kernel queue only [`QUEUE`] signals for the program.
fn limit_queue(flagman: &Flagman) {
    let words = [format!("--sigpending={QUEUE}"), format!("--pid={}", flagman.pid())];
    assert!(Command::new("prlimit").args(words).status().expect("prlimit starts").success());
}

/// The number of anonymous KiB that the program has in memory.
fn memory(flagman: &Flagman) -> u64 {
    let kib = status_of(flagman.pid(), "RssAnon");
    kib.trim_end_matches(" kB").parse().expect("a number")
}

/// The value and the number of the run in a line of the action `values`.
fn run_of(line: &str) -> (i32, i32) {
    let said = line.strip_prefix("it run ").and_then(|said| said.split_once(": "));
    let (run, said) = said.unwrap_or_else(|| panic!("no run: {line}"));
    let ours = format!(" from {} x1", std::process::id());
    let value = said.strip_suffix(&ours).unwrap_or_else(|| panic!("not alone: {line}"));
    (run.parse().expect("a number"), value.parse().expect("a value"))
}

#[test]
fn ten_thousand_values_of_four_senders_each_have_a_run_in_their_senders_order() {
    let flagman = Program::Testbed.serve(&["--on", "RTMIN+3", "values", "it"]);
    flagman.stdout.find("it set up");
    limit_queue(&flagman);
    let (before, pid, each) = (memory(&flagman), flagman.pid(), 2500);
    thread::scope(|scope| {
        for sender in 0..4 {
            let values = sender * each..(sender + 1) * each;
            scope.spawn(move || values.for_each(|value| send(pid, value)));
        }
        let mut next = [0, 1, 2, 3].map(|sender| sender * each);
        for run in 1..=4 * each {
            let line = flagman.stdout.next().expect("each has its run");
            let (counted, value) = run_of(&line);
            let expected = &mut next[usize::try_from(value / each).expect("a sender")];
            assert_eq!((counted, value), (run, *expected), "in the sender's order");
            *expected += 1;
        }
    });
    let after = memory(&flagman);
    assert!(after < before + 512, "{before} KiB grew to {after} KiB");
    flagman.end();
}

#[test]
fn what_waits_in_flagman_is_bounded_the_sender_is_told_and_nothing_is_lost() {
    let barrier = Barrier::new();
    let wait = format!("echo waits; {}", barrier.wait());
    let words = ["--usr1", "exec", "sh", "-c", &wait, "--on", "rtmin+3", "values", "it"];
    let flagman = Program::Testbed.serve(&words);
    flagman.stdout.find("it set up");
    limit_queue(&flagman);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("waits");
    let (pid, mut taken) = (flagman.pid(), 0);
    while taken < MOST - QUEUE {
        send(pid, taken);
        taken += 1;
    }
    // From here on it may refuse, and soon does.
    for _ in 0..10_000 {
        taken += i32::from(is_taken(pid, taken));
    }
    assert!(!is_taken(pid, taken) && taken <= MOST + QUEUE, "{taken} were taken");
    barrier.open();
    for value in 0..taken {
        let line = flagman.stdout.next().expect("each has its run");
        assert_eq!(run_of(&line), (value + 1, value));
    }
    // The queue has room again.
    send(pid, -1);
    flagman.stdout.find(": -1 from");
    flagman.end();
}

#[test]
fn a_flood_of_values_starves_neither_another_signal_nor_a_shutdown() {
    let words = ["--on", "rtmin+3", "values", "it", "--usr1", "values", "other"];
    let flagman = Program::Testbed.serve(&words);
    limit_queue(&flagman);
    let pid = flagman.pid();
    let flood = thread::spawn(move || {
        // It ends when flagman has.
        while !matches!(queue_signal(pid, SIGRTMIN() + 3, 7), Err(error) if error.raw_os_error() == Some(3))
        {
        }
    });
    flagman.stdout.find("it run 100: 7 from");
    flagman.signal(SIGUSR1);
    flagman.stdout.find("other run 1: none from");
    flagman.signal(SIGTERM);
    flagman.end_of_shutdown();
    flood.join().expect("the sender has noticed the end");
}

#[test]
fn merged_arrivals_of_a_real_time_signal_tell_the_first_value() {
    let gate = Gate::new();
    let first = format!("rtmin+3={}", gate.action("first", "run"));
    let words = ["--overlap=RTMIN+3=rerun", "--on", &first, "--on", "37", "values", "it"];
    let flagman = Program::Testbed.serve(&words);
    send(flagman.pid(), 1);
    let held = gate.wait_for("first run");
    for value in 2..=9 {
        send(flagman.pid(), value);
    }
    held.tell("done");
    flagman.stdout.find("it run 1: 1 from");
    gate.wait_for("first run").tell("done");
    let line = flagman.stdout.next().expect("one run for all");
    assert_eq!(line, format!("it run 2: 2 from {} x8", std::process::id()));
    flagman.end();
}
