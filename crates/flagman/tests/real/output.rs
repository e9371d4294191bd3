//! What flagman prints and logs, and that none of its streams can block it or end it.

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use nix::pty::openpty;
use nix::sys::signal::Signal::{self, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::harness::{
    Flagman, Folder, Gate, Lines, Manager, Program, close_reader, full_pipe, gated, small_pipe,
};

fn pipe() -> (PipeReader, PipeWriter) {
    std::io::pipe().expect("a pipe")
}

#[test]
fn each_run_has_one_line_with_its_arrivals_sender_and_outcomes() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a"), ("--usr1", "b")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail it");
    gate.wait_for("b run").tell("done");
    let line = flagman.stderr.find(" arrival");
    let comm = std::fs::read_to_string("/proc/self/comm").expect("this program has a name");
    let (pid, uid) = (std::process::id(), nix::unistd::getuid());
    let start = format!(
        "INFO:flagman.core:SIGUSR1: 1 arrival from pid {pid} ({:?}, uid {uid}); `{}` failed after ",
        comm.trim_end(),
        gate.action("a", "run")
    );
    assert!(line.starts_with(&start), "{line}");
    let next = format!(", `{}` done in ", gate.action("b", "run"));
    assert!(line.contains(&next) && !line.contains("ignored"), "{line}");
    flagman.end();
}

#[test]
fn control_characters_in_an_actions_words_do_not_make_lines_of_their_own() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--usr1", "a")]);
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail one\r\x1b[31mtwo");
    let line = flagman.stderr.find("ERROR:");
    assert!(line.ends_with("failed on SIGUSR1: one\\r\\u{1b}[31mtwo"), "{line}");
    flagman.end();
}

