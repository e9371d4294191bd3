//! What is printed on a terminal, at its width, and what happens when a terminal is closed.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::Signal::{SIGHUP, SIGUSR1};
use rustix::termios::{Winsize, tcsetwinsize};

use super::harness::{Flagman, Manager, Program, prefixed};

/// The master and the slave of a terminal with this many columns. No program of another test may have
/// them open: reading the terminal would never end.
fn terminal(ws_col: u16) -> (File, File) {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = posix_openpt(flags).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("its slave can be opened");
    let slave = ptsname_r(&master).expect("it has a name");
    let mut options = File::options();
    options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
    let slave = options.open(slave).expect("its slave opens");
    let size = Winsize { ws_row: 24, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&slave, size).expect("its size can be set");
    (OwnedFd::from(master).into(), slave)
}

/// The lines that flagman prints on a terminal with this many columns.
fn on_a_terminal(words: &[&str], columns: u16) -> Vec<String> {
    let (mut master, slave) = terminal(columns);
    let mut command = Program::Flagman.command(words);
    command.stdout(slave).env("NO_COLOR", "1").env("COLUMNS", "200");
    let mut child = command.spawn().expect("flagman starts");
    // Once this is dropped only flagman has the terminal open, and reading it ends with flagman.
    drop(command);
    let mut printed = Vec::new();
    // The end of a terminal is an error (EIO).
    let _ = master.read_to_end(&mut printed);
    assert!(child.wait().expect("flagman ends").success());
    let printed = String::from_utf8(printed).expect("text");
    printed.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// What the same words print without a terminal.
fn elsewhere(words: &[&str]) -> Vec<String> {
    let output = Program::Flagman.output(words);
    let printed = String::from_utf8(output.stdout).expect("text");
    printed.lines().map(str::to_owned).collect()
}

fn longest(lines: &[String]) -> usize {
    // The examples of commands are not wrapped.
    let prose = lines.iter().filter(|line| !line.trim_start().starts_with("flagman --usr1"));
    let prose = prose.filter(|line| !line.trim_start().starts_with("--usr1="));
    prose.map(String::len).max().unwrap_or_default()
}

#[test]
fn the_help_and_the_list_are_as_wide_as_the_terminal_from_40_to_100_columns() {
    for words in [["--help"], ["--list"]] {
        for (columns, width) in [(20, 40), (40, 40), (57, 57), (100, 100), (300, 100)] {
            let lines = on_a_terminal(&words, columns);
            let longest = longest(&lines);
            assert!((width - 6..=width).contains(&longest), "{columns}: {longest}: {lines:#?}");
        }
        assert_eq!(on_a_terminal(&words, 80), elsewhere(&words));
        // A terminal that does not report its width.
        assert_eq!(on_a_terminal(&words, 0), elsewhere(&words));
        assert!((75..=80).contains(&longest(&elsewhere(&words))));
    }
}

/// A flagman, started by `prefix`, that leads a session with a terminal of its own, and that terminal,
/// which closes when it is dropped.
fn in_a_session(prefix: &[&str], words: &[&str]) -> (Flagman, File) {
    let (terminal, slave) = terminal(80);
    let mut command = prefixed(&[&["setsid", "--ctty"], prefix].concat());
    command.arg(Program::Flagman.path()).args(words).stdin(slave);
    let manager = Manager::new();
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    (flagman, terminal)
}

#[test]
fn a_terminal_that_is_closed_ends_flagman_unless_sighup_has_actions() {
    let (flagman, terminal) = in_a_session(&[], &["--usr1", "print", "x"]);
    drop(terminal);
    assert_eq!(flagman.wait().0.signal(), Some(SIGHUP as i32));
    let (flagman, terminal) = in_a_session(&[], &["--hup", "print", "hung up"]);
    drop(terminal);
    assert_eq!(flagman.stdout.until("hung up"), ["init", "hung up"]);
    flagman.end();
}

#[test]
fn under_nohup_a_closed_terminal_does_nothing_unless_sighup_has_actions() {
    let nohup = ["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""];
    let (flagman, terminal) = in_a_session(&nohup, &["--usr1", "print", "x"]);
    drop(terminal);
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.stdout.until("x"), ["init", "x"]);
    flagman.end();
    let (flagman, terminal) = in_a_session(&nohup, &["--hup", "print", "hung up"]);
    drop(terminal);
    assert_eq!(flagman.stdout.until("hung up"), ["init", "hung up"]);
    flagman.end();
}
