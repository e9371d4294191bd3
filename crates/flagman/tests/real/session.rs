//! The terminal session that introduces flagman.

use nix::sys::signal::Signal;

use super::harness::{Flagman, Program};

#[test]
fn the_session_of_the_readme_happens_as_it_is_shown() {
    let words = ["--usr1", "print", "a fun message", "--usr1", "print", "another message"];
    let words = [&words[..], &["--usr2", "print_once", "will be printed once"]].concat();
    let flagman = Flagman::start(Program::Flagman.command(&words));
    let pid = flagman.pid();
    assert_eq!(flagman.stderr.next(), Some(format!("INFO:flagman.cli:PID: {pid}")));
    assert_eq!(
        flagman.stderr.next().as_deref(),
        Some("INFO:flagman.cli:Setting loglevel to WARNING")
    );
    let printed = |lines: &[&str]| {
        for line in lines {
            assert_eq!(flagman.stdout.next().as_deref(), Some(*line));
        }
    };
    flagman.signal(Signal::SIGUSR1);
    printed(&["init", "init", "init", "a fun message", "another message"]);
    flagman.signal(Signal::SIGUSR2);
    printed(&["will be printed once", "cleanup"]);
    let closed = "WARNING:flagman.core:Received `ActionClosed`; removing action `print_once`: \
                  Only print once";
    assert_eq!(flagman.stderr.next().as_deref(), Some(closed));
    flagman.signal(Signal::SIGUSR1);
    printed(&["a fun message", "another message"]);
    flagman.signal(Signal::SIGTERM);
    printed(&["cleanup", "cleanup"]);
    let (status, log) = flagman.wait();
    assert_eq!((status.code(), log), (Some(0), vec![]));
}

#[test]
fn delay_print_prints_waits_and_says_that_it_has() {
    let flagman = Program::Flagman.serve(&["--hup", "delay_print", "a message", "0"]);
    flagman.signal(Signal::SIGHUP);
    flagman.stdout.until("finished delaying");
    flagman.signal(Signal::SIGTERM);
    assert_eq!(flagman.stdout.rest(), ["cleanup"]);
}
