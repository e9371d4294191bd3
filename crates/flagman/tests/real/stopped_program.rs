//! A program that is stopped by a signal, as by the terminal: that is told, once for each time.

use nix::sys::signal::Signal::{SIGCONT, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;

use super::harness::{Flagman, Folder, Program, child_of, prefixed};

/// A flagman with `options` that runs a script for SIGUSR1, and has been asked to.
fn running(options: &[&str], script: &str) -> Flagman {
    let exec = ["--usr1", "exec", "sh", "-c", script, ";", "--usr2", "print", "other"];
    let flagman = Program::Flagman.serve(&[&["-v"], options, &exec].concat());
    flagman.signal(SIGUSR1);
    flagman
}

#[track_caller]
fn is_told(flagman: &Flagman, action: &str, what: &str) {
    let warning = flagman.stderr.find("WARNING:");
    let start =
        format!("WARNING:flagman.core:action `{action}`: its program was stopped by {what}");
    assert!(warning.starts_with(&start), "{warning}");
}

#[test]
fn each_time_that_it_is_stopped_is_told_once_with_how_to_continue_it() {
    let flagman = running(&[], "kill -STOP $$; kill -TTIN $$; kill -TTOU $$; echo end");
    let program = || flagman.children()[0];
    for what in [
        "SIGSTOP; continue it with `kill -CONT ",
        "SIGTTIN: it reads from the terminal",
        "SIGTTOU: it wants to change the terminal",
    ] {
        is_told(&flagman, "exec", what);
        kill(program(), SIGCONT).expect("it is there");
    }
    flagman.stdout.find("end");
    assert!(flagman.stderr.next().is_some_and(|line| line.contains("; exec done in ")));
    flagman.signal(SIGUSR2);
    flagman.stdout.find("other");
    flagman.end();
}

#[test]
fn the_line_of_a_program_that_is_out_of_time_names_what_had_stopped_it() {
    let flagman = running(&["--timeout", "1"], "kill -TTIN $$");
    is_told(&flagman, "exec", "SIGTTIN");
    let why = "`sh` ran out of time (1 s), stopped by SIGTTIN: it was killed by SIGTERM";
    assert!(flagman.stderr.find("ERROR:").ends_with(why));
    flagman.end();
}

#[test]
fn one_that_reads_from_the_terminal_is_told_to_need_its_input_another_way() {
    let mut command = prefixed(&["script"]);
    let flagman =
        "exec \"$FLAGMAN\" --grace 1 --usr1 exec sh -c 'read -r line </dev/tty' ';' --usr2 print x";
    command.args(["-qec", flagman, "/dev/null"]);
    command.env("FLAGMAN", Program::Flagman.path()).env("SHELL", "/bin/sh");
    let terminal = Flagman::start(command);
    terminal.stdout.find("init");
    let flagman = child_of(terminal.pid());
    kill(flagman, SIGUSR1).expect("flagman lives");
    let told = terminal.stdout.find("WARNING:");
    let why = "its program was stopped by SIGTTIN: it reads from the terminal";
    assert!(told.contains(why), "{told}");
    // The last call ends it.
    kill(flagman, SIGTERM).expect("flagman lives");
    terminal.stdout.rest();
    terminal.wait();
}

#[test]
fn an_action_program_that_is_stopped_is_told_of_too() {
    let folder = Folder::with(&["kit"]);
    let words = ["--timeout", "1", "--usr1", "kit", "a", "sh", "-c", "kill -STOP $PPID"];
    let flagman = folder.serve(&words);
    flagman.signal(SIGUSR1);
    is_told(&flagman, "kit", "SIGSTOP");
    let error = flagman.stderr.find("ERROR:");
    assert!(error.contains("it ran out of time (1 s), stopped by SIGSTOP"), "{error}");
    flagman.end();
}
