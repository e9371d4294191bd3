//! Another program has made a standard stream non-blocking (`O_NONBLOCK`), for flagman too.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::Stdio;

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::harness::{
    Folder, Gate, Lines, Manager, Program, User, close_reader, full_pipe, is_nonblocking,
    make_nonblocking, small_pipe, status_of, template, until,
};

#[test]
fn all_actions_wait_for_room_and_no_line_is_torn() {
    let (reader, writer) = small_pipe();
    let message = "x".repeat(20_000);
    // node does this by itself, and the stream stays non-blocking after the program has ended.
    let child = ["exec", "python3", "-c", "import os; os.set_blocking(1, False)", ";"];
    let mut words = vec!["-v", "--usr1"];
    words.extend(child);
    let actions = [&["print", &message][..], &["delay_print", &message, "0"]];
    for action in actions {
        words.push("--usr1");
        words.extend(action);
    }
    let mut command = Program::Flagman.command(&words);
    let shared = writer.try_clone().expect("it can be duplicated");
    let mut child = command.stdout(shared).stderr(Stdio::piped()).spawn().expect("flagman starts");
    drop(command);
    let log = Lines::of(child.stderr.take().expect("it is a pipe"));
    log.find("ready");
    let (pid, stdout) = (Pid::from_raw(child.id().cast_signed()), Lines::of(reader));
    assert_eq!([stdout.next(), stdout.next()].map(Option::unwrap), ["init"; 2]);
    for _ in 0..20 {
        kill(pid, SIGUSR1).expect("flagman lives");
        for line in [&message, &message, "finished delaying"] {
            assert_eq!(stdout.next().as_deref(), Some(line));
        }
        let line = log.find(" arrival");
        assert!(!line.contains("failed"), "{line}");
    }
    // The stream is still non-blocking, because the other program relies on it.
    assert!(is_nonblocking(&writer));
    drop(writer);
    kill(pid, SIGTERM).expect("flagman lives");
    assert_eq!(stdout.rest(), ["cleanup"; 2]);
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn a_line_that_finds_no_room_at_all_is_written_when_there_is_room() {
    let (reader, writer) = small_pipe();
    make_nonblocking(&writer);
    let message = "x".repeat(1000);
    let mut command = Program::Flagman.command(&["-v", "--usr1", "print", &message]);
    let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("flagman starts");
    drop(command);
    let log = Lines::of(child.stderr.take().expect("it is a pipe"));
    log.find("ready");
    let pid = Pid::from_raw(child.id().cast_signed());
    let signal = || kill(pid, SIGUSR1).expect("flagman lives");
    // Together with `init` they fill the pipe.
    for _ in 0..4 {
        signal();
        assert!(log.find(" arrival").contains("; print done in "));
    }
    signal();
    // flagman has read the signal, and the action waits for room. No other event wakes it.
    until("it is not served", || status_of(child.id(), "ShdPnd") == "0000000000000000");
    until("it does not wait", || status_of(child.id(), "State").starts_with('S'));
    let stdout = Lines::of(reader);
    assert_eq!(stdout.next().as_deref(), Some("init"));
    for _ in 0..5 {
        assert_eq!(stdout.next().as_ref(), Some(&message));
    }
    assert!(log.find(" arrival").contains("; print done in "));
    kill(pid, SIGTERM).expect("flagman lives");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn programs_of_the_kit_and_of_the_template_for_python_wait_for_room_too() {
    let (reader, writer) = small_pipe();
    make_nonblocking(&writer);
    let folder = Folder::with(&["kit"]);
    folder.copy(&template("python/flagman-action-count"), "count");
    // More than the pipe can hold, so that each write is partial.
    let word = "x".repeat(20_000);
    let mut command = Program::Flagman.command(&["-v", "--action-dir"]);
    command.arg(folder.path()).args(["--usr1", "count", &word, "--usr1", "kit", &word]);
    let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("flagman starts");
    drop(command);
    let log = Lines::of(child.stderr.take().expect("it is a pipe"));
    let (pid, stdout) = (Pid::from_raw(child.id().cast_signed()), Lines::of(reader));
    log.find("ready");
    assert_eq!(stdout.next(), Some(format!("{word} set up")));
    for run in 1..=10 {
        kill(pid, SIGUSR1).expect("flagman lives");
        assert_eq!(stdout.next(), Some(format!("{word}: {run}")));
        assert_eq!(stdout.next(), Some(format!("{word} run SIGUSR1")));
        let line = log.find(" arrival");
        assert!(!line.contains("failed"), "{line}");
    }
    kill(pid, SIGTERM).expect("flagman lives");
    assert_eq!(stdout.rest(), [format!("{word} torn down")]);
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn the_help_and_the_list_are_printed_whole() {
    for word in ["--help", "--list"] {
        let (reader, writer) = full_pipe();
        make_nonblocking(&writer);
        let mut command = Program::Flagman.command(&[word]);
        let mut child = command.stdout(writer).spawn().expect("flagman starts");
        drop(command);
        until("it neither waits nor ends", || status_of(child.id(), "State") != "R (running)");
        let seen = Lines::of(reader).rest().join("\n");
        let whole = String::from_utf8(Program::Flagman.output(&[word]).stdout);
        let whole = whole.expect("it is text");
        assert_eq!(seen.trim_start_matches('x'), whole.trim_end_matches('\n'), "{word}");
        assert_eq!(child.wait().expect("flagman ends").code(), Some(0), "{word}");
    }
}

#[test]
fn the_exit_waits_until_output_without_a_newline_is_written() {
    let (reader, mut writer) = small_pipe();
    make_nonblocking(&writer);
    let gate = Gate::new();
    let word = format!("--usr1={}", gate.action("a", "tear_down"));
    let mut command = Program::Testbed.command(&["-v", &word]);
    let shared = writer.try_clone().expect("it can be duplicated");
    let mut child = command.stdout(shared).stderr(Stdio::piped()).spawn().expect("flagman starts");
    drop(command);
    let log = Lines::of(child.stderr.take().expect("it is a pipe"));
    log.find("ready");
    // The pipe has room for the next line, but not for the output after it.
    writer.write_all(&[b'.'; 3500]).expect("there is room");
    drop(writer);
    kill(Pid::from_raw(child.id().cast_signed()), SIGTERM).expect("flagman lives");
    let said = "y".repeat(900);
    gate.wait_for("a tear_down").tell(&format!("mumble {said}"));
    until("it neither waits nor ends", || status_of(child.id(), "State") != "R (running)");
    let seen = Lines::of(reader).rest().join("\n");
    assert_eq!(seen.trim_start_matches('.'), format!("a torn down\n{said}"));
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

/// Returns how many lines the log itself counts as lost, and all other lines.
fn lost_and_seen(log: &Lines) -> (usize, Vec<String>) {
    let told = |line: &String| line.starts_with("WARNING:flagman.log:");
    let (told, seen): (Vec<String>, Vec<String>) = log.rest().into_iter().partition(told);
    let number = |line: &String| -> usize {
        line.split([':', ' ']).find_map(|word| word.parse().ok()).expect("a number")
    };
    (told.iter().map(number).sum(), seen)
}

#[test]
fn a_log_pipe_of_another_user_is_waited_for_too_and_no_line_is_lost() {
    let (user, manager) = (User::new(), Manager::new());
    let (reader, log) = small_pipe();
    make_nonblocking(&log);
    let words = ["-v", "--overlap", "rerun", "--usr1", "print", "x"];
    let mut command = user.command(&[], Program::Flagman, &words);
    let (stdout, writer) = std::io::pipe().expect("a pipe");
    command.env("NOTIFY_SOCKET", manager.name()).stdout(writer).stderr(log);
    let mut child = command.spawn().expect("flagman starts");
    drop(command);
    manager.until("READY=1");
    let (pid, stdout) = (Pid::from_raw(child.id().cast_signed()), Lines::of(stdout));
    // More than the pipe holds, but less than flagman buffers.
    for _ in 0..100 {
        kill(pid, SIGUSR1).expect("flagman lives");
        stdout.find("x");
    }
    kill(pid, SIGTERM).expect("flagman lives");
    let (lost, seen) = lost_and_seen(&Lines::of(reader));
    let runs = seen.iter().filter(|line| line.contains("SIGUSR1: 1 arrival from pid "));
    assert_eq!((lost, runs.count()), (0, 100), "{seen:#?}");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn each_line_lost_on_another_users_log_pipe_that_nobody_reads_for_a_while_is_counted() {
    let (user, manager) = (User::new(), Manager::new());
    let (reader, log) = std::io::pipe().expect("a pipe");
    let words = ["-v", "--overlap", "rerun", "--usr1", "print", "x"];
    let mut command = user.command(&[], Program::Flagman, &words);
    let (stdout, writer) = std::io::pipe().expect("a pipe");
    let shared = log.try_clone().expect("it can be duplicated");
    command.env("NOTIFY_SOCKET", manager.name()).stdout(writer).stderr(shared);
    // Without a reader, each write fails (EPIPE).
    close_reader(reader, &log);
    let mut child = command.spawn().expect("flagman starts");
    drop(command);
    manager.until("READY=1");
    let (pid, stdout) = (Pid::from_raw(child.id().cast_signed()), Lines::of(stdout));
    let run = || {
        kill(pid, SIGUSR1).expect("flagman lives");
        stdout.find("x");
    };
    (0..400).for_each(|_| run());
    let path = format!("/proc/self/fd/{}", log.as_raw_fd());
    let reader = File::open(path).expect("the pipe gets another reader");
    drop(log);
    kill(pid, SIGTERM).expect("flagman lives");
    let (lost, seen) = lost_and_seen(&Lines::of(reader));
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
    // Two lines for each run, and four others: two at the start, `ready`, and the receipt of SIGTERM.
    assert_eq!(lost + seen.len(), 804, "{lost} lost: {seen:#?}");
    assert!(lost > 100, "{lost} lost");
}
