//! From the start to serving: what is printed first, which signals are blocked, and which are left alone.

use std::process::Command;

use nix::sys::signal::Signal::{SIGHUP, SIGUSR1, SIGUSR2};
use std::os::unix::process::ExitStatusExt;

use super::harness::{Flagman, Gate, Manager, Program};

#[test]
fn the_first_two_lines_are_printed_whatever_the_level() {
    for (options, level) in [
        (&[][..], "WARNING"),
        (&["-v"][..], "INFO"),
        (&["-vv"][..], "DEBUG"),
        (&["-vvv"][..], "DEBUG"),
        (&["-q", "-vv"][..], "CRITICAL"),
        (&["--errors-only", "-q"][..], "CRITICAL"),
    ] {
        let words = [options, &["--hup", "print", "x"]].concat();
        let flagman = Program::Flagman.serve(&words);
        let pid = format!("INFO:flagman.cli:PID: {}", flagman.pid());
        assert_eq!(flagman.stderr.next(), Some(pid));
        let set = format!("INFO:flagman.cli:Setting loglevel to {level}");
        assert_eq!(flagman.stderr.next(), Some(set));
        flagman.end();
    }
}

#[test]
fn under_errors_only_an_error_is_all_that_is_said() {
    for options in [&["--errors-only"][..], &["-v", "--errors-only", "-v"]] {
        let words =
            [options, &["--hup", "exec", "false", ";", "--usr1", "print_once", "x"]].concat();
        let flagman = Program::Flagman.serve(&words);
        flagman.signal(SIGHUP);
        // The warning about a closed action is not shown.
        flagman.signal(SIGUSR1);
        flagman.stdout.until("cleanup");
        let log = flagman.end();
        assert_eq!(log.len(), 1, "{log:?}");
        assert!(log[0].starts_with("ERROR:flagman.core:action `exec` failed"), "{log:?}");
    }
}

#[test]
fn set_up_goes_signal_by_signal_in_bundle_order() {
    let gate = Gate::new();
    let word = |option: &str, name: &str| format!("{option}={}", gate.action(name, "set_up"));
    let words = [
        word("--usr2", "fourth"),
        word("--hup", "first"),
        word("--usr1", "third"),
        word("--hup", "second"),
    ];
    let flagman = Flagman::start(Program::Testbed.command(&words));
    for name in ["first", "second", "third", "fourth"] {
        gate.wait_for(&format!("{name} set_up")).tell("done");
    }
    let torn_down = ["fourth torn down", "third torn down", "second torn down", "first torn down"];
    flagman.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(flagman.stdout.rest(), torn_down);
}

#[test]
fn signals_that_arrive_during_set_up_are_served_right_after_it() {
    let gate = Gate::new();
    let first = format!("--hup={}", gate.action("first", "run"));
    let second = format!("--usr1={}", gate.action("second", "set_up,run"));
    let flagman = Flagman::start(Program::Testbed.command(&[first, second]));
    let setting_up = gate.wait_for("second set_up");
    for _ in 0..3 {
        flagman.signal(SIGUSR1);
        flagman.signal(SIGHUP);
    }
    setting_up.tell("done");
    let one = gate.wait();
    let one_says = one.says.clone();
    one.tell("done");
    let other = gate.wait();
    let mut both = [one_says, other.says.clone()];
    other.tell("done");
    both.sort();
    assert!(both[0].starts_with("first run SIGHUP 1"), "{both:?}");
    assert!(both[1].starts_with("second run SIGUSR1 1"), "{both:?}");
    flagman.end();
}

#[test]
fn a_signal_without_a_bundle_keeps_its_disposition_and_so_may_end_flagman() {
    let flagman = Program::Flagman.serve(&["--hup", "print", "x"]);
    flagman.signal(SIGUSR2);
    let (status, _) = flagman.wait();
    assert_eq!(status.signal(), Some(SIGUSR2 as i32));
}

#[test]
fn a_signal_without_a_bundle_that_was_ignored_stays_ignored_and_one_with_a_bundle_is_served() {
    let manager = Manager::new();
    let mut command = Command::new("sh");
    let script = "trap '' HUP USR2; exec \"$0\" --hup print served";
    command.args(["-c", script]).arg(Program::Flagman.path());
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    flagman.signal(SIGUSR2);
    flagman.signal(SIGHUP);
    assert_eq!(flagman.stdout.next().as_deref(), Some("init"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("served"));
    flagman.end();
}

#[test]
fn check_says_how_the_command_line_is_understood_and_sets_nothing_up() {
    let words = ["--check", "--usr1", "print", "a b", "--hup=print_once x", "--usr1", "print", "c"];
    let output = Program::Flagman.output(&words);
    assert_eq!(output.status.code(), Some(0));
    let lines = "SIGHUP: print_once x\nSIGUSR1: print 'a b'; print c\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), lines);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn help_tells_the_rules_and_the_statuses_and_version_is_one_line() {
    let help = Program::Flagman.output(&["-h"]);
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    for part in ["--overlap ignore|rerun", "Which words are an action's", "Exit statuses:", "70 "] {
        assert!(text.contains(part), "{part}");
    }
    let version = Program::Flagman.output(&["-V"]);
    let expected = format!("flagman {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&version.stdout), expected);
    assert!(help.status.success() && version.status.success());
}

#[test]
fn a_defect_in_the_program_itself_is_one_line_and_status_70() {
    let output = Program::Testbed.output(&["--usr1", "brittle"]);
    assert_eq!(output.status.code(), Some(70));
    let said = String::from_utf8_lossy(&output.stderr);
    let start = "CRITICAL:flagman.core:a defect in flagman: it panicked: brittle (at ";
    assert!(said.starts_with(start) && said.lines().count() == 1, "{said}");
}
