//! A file reaches its size limit (`RLIMIT_FSIZE`). By default, SIGXFSZ would end flagman.

use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::harness::{Flagman, Folder, Lines, Manager, Program, prefixed, set_limit, status_of};

const LIMIT: &str = "--fsize=1000:";

/// The bit of SIGXFSZ in a set of signals.
const XFSZ: u64 = 1 << (25 - 1);

fn ignored(set: &str) -> u64 {
    u64::from_str_radix(set.trim(), 16).expect("a set of signals")
}

/// flagman with the limit, and with one stream redirected to `file`.
fn limited(words: &[&str], stream: &str, file: &Path) -> Command {
    let script = format!("exec prlimit {LIMIT} \"$@\" {stream}\"$0\"");
    let mut command = prefixed(&["sh", "-c", &script]);
    command.arg(file).arg(Program::Flagman.path()).args(words);
    command
}

#[test]
fn lines_lost_because_the_log_file_is_at_its_limit_are_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("log");
    let manager = Manager::new();
    let words = ["-v", "--overlap", "rerun", "--usr1", "print", "x"];
    let mut command = limited(&words, "2>", &file);
    let (reader, stdout) = std::io::pipe().expect("a pipe");
    command.env("NOTIFY_SOCKET", manager.name()).stdout(stdout);
    let mut child = command.spawn().expect("flagman starts");
    drop(command);
    manager.until("READY=1");
    let (pid, stdout) = (Pid::from_raw(child.id().cast_signed()), Lines::of(reader));
    let run = || {
        kill(pid, SIGUSR1).expect("flagman lives");
        stdout.find("x");
    };
    (0..20).for_each(|_| run());
    let full = std::fs::read_to_string(&file).expect("it can be read");
    assert_eq!(full.len(), 1000);
    set_limit(child.id(), "fsize", "unlimited");
    run();
    kill(pid, SIGTERM).expect("flagman lives");
    assert_eq!(stdout.rest(), ["cleanup"]);
    assert_eq!(child.wait().expect("flagman ends").code(), Some(0));
    let log = std::fs::read_to_string(&file).expect("it can be read");
    // The truncated line gets a newline.
    assert!(log.starts_with(&full));
    let of_runs = |line: &&str| line.contains("; print done in ") || line.contains(":run for ");
    let runs = log.lines().filter(of_runs);
    let told = "WARNING:flagman.log:";
    let lost: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix(told)).collect();
    let [lost] = lost[..] else { panic!("{log}") };
    let lost: usize = lost.trim_end_matches(" log lines were lost here").parse().expect("a number");
    assert_eq!(runs.count() + lost, 42, "{log}");
}

#[test]
fn a_line_that_an_output_at_its_limit_does_not_take_fails_and_is_ended_before_the_next() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("output");
    let message = "x".repeat(300);
    let flagman = Flagman::serve(limited(&["-v", "--usr1", "print", &message], ">", &file));
    let run = || {
        flagman.signal(SIGUSR1);
        flagman.stderr.find(" arrival")
    };
    for _ in 0..3 {
        assert!(run().contains("; print done in "));
    }
    flagman.signal(SIGUSR1);
    let error = flagman.stderr.find("ERROR:flagman.core:action `print` failed on SIGUSR1: cannot");
    assert!(error.ends_with("`: File too large (os error 27)"), "{error}");
    assert!(flagman.stderr.find(" arrival").contains("; print failed after "));
    assert!(run().contains("; print failed after "));
    set_limit(flagman.pid(), "fsize", "unlimited");
    assert!(run().contains("; print done in "));
    flagman.end();
    let output = std::fs::read_to_string(&file).expect("it can be read");
    let lines: Vec<&str> = output.lines().collect();
    let torn = &message[..1000 - "init\n".len() - 3 * 301];
    assert_eq!(lines, ["init", &message, &message, &message, torn, &message, "cleanup"]);
}

#[test]
fn what_flagman_starts_has_the_disposition_that_flagman_was_started_with() {
    let folder = Folder::with(&["kit"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    for (setting, inherited) in [("--default-signal=XFSZ", 0), ("--ignore-signal=XFSZ", XFSZ)] {
        let mut command = prefixed(&["env", setting]);
        command.arg(Program::Flagman.path()).args(["-v", "--action-dir", path]);
        command.args(["--usr1", "kit", "a", "--hup", "exec", "cat", "/proc/self/status"]);
        let flagman = Flagman::serve(command);
        let of = |pid| ignored(&status_of(pid, "SigIgn")) & XFSZ;
        assert_eq!(of(flagman.pid()), XFSZ, "{setting}");
        flagman.signal(SIGHUP);
        let line = flagman.stdout.find("SigIgn:");
        assert_eq!(ignored(&line["SigIgn:".len()..]) & XFSZ, inherited, "{setting}");
        // Like flagman, an action program of the Rust kit ignores the signal.
        let program = flagman.children()[0].as_raw().cast_unsigned();
        assert_eq!(of(program), XFSZ, "{setting}");
        flagman.end();
    }
}
