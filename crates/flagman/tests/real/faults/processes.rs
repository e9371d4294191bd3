//! No further process can be started.

use nix::sys::signal::Signal::{SIGKILL, SIGTERM, SIGUSR1};
use nix::sys::signal::kill;

use crate::harness::{Flagman, Program, User, full_pipe, status_of};
use flagman_test::{Manager, install};

const ENOUGH: &str = "100";

#[test]
fn at_the_process_limit_of_its_user_flagman_loses_only_the_runs_that_need_a_process() {
    let user = User::new();
    install(&Program::Action.path(), user.folder(), "kit");
    let folder = user.folder().to_str().expect("a path in UTF-8");
    let words = ["-v", "--action-dir", folder, "--usr1", "exec", "echo", "started", ";"];
    let more = ["--usr1", "kit", "a", "--usr1", "print", "next"];
    let flagman =
        Flagman::serve(user.command(&[], Program::Flagman, &[&words[..], &more].concat()));
    flagman.stdout.find("init");
    user.set_limit(flagman.pid(), "nproc", "1");
    // What is already running continues.
    run(&flagman, &["a run SIGUSR1", "next"], "; exec failed after ");
    kill(flagman.children()[0], SIGKILL).expect("the program runs");
    for _ in 0..2 {
        run(&flagman, &["next"], "; exec failed after ");
    }
    user.set_limit(flagman.pid(), "nproc", ENOUGH);
    // flagman tries the program again one second after a failure.
    while !run(&flagman, &[], "; exec done in ").contains(", kit done in ") {}
    flagman.stdout.find("started");
    assert_eq!(flagman.children().len(), 1);
    flagman.end();
}

/// Signals flagman, checks the lines that it prints, and returns the line of the run.
fn run(flagman: &Flagman, printed: &[&str], outcome: &str) -> String {
    flagman.signal(SIGUSR1);
    for line in printed {
        assert_eq!(flagman.stdout.next().as_deref(), Some(*line));
    }
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    let errors = log.iter().filter(|line| line.starts_with("ERROR:"));
    let full = "Resource temporarily unavailable";
    let others = ["could not be started", "it was killed by SIGKILL"];
    let told = |line: &String| line.contains(full) || others.iter().any(|why| line.contains(why));
    assert!(errors.clone().all(told), "{log:#?}");
    let line = log.last().cloned().unwrap_or_default();
    assert!(line.contains(outcome), "{line}");
    line
}

#[test]
fn an_action_program_that_gets_no_second_thread_says_so_and_is_started_when_it_gets_one() {
    let user = User::new();
    install(&Program::Action.path(), user.folder(), "kit");
    let folder = user.folder().to_str().expect("a path in UTF-8");
    let words = ["-v", "--action-dir", folder, "--usr1", "kit", "a"];
    let flagman = Flagman::serve(user.command(&[], Program::Flagman, &words));
    kill(flagman.children()[0], SIGKILL).expect("the program runs");
    flagman.stderr.find("it was killed by SIGKILL; it is started again at its next signal");
    let threads: u32 = status_of(flagman.pid(), "Threads").parse().expect("a number");
    user.set_limit(flagman.pid(), "nproc", &(threads + 1).to_string());
    flagman.signal(SIGUSR1);
    let why = "Resource temporarily unavailable (os error 11)";
    flagman.stderr.find(&format!("ERROR:flagman.action.kit:cannot prepare to serve: {why}"));
    flagman.stderr.find("failed on SIGUSR1: cannot start it again: it exited with status 1");
    flagman.stderr.find("; kit failed after ");
    user.set_limit(flagman.pid(), "nproc", ENOUGH);
    // flagman tries again one second after a failure.
    while !run(&flagman, &[], "; kit ").contains("; kit done in ") {}
    flagman.end();
}

#[test]
fn with_however_few_processes_flagman_starts_or_says_why_not() {
    // flagman has a second thread, and a third one if the log is a pipe of another user. Each
    // counts.
    for (processes, reached) in [(1, false), (2, false), (3, true), (4, true)] {
        let user = User::new();
        let limit = format!("--nproc={processes}:{processes}");
        let words = ["-v", "--usr1", "print", "x"];
        let command = user.command(&["prlimit", &limit], Program::Flagman, &words);
        let flagman = Flagman::start(command);
        let log = flagman.stderr.try_until("ready");
        assert_eq!(log.is_ok(), reached, "{processes}: {log:#?}");
        match log {
            Ok(_) => drop(flagman.end()),
            Err(log) => {
                let last = log.last().map_or("", String::as_str);
                let start = "CRITICAL:flagman.cli:cannot start the watcher thread: ";
                assert!(last.starts_with(start), "{log:#?}");
                assert_eq!(flagman.wait().0.code(), Some(2));
            }
        }
    }
}

#[test]
fn a_full_log_pipe_of_another_user_does_not_block_flagman() {
    let (user, manager) = (User::new(), Manager::new());
    let (_unread, log) = full_pipe();
    let words = ["-v", "--overlap", "rerun", "--usr1", "print", "x"];
    let mut command = user.command(&[], Program::Flagman, &words);
    command.env("NOTIFY_SOCKET", manager.name());
    let (stdout, writer) = std::io::pipe().expect("a pipe");
    let mut child = command.stdout(writer).stderr(log).spawn().expect("flagman starts");
    drop(command);
    manager.until("READY=1");
    let stdout = flagman_test::Lines::of(stdout);
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    stdout.find("init");
    // More lines than flagman buffers for its log.
    for _ in 0..400 {
        kill(pid, SIGUSR1).expect("flagman lives");
        assert_eq!(stdout.next().as_deref(), Some("x"), "flagman is blocked");
    }
    kill(pid, SIGTERM).expect("flagman lives");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}
