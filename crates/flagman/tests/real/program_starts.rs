//! Action programs that do not start or do not exit, many programs at once, and the end of flagman.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::{kill, killpg};

use super::discovery::is_refused;
use super::harness::{Flagman, Folder, Program};

/// Starts flagman with a good action and then the program `name`, which does not start properly.
/// Returns flagman's status and log.
fn start(folder: &Folder, name: &str, words: &[&str]) -> (Option<i32>, Vec<String>) {
    start_within(folder, name, words, "1")
}

/// As [`start`], with another limit for set-ups, in seconds.
fn start_within(
    folder: &Folder,
    name: &str,
    words: &[&str],
    limit: &str,
) -> (Option<i32>, Vec<String>) {
    let path = folder.path().to_str().expect("a path in UTF-8");
    let first = ["-v", "--action-dir", path, "--timeout", limit, "--usr1", "good", "first"];
    let command = Program::Flagman.command(&[&first, &["--usr1", name][..], words].concat());
    let flagman = Flagman::start(command);
    assert_eq!(flagman.stdout.next().as_deref(), Some("first set up, 1 words"));
    // The first action is torn down, however the second one fails.
    flagman.stdout.find("first torn down");
    let (status, log) = flagman.wait();
    (status.code(), log)
}

#[test]
fn a_program_that_does_not_come_up_keeps_flagman_from_starting() {
    let cases = [
        ("hello-hang", "it sent no `hello` within 5 s"),
        ("hello-exit_0", "it exited with status 0"),
        ("hello-exit_1", "it exited with status 1"),
        ("hello-garbage", "it said nonsense: "),
        ("hello-long", "it sent a line of more than 1048576 bytes"),
        ("hello-half", "it closed its socket in the middle of a line"),
        ("hello-newer", "it speaks protocol 2; this flagman speaks 1"),
        ("hello-unasked", "it sent an unexpected `ready`"),
        ("hello-shut", "it closed its socket but did not end"),
        ("hello-leave_stranger", "it exited with status 1"),
        ("hello-flood", "it sent no `hello` within 5 s"),
        ("set_up-hang", "it was not set up within 1 s"),
        ("set_up-exit_0", "it exited with status 0"),
        ("set_up-exit_1", "it exited with status 1"),
        ("set_up-garbage", "it said nonsense: "),
        ("set_up-shut", "it closed its socket but did not end"),
        ("set_up-leave_child", "it exited with status 1"),
        ("set_up-flood", "it was not set up within 1 s"),
    ];
    let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let folder = Folder::with(&[&names, &["good"][..]].concat());
    for (name, text) in cases {
        // A loaded machine may need more than a second to come to what the program does wrong.
        let limit = if text.contains("1 s") { "1" } else { "60" };
        let (status, log) = start_within(&folder, name, &["bad"], limit);
        assert_eq!(status, Some(2), "{name}: {log:#?}");
        let critical: Vec<_> = log.iter().filter(|line| line.starts_with("CRITICAL:")).collect();
        let line = format!("CRITICAL:flagman.core:cannot set up action `{name}`: {text}");
        assert!(critical.len() == 1 && critical[0].starts_with(&line), "{name}: {log:#?}");
    }
}

#[test]
fn a_program_that_never_reads_fails_in_set_up_and_one_that_reads_gets_all_of_a_long_line() {
    let folder = Folder::with(&["good", "hello-deaf"]);
    let big = "x".repeat(100_000);
    let words = ["bad", &big, &big, &big, &big, &big, &big, &big, &big, &big];
    let (status, log) = start(&folder, "hello-deaf", &words);
    assert_eq!(status, Some(2));
    let line = "cannot set up action `hello-deaf`: it was not set up within 1 s";
    assert!(log.iter().any(|said| said.contains(line)), "{log:#?}");
    let flagman = folder.serve(&[&["--usr1", "good"], &words[..]].concat());
    assert_eq!(flagman.stdout.next().as_deref(), Some("bad set up, 10 words"));
    flagman.end();
}

