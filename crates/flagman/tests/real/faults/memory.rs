//! Memory is exhausted.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal::{SIGABRT, SIGUSR1};

use crate::harness::{Flagman, Folder, Program, prefixed, set_limit, status_of};

/// A flagman with a limit on address space, in MiB. Everything that it starts has the same limit.
fn capped(program: Program, mebibytes: u64, words: &[&str]) -> Flagman {
    let mut command = prefixed(&["prlimit", &format!("--as={}", mebibytes << 20)]);
    command.arg(program.path()).args(words);
    Flagman::serve(command)
}

/// Signals flagman, and returns its log up to the line of the run.
fn run(flagman: &Flagman) -> Vec<String> {
    flagman.signal(SIGUSR1);
    flagman.stdout.find("next");
    flagman.stderr.until("SIGUSR1: 1 arrival")
}

fn says(log: &[String], text: &str) {
    assert!(log.iter().any(|line| line.contains(text)), "`{text}` is not in {log:#?}");
}

#[test]
fn a_program_that_exhausts_memory_fails_its_run_alone_and_is_started_again() {
    let folder = Folder::with(&["run-eat"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    let exec = ["--usr1", "exec", "sh", "-c", "x=xxxxxxxx; while :; do x=$x$x; done"];
    let others = ["--usr1", "run-eat", "bad", "--usr1", "print", "next"];
    let words = [&["-v", "--action-dir", path], &exec[..], &others].concat();
    let flagman = capped(Program::Flagman, 160, &words);
    for time in 0..3 {
        let log = run(&flagman);
        says(&log, "ERROR:flagman.core:action `exec` failed on SIGUSR1: `sh` ");
        says(&log, "action `run-eat` failed on SIGUSR1: it was killed by SIGABRT");
        if time > 0 {
            says(&log, "action `run-eat`: starting it again; its state is lost");
        }
    }
    flagman.end();
}

#[test]
fn without_more_memory_flagman_loses_only_the_programs_that_it_cannot_start() {
    let words = ["-v", "--usr1", "exec", "true", ";", "--usr1", "print", "next"];
    let flagman = Program::Flagman.serve(&words);
    says(&run(&flagman), "; exec done in ");
    let size = status_of(flagman.pid(), "VmSize");
    let kibibytes: u64 = size.trim_end_matches(" kB").parse().expect("a number");
    set_limit(flagman.pid(), "as", &(kibibytes << 10).to_string());
    for _ in 0..100 {
        let log = run(&flagman);
        says(&log, "cannot start `");
        says(&log, "Cannot allocate memory");
        says(&log, ", print done in ");
    }
    set_limit(flagman.pid(), "as", "unlimited");
    says(&run(&flagman), "; exec done in ");
    assert_eq!(flagman.children(), []);
    flagman.end();
}

#[test]
fn with_however_little_memory_flagman_starts_or_ends_and_leaves_nothing() {
    let folder = Folder::with(&["kit"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    let mut ready = 0;
    for mebibytes in (4..300).step_by(16) {
        let mut command = prefixed(&["prlimit", &format!("--as={}", mebibytes << 20)]);
        command.arg(Program::Flagman.path());
        command.args(["-v", "--action-dir", path, "--hup", "kit", "a", "--usr1", "print", "x"]);
        let flagman = Flagman::start(command);
        if flagman.stderr.try_until("ready").is_ok() {
            ready += 1;
            flagman.signal(nix::sys::signal::Signal::SIGTERM);
        }
        // The action program shares flagman's standard output, so end of file means that both have
        // ended.
        flagman.stdout.rest();
        flagman.wait();
    }
    assert!(ready > 0, "none of them was enough");
}

#[test]
fn an_action_that_exhausts_memory_in_flagmans_own_process_ends_it_and_leaves_nothing() {
    let folder = Folder::with(&["kit"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    let words = ["-v", "--action-dir", path, "--hup", "kit", "a", "--usr1", "eat"];
    let flagman = capped(Program::Testbed, 160, &words);
    flagman.stdout.find("a set up");
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.stdout.rest(), ["a torn down"]);
    assert_eq!(flagman.wait().0.signal(), Some(SIGABRT as i32));
}
