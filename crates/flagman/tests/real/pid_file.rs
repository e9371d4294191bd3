//! The file of `--pid-file`, as scripts and other processes see it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::sys::signal::Signal::{SIGKILL, SIGTERM, SIGUSR1};
use tempfile::TempDir;

use super::harness::{Barrier, Flagman, Gate, Hold, Manager, Program, until};

/// A folder for the file, and the option that names it.
fn place() -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("flagman.pid");
    let option = format!("--pid-file={}", path.display());
    (folder, path, option)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file can be read")
}

fn pid_line(flagman: &Flagman) -> String {
    format!("{}\n", flagman.pid())
}

/// Checks that it was refused before anything was set up, with one line that holds `text`.
fn is_refused(output: &Output, text: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.starts_with("CRITICAL:flagman.cli:cannot use the pid file `"), "{said}");
    assert!(said.contains(text), "{said}");
    assert_eq!(output.stdout, b"", "nothing was set up");
}

#[test]
fn the_file_holds_the_process_id_from_ready_to_the_end() {
    let (_folder, path, option) = place();
    let gate = Gate::new();
    let action = format!("--usr1={}", gate.action("gated", "set_up,tear_down"));
    let manager = Manager::new();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(Program::Testbed.path());
    command.args([option, action]).env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    let setting_up = gate.wait_for("gated set_up");
    assert_eq!(read(&path), "", "not before it is ready");
    setting_up.tell("done");
    manager.until("READY=1");
    assert_eq!(read(&path), pid_line(&flagman));
    let mode = path.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o644, "whatever the umask");
    flagman.signal(SIGTERM);
    let tearing_down = gate.wait_for("gated tear_down");
    assert_eq!(read(&path), pid_line(&flagman), "up to the end");
    tearing_down.tell("done");
    assert_eq!(flagman.wait().0.code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn the_file_is_gone_however_flagman_ends_by_itself() {
    let (_folder, path, option) = place();
    let flagman = Program::Flagman.serve(&[&option, "--usr1", "print_once", "x"]);
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.wait().0.code(), Some(1));
    assert!(!path.exists());
    // A set-up that fails, and a defect.
    let gate = Gate::new();
    let action = format!("--usr1={}", gate.action("gated", "set_up"));
    let flagman = Flagman::start(Program::Testbed.command(&[&option, &action]));
    let setting_up = gate.wait();
    assert!(path.exists());
    setting_up.tell("fail it");
    assert_eq!(flagman.wait().0.code(), Some(2));
    assert!(!path.exists());
    let output = Program::Testbed.output(&[&option, "--usr1", "brittle"]);
    assert_eq!(output.status.code(), Some(70));
    assert!(!path.exists());
}

#[test]
fn a_second_flagman_is_refused_while_the_first_is_set_up_and_while_it_serves() {
    let (_folder, path, option) = place();
    let second = || Program::Flagman.output(&[&option, "--usr1", "print", "second"]);
    let gate = Gate::new();
    let action = format!("--usr1={}", gate.action("gated", "set_up"));
    let first = Flagman::start(Program::Testbed.command(&["-v", &option, &action]));
    let setting_up = gate.wait();
    is_refused(&second(), "another process holds it");
    setting_up.tell("done");
    first.stderr.find(":ready");
    is_refused(&second(), &format!("process {} holds it; end that process first", first.pid()));
    assert_eq!(read(&path), pid_line(&first));
    first.end();
    let third = Program::Flagman.serve(&[&option, "--usr1", "print", "third"]);
    assert_eq!(read(&path), pid_line(&third));
    third.end();
}

#[test]
fn a_file_that_a_killed_flagman_left_is_replaced_although_its_child_lives_on() {
    let (_folder, path, option) = place();
    let (barrier, hold) = (Barrier::new(), Hold::new());
    // It has none of the streams open that the test reads to their end.
    let let_go = "exec >/dev/null 2>&1";
    let script =
        format!("exec {}; echo started; {let_go}; {}; echo late >&9", hold.take(), barrier.wait());
    let killed = Program::Flagman.serve(&[&option, "--usr1", "exec", "sh", "-c", &script]);
    killed.signal(SIGUSR1);
    killed.stdout.find("started");
    let left = pid_line(&killed);
    killed.signal(SIGKILL);
    let _ = killed.wait();
    assert_eq!(read(&path), left);
    let flagman = Program::Flagman.serve(&[&option, "--usr1", "print", "x"]);
    assert_eq!(read(&path), pid_line(&flagman));
    flagman.end();
    // The child was alive all the time.
    barrier.open();
    assert_eq!(hold.lines().next().as_deref(), Some("late"));
}

