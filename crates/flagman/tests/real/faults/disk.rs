//! The disk behind the streams is full, and later has room again.

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};
use nix::sys::signal::kill;

use crate::harness::{Flagman, Manager, Program, child_of, needs_root, prefixed};

#[test]
fn what_a_full_disk_does_not_take_fails_and_is_not_printed_later() {
    needs_root("to mount a small file system");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (manager, path) = (Manager::new(), folder.path().display().to_string());
    // Two pages: one for another file, one for flagman's output.
    let script = r#"mount -t tmpfs -o size=8192 tmpfs "$1"; head -c 4096 /dev/zero >"$1/other"
                    shift; exec "$@" >"$FOLDER/output""#;
    let mut command =
        prefixed(&["unshare", "--mount", "--fork", "--kill-child", "sh", "-c", script]);
    command.args(["sh", &path]).arg(Program::Flagman.path());
    let message = "x".repeat(1000);
    command.args([
        "-v",
        "--overlap",
        "rerun",
        "--usr1",
        "print",
        &message,
        "--usr1",
        "exec",
        "true",
    ]);
    command.env("NOTIFY_SOCKET", manager.name()).env("FOLDER", &path);
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    let inner = child_of(flagman.pid());
    let inside = format!("/proc/{inner}/root{path}");
    let run = || {
        kill(inner, SIGUSR1).expect("flagman lives");
        flagman.stderr.find(" arrival")
    };
    let mut failures = 0;
    for _ in 0..10 {
        let line = run();
        assert!(line.contains(", exec done in "), "{line}");
        failures += usize::from(line.contains("; print failed after "));
    }
    assert!((6..10).contains(&failures), "{failures} failed");
    std::fs::remove_file(format!("{inside}/other")).expect("it can be removed");
    let line = run();
    assert!(line.contains("; print done in "), "{line}");
    let output = std::fs::read_to_string(format!("{inside}/output")).expect("it can be read");
    // The file contains the lines that had room, the part of a line that still fitted, and the
    // later line, which is on its own line.
    let (taken, later) = output.split_at(4096);
    assert!(!taken.ends_with('\n'), "no line was torn");
    assert_eq!(later, format!("\n{message}\n"));
    kill(inner, SIGTERM).expect("flagman lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}