#[test]
fn words_that_make_a_message_of_more_than_a_mebibyte_are_a_mistake_found_before_any_set_up() {
    let folder = Folder::with(&["good"]);
    let big = "x".repeat(100_000);
    let first = ["--usr1", "good", "first", "--usr1", "good"];
    // With the brackets, the names and what separates the words.
    let bytes = r#"{"set_up":{"arguments":[]}}"#.len() + 11 * (big.len() + 3) - 1;
    let why = format!(
        "`--usr1 good`: its words make a message of {bytes} bytes; the limit is {}",
        1024 * 1024
    );
    is_refused(&folder, &[&first[..], &[big.as_str(); 11]].concat(), &why);
    let words = [&first[..], &["second"], &[big.as_str(); 10]].concat();
    let flagman = folder.serve(&words);
    assert_eq!(flagman.stdout.next().as_deref(), Some("first set up, 1 words"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("second set up, 11 words"));
    flagman.end();
}

#[test]
fn a_program_that_does_not_exit_is_killed_and_flagman_ends_in_order() {
    let cases = [
        ("tear_down-hang", "it did not end within 5 s"),
        ("tear_down-exit_1", "it exited with status 1"),
        ("tear_down-garbage", "it said nonsense: "),
        ("tear_down-shut", "it did not end within 5 s"),
        ("tear_down-leave_stranger", "it exited with status 1"),
        ("tear_down-flood", "it did not end within 5 s"),
    ];
    let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let folder = Folder::with(&[&names, &["good"][..]].concat());
    for (name, text) in cases {
        let flagman = folder.serve(&["--usr1", "good", "first", "--usr1", name, "bad"]);
        flagman.signal(SIGTERM);
        flagman.stdout.find("bad torn down");
        assert_eq!(flagman.stdout.next().as_deref(), Some("first torn down"), "{name}");
        let log = flagman.end_of_shutdown();
        let line = format!("ERROR:flagman.core:cannot tear down action `{name}`: {text}");
        assert!(log.iter().any(|said| said.starts_with(&line)), "{log:#?}");
    }
}

#[test]
fn signals_to_every_process_hurt_no_program() {
    let folder = Folder::with(&["good", "kit"]);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    folder.copy(format!("{root}/python/flagman-action-count").as_ref(), "count");
    folder.copy(format!("{root}/shell/flagman-action-touchfile").as_ref(), "touchfile");
    let touched = folder.path().join("touched");
    let touched = touched.to_str().expect("a path in UTF-8");
    let actions = ["--usr1", "good", "a", "--usr1", "kit", "b", "--usr1", "count", "c"];
    let flagman = folder.serve(&[&actions[..], &["--usr1", "touchfile", touched]].concat());
    let children = flagman.children();
    assert_eq!(children.len(), 4);
    for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGTERM] {
        for child in &children {
            killpg(*child, signal).expect("the program lives");
            kill(*child, signal).expect("the program lives");
        }
    }
    for seen in 1..3 {
        flagman.signal(SIGUSR1);
        flagman.stdout.find("a run SIGUSR1");
        flagman.stdout.find("b run SIGUSR1");
        flagman.stdout.find(&format!("c: {seen}"));
        let line = flagman.stderr.find("SIGUSR1: 1 arrival");
        assert!(line.contains("touchfile done in"), "{line}");
    }
    assert_eq!(flagman.children(), children);
    for child in &children {
        killpg(*child, SIGTERM).expect("the program lives");
    }
    flagman.signal(SIGTERM);
    flagman.stdout.find("b torn down");
    flagman.stdout.find("a torn down");
    let log = flagman.end_of_shutdown();
    assert!(log.iter().all(|line| line.starts_with("INFO:")), "{log:#?}");
}

#[test]
fn nothing_of_a_program_is_left_when_flagman_is_killed() {
    let folder = Folder::with(&["good", "kit"]);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    folder.copy(format!("{root}/python/flagman-action-count").as_ref(), "count");
    folder.copy(format!("{root}/shell/flagman-action-touchfile").as_ref(), "touchfile");
    for action in [["good", "a"], ["kit", "a"], ["count", "a"], ["touchfile", "/dev/null"]] {
        let flagman = folder.serve(&[&["--usr1"], &action[..]].concat());
        flagman.signal(SIGUSR1);
        flagman.stderr.find("SIGUSR1: 1 arrival");
        flagman.signal(SIGKILL);
        // Its standard output is the program's too, so this is the end of both.
        flagman.stdout.rest();
    }
}

