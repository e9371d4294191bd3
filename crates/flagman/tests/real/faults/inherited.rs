//! flagman inherits unusual dispositions, an unusual signal mask or closed standard streams.

use std::process::{Command, Stdio};

use nix::sys::signal::Signal::{SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::harness::{Flagman, Folder, Hold, Manager, Program, prefixed};

/// Starts flagman through the command `prefix`, with an action program for SIGUSR1.
fn serve(folder: &Folder, prefix: &[&str]) -> Flagman {
    let mut command = prefixed(prefix);
    let path = folder.path();
    command.arg(Program::Flagman.path()).arg("-v").arg("--action-dir").arg(path);
    command.args(["--usr1", "kit", "a", "--hup", "exec", "sh", "-c", "exit 3"]);
    command.args(["--usr2", "print", "x"]);
    Flagman::serve(command)
}

#[test]
fn with_sigchld_ignored_the_end_of_an_action_program_is_not_lost() {
    let folder = Folder::with(&["kit"]);
    for prefix in [
        &["env", "--ignore-signal=CHLD"][..],
        &["env", "--ignore-signal=CHLD", "--block-signal=CHLD"],
    ] {
        let flagman = serve(&folder, prefix);
        for _ in 0..3 {
            flagman.signal(SIGUSR1);
            flagman.stdout.find("a run SIGUSR1");
            flagman.stderr.find("; kit done in ");
            kill(flagman.children()[0], SIGKILL).expect("the program runs");
            flagman.stderr.find("it was killed by SIGKILL; it is started again");
            flagman.signal(SIGHUP);
            flagman.stderr.find("failed on SIGHUP: `sh` exited with status 3");
        }
        flagman.signal(SIGUSR1);
        flagman.stderr.find("; kit done in ");
        assert_eq!(flagman.children().len(), 1);
        flagman.end();
    }
}

#[test]
fn with_all_signals_blocked_flagman_and_its_programs_live_and_end_as_ever() {
    let folder = Folder::with(&["kit"]);
    for stop in [SIGTERM, SIGINT] {
        let flagman = serve(&folder, &["env", "--block-signal"]);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("a run SIGUSR1");
        flagman.signal(SIGUSR2);
        flagman.stdout.find("x");
        flagman.signal(SIGHUP);
        flagman.stderr.find("failed on SIGHUP: `sh` exited with status 3");
        flagman.signal(stop);
        flagman.stdout.find("a torn down");
        flagman.end_of_shutdown();
    }
}

#[test]
fn with_streams_closed_programs_run_and_nothing_of_flagmans_takes_their_place() {
    let folder = Folder::with(&["kit"]);
    let path = folder.path().to_str().expect("a path in UTF-8");
    for closed in ["0<&-", ">&-", "2>&-", "0<&- >&-", "0<&- 2>&-", ">&- 2>&-", "0<&- >&- 2>&-"] {
        let (manager, hold) = (Manager::new(), Hold::new());
        let probe = r#"exec 9>"$0"; (for n in 0 1 2; do readlink /proc/$$/fd/$n; done) >&9"#;
        let words =
            ["--action-dir", path, "--usr1", "kit", "a", "--usr1", "exec", "sh", "-c", probe];
        let mut command = Command::new("sh");
        let script = format!("exec \"$0\" \"$@\" {closed}");
        command.args(["-c", &script]).arg(Program::Flagman.path()).args(words).arg(hold.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let spawned = command.env("NOTIFY_SOCKET", manager.name()).spawn();
        let mut child = spawned.expect("flagman starts");
        manager.until("READY=1");
        let pid = Pid::from_raw(child.id().cast_signed());
        kill(pid, SIGUSR1).expect("flagman lives");
        assert_eq!(hold.lines().rest(), ["/dev/null"; 3], "{closed}");
        manager.until("STATUS=Idle; last run: SIGUSR1: kit done in ");
        kill(pid, SIGTERM).expect("flagman lives");
        assert_eq!(child.wait().expect("flagman ends").code(), Some(0), "{closed}");
    }
}
