//! There is no `/dev/null`.

use std::process::{Command, Stdio};

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};
use nix::sys::signal::kill;

use crate::harness::{Flagman, Manager, Program, child_of, needs_root, prefixed};

/// A command that starts flagman with these arguments and redirections, where `/dev` is empty.
fn without_null(redirections: &str, words: &[&str]) -> Command {
    needs_root("to hide /dev");
    let script = format!("mount -t tmpfs tmpfs /dev; exec \"$0\" \"$@\" {redirections}");
    let unshare = ["unshare", "--mount", "--fork", "--kill-child", "sh", "-c", &script];
    let mut command = prefixed(&unshare);
    command.arg(Program::Flagman.path()).args(words);
    command
}

#[test]
fn with_streams_closed_flagman_serves_and_says_what_is_missing() {
    for (closed, missing) in [
        ("0<&-", "standard input is closed"),
        (">&-", "standard output is closed"),
        ("2>&-", ""),
        ("0<&- >&-", "standard input, standard output are closed"),
        ("0<&- 2>&-", ""),
        ("0<&- >&- 2>&-", ""),
    ] {
        let manager = Manager::new();
        let mut command = without_null(closed, &["--usr1", "print", "x"]);
        command.env("NOTIFY_SOCKET", manager.name()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("flagman starts");
        manager.until("READY=1");
        let flagman = child_of(child.id());
        for number in 0..3 {
            let there = std::fs::read_link(format!("/proc/{flagman}/fd/{number}"));
            let there = there.expect("it is open").display().to_string();
            let stands_in = there.starts_with("pipe:");
            let open = [!closed.contains("0<"), !closed.contains(" >") && !closed.starts_with('>')];
            match open.get(number) {
                Some(true) => assert_eq!(there, "/dev/null", "{closed} {number}"),
                Some(false) | None => assert!(stands_in, "{closed} {number}: {there}"),
            }
        }
        kill(flagman, SIGUSR1).expect("flagman lives");
        let outcome =
            if closed.contains('>') && missing.contains("output") { "failed" } else { "" };
        manager.until(&format!("STATUS=Idle; last run: SIGUSR1: print {outcome}"));
        kill(flagman, SIGTERM).expect("flagman lives");
        let output = child.wait_with_output().expect("flagman ends");
        assert_eq!(output.status.code(), Some(0), "{closed}");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let why = "WARNING:flagman.cli:cannot open `/dev/null`: No such file or directory";
        let told = log.lines().find(|line| line.starts_with(why));
        assert_eq!(told.is_some(), !missing.is_empty(), "{closed}: {log}");
        assert!(told.unwrap_or_default().ends_with(missing), "{closed}: {log}");
    }
}

#[test]
fn with_standard_input_closed_the_help_and_the_list_are_printed() {
    for word in ["--help", "--list"] {
        let output = without_null("0<&-", &[word]).output().expect("flagman starts");
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]), "{word}");
        assert_eq!(output.stdout, Program::Flagman.output(&[word]).stdout, "{word}");
    }
}

#[test]
fn with_standard_output_closed_what_was_asked_for_cannot_be_printed() {
    let output = without_null(">&-", &["--list"]).output().expect("flagman starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let why = "CRITICAL:flagman.cli:cannot print on standard output: standard output is closed\n";
    assert_eq!(said, why);
}

#[test]
fn a_program_of_exec_is_not_started_and_what_is_missing_is_named() {
    let flagman = Flagman::serve(without_null("", &["--usr1", "exec", "/bin/echo", "hi"]));
    kill(child_of(flagman.pid()), SIGUSR1).expect("flagman lives");
    let why = "cannot start `/bin/echo`: cannot open its standard input, `/dev/null`: No such file";
    assert!(flagman.stderr.find("ERROR:").contains(why));
    kill(child_of(flagman.pid()), SIGTERM).expect("flagman lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}