#[test]
fn a_start_that_failed_is_tried_after_1_2_4_and_8_seconds_and_the_fifth_failure_closes_the_action()
{
    let folder = Folder::with(&["run-exit_1"]);
    // The second action takes a second, so that flagman itself paces the runs.
    let flagman = folder.serve(&["--usr1", "run-exit_1", "bad", "--usr1", "delay_print", "x", "1"]);
    std::fs::remove_file(folder.shown("run-exit_1")).expect("it can be removed");
    let mut last_try = Instant::now();
    let run = || {
        let sent = Instant::now();
        flagman.signal(SIGUSR1);
        (sent, flagman.stderr.until("SIGUSR1: 1 arrival"))
    };
    let says = |log: &[String], text: &str| log.iter().any(|line| line.contains(text));
    let died = "ERROR:flagman.core:action `run-exit_1` failed on SIGUSR1: it exited with status 1";
    assert!(says(&run().1, died));
    let mut hasty = 0;
    for pause in [0, 1, 2, 4, 8] {
        let (mut sent, mut log) = run();
        let mut within = 0;
        while says(&log, "failed on SIGUSR1: it could not be started; the next try is in ") {
            within += 1;
            (sent, log) = run();
        }
        // Each of them arrived a second after the one before.
        assert!(within <= u64::saturating_sub(pause, 1), "{within} runs in {pause} s");
        assert!(last_try.elapsed() >= Duration::from_secs(pause), "{pause}: {log:#?}");
        assert!(
            says(&log, "action `run-exit_1`: starting it again; its state is lost"),
            "{log:#?}"
        );
        let failed = "action `run-exit_1` failed on SIGUSR1: cannot start it again: cannot start `";
        let closed =
            "removing action `run-exit_1`: It could not be started 5 times in a row: cannot";
        assert!(says(&log, if pause < 8 { failed } else { closed }), "{log:#?}");
        (last_try, hasty) = (sent, hasty + within);
    }
    assert!(hasty > 0, "no run came within a pause");
    let (_, log) = run();
    assert!(!says(&log, "run-exit_1"), "{log:#?}");
    flagman.end();
}

#[test]
fn fifty_programs_in_a_bundle_are_set_up_and_run() {
    let folder = Folder::with(&["kit"]);
    let mut words = Vec::new();
    for number in 0..50 {
        words.extend(["--usr1".to_owned(), "kit".to_owned(), format!("p{number}")]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let start = Instant::now();
    let flagman = folder.serve(&words);
    println!("READY with 50 programs after {:?}", start.elapsed());
    flagman.signal(SIGUSR1);
    flagman.stdout.find("p49 run SIGUSR1");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    flagman.signal(SIGTERM);
    flagman.stdout.find("p0 torn down");
    flagman.end_of_shutdown();
}

#[test]
fn nothing_is_logged_after_flagman_is_forced_out_however_many_programs_it_kills() {
    let folder = Folder::with(&["kit", "run-hang"]);
    let idle = ["--usr2", "kit", "idle"].repeat(10);
    for (grace, signals) in [("0.4", 1), ("1000", 2)] {
        let words = ["--grace", grace, "--usr1", "run-hang", "bad"];
        let flagman = folder.serve(&[&words[..], &idle].concat());
        flagman.signal(SIGUSR1);
        flagman.stdout.find("bad run SIGUSR1");
        for _ in 0..signals {
            flagman.signal(SIGTERM);
            flagman.stderr.find("SIGTERM received");
        }
        // Its standard output is the programs' too, so this is the end of all of them.
        flagman.stdout.rest();
        let (status, log) = flagman.wait();
        assert_eq!(status.code(), Some(3), "{log:#?}");
        let line =
            "CRITICAL:flagman.core:forced out: the run of `run-hang` for SIGUSR1 did not end";
        assert!(log.last().is_some_and(|last| last.starts_with(line)), "{log:#?}");
        assert!(!log.iter().any(|line| line.contains("it is started again")), "{log:#?}");
    }
}

#[test]
fn a_run_is_asked_to_end_before_the_grace_is_over_and_killed_when_it_is() {
    let folder = Folder::with(&["run-hang_mortal", "run-hang"]);
    let words = |name| ["--grace", "1", "--usr1", name, "bad", "--hup", "print", "x"];
    let flagman = folder.serve(&words("run-hang_mortal"));
    flagman.signal(SIGUSR1);
    flagman.stdout.find("bad run SIGUSR1");
    flagman.signal(SIGTERM);
    let log = flagman.end_of_shutdown();
    let line = "ERROR:flagman.core:action `run-hang_mortal` failed on SIGUSR1: it was killed by";
    assert!(log.iter().any(|said| said.starts_with(line)), "{log:#?}");
    for forced in [&[SIGTERM][..], &[SIGTERM, SIGTERM][..]] {
        let flagman = folder.serve(&words("run-hang"));
        flagman.signal(SIGUSR1);
        flagman.stdout.find("bad run SIGUSR1");
        for signal in forced {
            flagman.signal(*signal);
            flagman.stderr.find("SIGTERM received");
        }
        // Its standard output is the program's too, so this is the end of both.
        flagman.stdout.rest();
        let (status, log) = flagman.wait();
        assert_eq!(status.code(), Some(3), "{log:#?}");
        let line = "CRITICAL:flagman.core:forced out: the run of `run-hang`";
        assert!(log.iter().any(|said| said.starts_with(line)), "{log:#?}");
    }
}