#[test]
fn a_standard_output_whose_reader_has_gone_costs_each_action_its_run_and_no_more() {
    let (reader, writer) = pipe();
    close_reader(reader, &writer);
    let (stderr, log) = pipe();
    let mut command = Program::Flagman.command(&["-v", "--usr1", "print", "x"]);
    let mut child = command.stdout(writer).stderr(log).spawn().expect("flagman starts");
    drop(command);
    let log = Lines::of(stderr);
    let pid = Pid::from_raw(child.id().cast_signed());
    let lost = log.find("ERROR:flagman.actions:");
    assert_eq!(lost, "ERROR:flagman.actions:cannot print `init`: Broken pipe (os error 32)");
    log.find("ready");
    for _ in 0..2 {
        kill(pid, SIGUSR1).expect("flagman lives");
        log.find("ERROR:flagman.core:action `print` failed on SIGUSR1: cannot print `x`: Broken");
        log.find("print failed after");
    }
    kill(pid, SIGTERM).expect("flagman lives");
    log.find("ERROR:flagman.core:cannot tear down action `print`: cannot print `cleanup`: Broken");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn a_full_disk_behind_standard_output_is_a_failed_action() {
    let manager = Manager::new();
    let mut command = Command::new("sh");
    let script = "exec \"$0\" -v --usr1 print x >/dev/full";
    command.args(["-c", script]).arg(Program::Flagman.path()).env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    flagman.signal(SIGUSR1);
    flagman.stderr.find("action `print` failed on SIGUSR1: cannot print `x`: No space left");
    flagman.end();
}

#[test]
fn what_is_printed_without_a_newline_and_cannot_be_written_is_logged_at_the_end() {
    let (gate, full) = (Gate::new(), "exec \"$0\" \"$@\" >/dev/full");
    let mut command = Command::new("sh");
    command.args(["-c", full]).arg(Program::Testbed.path());
    let flagman = Flagman::serve({
        command.args(["-v", &format!("--usr1={}", gate.action("a", "run"))]);
        command
    });
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("mumble words");
    assert!(flagman.stderr.find(" arrival").contains("; gated done in "));
    flagman.signal(SIGTERM);
    let lost = "ERROR:flagman.core:cannot print the last part of an action's output: No space left";
    flagman.stderr.find(lost);
    flagman.end_of_shutdown();
}

#[test]
fn what_a_program_of_the_kit_printed_without_a_newline_and_cannot_be_written_is_logged_too() {
    let (reader, writer) = pipe();
    let folder = Folder::with(&["kit"]);
    let mut command = Program::Flagman.command(&["-v", "--action-dir"]);
    command.arg(folder.path()).args(["--usr1", "kit", "a", "mumble"]);
    let output = writer.try_clone().expect("a descriptor is left");
    let mut child = command.stdout(output).stderr(Stdio::piped()).spawn().expect("flagman starts");
    drop(command);
    let log = Lines::of(child.stderr.take().expect("it is a pipe"));
    log.find("ready");
    let pid = Pid::from_raw(child.id().cast_signed());
    kill(pid, SIGUSR1).expect("flagman lives");
    assert!(log.find(" arrival").contains("; kit done in "));
    close_reader(reader, &writer);
    kill(pid, SIGTERM).expect("flagman lives");
    log.find("ERROR:flagman.action.kit:cannot print the last part of its output: Broken pipe");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn streams_that_are_closed_at_the_start_do_not_end_flagman() {
    for closed in ["0<&-", ">&-", "2>&-", "0<&- >&- 2>&-"] {
        let manager = Manager::new();
        let mut command = Command::new("sh");
        let script = format!("exec \"$0\" -v --usr1 print_once x {closed}");
        command.args(["-c", &script]).arg(Program::Flagman.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child =
            command.env("NOTIFY_SOCKET", manager.name()).spawn().expect("flagman starts");
        manager.until("READY=1");
        let pid = Pid::from_raw(child.id().cast_signed());
        kill(pid, SIGUSR1).expect("flagman lives");
        assert_eq!(child.wait().expect("flagman ends").code(), Some(1), "{closed}");
    }
}

#[test]
fn a_log_that_nobody_reads_does_not_block_flagman_and_lost_lines_are_logged() {
    let (mut unread, log) = small_pipe();
    let (stdout, writer) = pipe();
    let manager = Manager::new();
    let words = ["-v", "--overlap", "rerun", "--usr1", "print", "x"];
    let mut command = Program::Flagman.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    let mut child = command.stdout(writer).stderr(log).spawn().expect("flagman starts");
    drop(command);
    manager.until("READY=1");
    let stdout = Lines::of(stdout);
    assert_eq!(stdout.next().as_deref(), Some("init"));
    let pid = Pid::from_raw(child.id().cast_signed());
    for _ in 0..200 {
        kill(pid, SIGUSR1).expect("flagman lives");
        assert_eq!(stdout.next().as_deref(), Some("x"), "flagman is blocked");
    }
    let mut first = vec![0; 8192];
    let length = unread.read(&mut first).expect("the log can be read");
    assert!(length > 3000, "{length}");
    kill(pid, SIGTERM).expect("flagman lives");
    let mut rest = String::new();
    unread.read_to_string(&mut rest).expect("the log can be read to its end");
    let told = rest.lines().find(|line| line.ends_with(" log lines were lost here"));
    assert!(told.is_some_and(|line| line.starts_with("WARNING:flagman.log:")), "{rest}");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn a_log_on_a_socket_that_nobody_reads_does_not_block_flagman() {
    let (_unread, log) = UnixStream::pair().expect("a socket");
    let (stdout, writer) = pipe();
    let words = ["-v", "--overlap", "rerun", "--usr1", "print", "x"];
    let mut command = Program::Flagman.command(&words);
    let mut child =
        command.stdout(writer).stderr(OwnedFd::from(log)).spawn().expect("flagman starts");
    drop(command);
    let stdout = Lines::of(stdout);
    assert_eq!(stdout.next().as_deref(), Some("init"));
    let pid = Pid::from_raw(child.id().cast_signed());
    for _ in 0..3000 {
        kill(pid, SIGUSR1).expect("flagman lives");
        assert_eq!(stdout.next().as_deref(), Some("x"), "flagman is blocked");
    }
    kill(pid, SIGTERM).expect("flagman lives");
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
}

#[test]
fn what_an_action_logs_bears_its_name_or_the_part_that_it_names_in_each_stage() {
    let gate = Gate::new();
    let actions = [gate.action("a", "set_up,run,tear_down"), gate.action("b", "run")];
    let words = actions.map(|action| format!("--usr1={action}"));
    let flagman = Flagman::start(Program::Testbed.command(&["-v", &words[0], &words[1]]));
    let logs = |text: &str| {
        for line in ["WARNING:flagman.action.gated:", "INFO:flagman.chosen:"] {
            assert_eq!(flagman.stderr.find(text), format!("{line}{text}"));
        }
    };
    gate.wait_for("a set_up").tell("log at set-up");
    logs("at set-up");
    flagman.stderr.find("ready");
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("log at run");
    logs("at run");
    gate.wait_for("b run").tell("fail-logging");
    flagman.stderr.find("ERROR:flagman.action.gated:from inside");
    flagman.stderr.find(&format!("`{}` failed on SIGUSR1: hostile", gate.action("b", "run")));
    flagman.signal(SIGTERM);
    gate.wait_for("a tear_down").tell("log at tear-down");
    logs("at tear-down");
    flagman.end_of_shutdown();
}

#[test]
fn an_error_that_misbehaves_when_it_is_shown_costs_its_action_the_run_and_no_more() {
    let gate = Gate::new();
    let flagman = gated(&gate, &[], &[("--hup", "a"), ("--hup", "b")]);
    for (how, told) in [
        ("fail-logging", ": hostile"),
        ("fail-panicking", ": it panicked: not to be shown (at "),
        ("fail-circling", ": hostile"),
        ("payload", ": it panicked: without a message (at "),
    ] {
        flagman.signal(SIGHUP);
        gate.wait_for("a run").tell(how);
        gate.wait_for("b run").tell("done");
        let error = flagman.stderr.find("` failed on SIGHUP");
        assert!(error.contains(told), "{error}");
        flagman.stderr.find(" arrival");
    }
    flagman.end();
}

#[test]
fn a_list_that_nobody_reads_can_be_interrupted() {
    let (_unread, writer) = full_pipe();
    let mut child =
        Program::Flagman.command(&["--list"]).stdout(writer).spawn().expect("it starts");
    let pid = Pid::from_raw(child.id().cast_signed());
    kill(pid, SIGTERM).expect("it lives");
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(SIGTERM as i32), "{status:?}");
}

#[test]
fn a_list_whose_reader_has_seen_enough_is_silent() {
    let mut command = Command::new("sh");
    command.args(["-c", "{ \"$0\" --list; echo $? >&3; } 3>&2 | head -1"]);
    let output = command.arg(Program::Flagman.path()).output().expect("the shell starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n");
    let (reader, writer) = pipe();
    close_reader(reader, &writer);
    let mut command = Program::Flagman.command(&["--list"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).spawn();
    let output = output.and_then(std::process::Child::wait_with_output).expect("flagman starts");
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}

/// What `--list` prints on a terminal.
fn list_on_a_terminal(no_color: &str) -> String {
    let terminal = openpty(None, None).expect("a terminal");
    let mut command = Program::Flagman.command(&["--list"]);
    command.stdout(terminal.slave).env("NO_COLOR", no_color);
    assert!(command.status().expect("flagman starts").success());
    // Once this is dropped, nobody has the terminal open, and reading it ends.
    drop(command);
    let mut list = Vec::new();
    // The end of a terminal is an error (EIO).
    let _ = File::from(terminal.master).read_to_end(&mut list);
    String::from_utf8_lossy(&list).into_owned()
}

#[test]
fn names_are_bold_on_a_terminal_unless_no_color_is_wanted() {
    let list = list_on_a_terminal("");
    assert!(list.contains("\x1b[1mprint\x1b[0m "), "{list}");
    let list = list_on_a_terminal("1");
    assert!(list.contains("print ") && !list.contains('\x1b'), "{list}");
}

#[test]
fn a_list_that_cannot_be_printed_says_why() {
    let full = File::options().write(true).open("/dev/full").expect("the full device");
    let mut command = Program::Flagman.command(&["--list"]);
    let output = command.stdout(full).stderr(Stdio::piped()).output().expect("flagman starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("CRITICAL:flagman.cli:cannot print on standard output: No sp"),
        "{said}"
    );
}

#[test]
fn quiet_shows_critical_lines_only() {
    let gate = Gate::new();
    let actions = [("--hup", "a"), ("--usr1", "b"), ("--usr2", "c")];
    let flagman = gated(&gate, &["-q"], &actions);
    flagman.stderr.find("Setting loglevel to CRITICAL");
    for (signal, how) in [(SIGHUP, "fail it"), (SIGUSR1, "close it")] {
        flagman.signal(signal);
        gate.wait().tell(how);
    }
    flagman.signal(SIGUSR2);
    let _blocked = gate.wait_for("c run");
    flagman.signal(SIGTERM);
    second_sigterm(&flagman);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3));
    assert_eq!(log.len(), 1, "{log:#?}");
    assert!(log[0].starts_with("CRITICAL:flagman.core:forced out: "), "{log:#?}");
}

/// Sends a second SIGTERM once the first has been taken: two that are pending at once are merged.
fn second_sigterm(flagman: &Flagman) {
    let stat = format!("/proc/{}/status", flagman.pid());
    let pending =
        || std::fs::read_to_string(&stat).unwrap_or_default().contains("ShdPnd:\t0000000000004000");
    while pending() {
        std::thread::yield_now();
    }
    flagman.signal(Signal::SIGTERM);
}