#[test]
fn a_flagman_that_is_forced_out_removes_its_file_and_the_next_one_starts() {
    let (_folder, path, option) = place();
    let words = ["--grace=0", &option, "--usr1", "exec", "sh", "-c", "echo started; sleep 600"];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("started");
    flagman.signal(SIGTERM);
    assert_eq!(flagman.wait().0.code(), Some(3));
    assert!(!path.exists(), "it is removed");
    let next = Program::Flagman.serve(&[&option, "--usr1", "print", "x"]);
    assert_eq!(read(&path), pid_line(&next));
    next.end();
}

#[test]
fn what_is_not_a_pid_file_is_refused_and_not_touched() {
    let (folder, path, option) = place();
    let output = || Program::Flagman.output(&[&option, "--usr1", "print", "x"]);
    fs::write(&path, "precious\n").expect("a file can be written");
    is_refused(&output(), "its content is not a process id");
    assert_eq!(read(&path), "precious\n");
    fs::remove_file(&path).expect("it can be removed");
    let target = folder.path().join("target");
    fs::write(&target, "1\n").expect("a file can be written");
    symlink(&target, &path).expect("a link can be made");
    is_refused(&output(), "it is a symbolic link");
    assert_eq!(read(&target), "1\n");
    for (file, text) in [
        ("/no/such/pid", "cannot open its directory: No such file or directory"),
        ("/proc/flagman.pid", "cannot use the pid file `/proc/flagman.pid`: "),
        ("/dev/null", "it is not a regular file"),
        ("/tmp", "it is not a regular file"),
    ] {
        let output = Program::Flagman.output(&["--pid-file", file, "--usr1", "print", "x"]);
        is_refused(&output, text);
    }
    // --check starts nothing, and claims nothing.
    fs::remove_file(&path).expect("it can be removed");
    let output = Program::Flagman.output(&["--check", &option, "--usr1", "print", "x"]);
    assert!(output.status.success() && !path.exists());
}

#[test]
fn a_file_that_somebody_else_has_put_there_meanwhile_is_left_alone() {
    let (_folder, path, option) = place();
    let flagman = Program::Flagman.serve(&[&option, "--usr1", "print", "x"]);
    fs::remove_file(&path).expect("it can be removed");
    fs::write(&path, "a stranger's\n").expect("a file can be written");
    flagman.end();
    assert_eq!(read(&path), "a stranger's\n");
    fs::remove_file(&path).expect("it can be removed");
    // The file cannot be written when it is time to; flagman logs that, and serves nevertheless.
    let gate = Gate::new();
    let action = format!("--usr1={}", gate.action("gated", "set_up"));
    let flagman = Flagman::start(Program::Testbed.command(&["-v", &option, &action]));
    let setting_up = gate.wait();
    fs::remove_file(&path).expect("it can be removed");
    fs::write(&path, "a stranger's\n").expect("a file can be written");
    setting_up.tell("done");
    let line = flagman.stderr.find("cannot write the pid file");
    assert!(line.starts_with("ERROR:flagman.cli:") && line.contains("its content is"), "{line}");
    flagman.stderr.find(":ready");
    flagman.end();
    assert_eq!(read(&path), "a stranger's\n");
}

#[test]
fn if_many_start_at_once_only_one_serves() {
    let (_folder, path, option) = place();
    fs::write(&path, "1\n").expect("a stale file can be written");
    let start = |_| Flagman::start(Program::Flagman.command(&[&option, "--usr1", "print", "x"]));
    let mut all: Vec<Flagman> = (0..8).map(start).collect();
    let winner = || {
        let pid: u32 = fs::read_to_string(&path).ok()?.trim().parse().ok()?;
        all.iter().position(|flagman| flagman.pid() == pid)
    };
    until("nobody writes its number", || winner().is_some());
    let winner = winner().expect("it is still there");
    let winner = all.swap_remove(winner);
    for loser in all {
        assert_eq!(loser.wait().0.code(), Some(2));
    }
    assert_eq!(read(&path), pid_line(&winner));
    winner.end();
    assert!(!path.exists());
}
