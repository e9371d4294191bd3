//! Children, from start to end.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use flagman_base::process::{
    Child, Ended, Mask, Spec, find_in_path, note_inherited_signals, spawn,
};
use flagman_base::{Arrival, Sender, Signal};
use flagman_sys::SignalSet;
use flagman_test::until_ready;

fn sh(script: &str) -> Spec<'static> {
    Spec::new(find_in_path("sh").expect("there is a shell"), ["-c", script])
}

/// Waits for its end, without reaping it.
fn until_ended(child: &Child) -> Ended {
    until_ready(child, "it did not end");
    child.ended().expect("it has ended")
}

fn end_of(spec: &Spec<'_>) -> Ended {
    let mut child = spawn(spec).expect("it starts");
    until_ended(&child);
    child.try_wait().expect("it has ended")
}

#[test]
fn a_child_ends_with_its_status_or_by_a_signal_real_time_ones_too() {
    let ends = [
        ("exit 0", "exited with status 0"),
        ("exit 3", "exited with status 3"),
        ("kill -SEGV $$", "was killed by SIGSEGV"),
        ("kill -40 $$", "was killed by SIGRTMIN+6"),
    ];
    for (script, end) in ends {
        assert_eq!(end_of(&sh(script)).to_string(), end);
    }
}

#[test]
fn an_end_can_be_seen_before_it_is_reaped_and_is_remembered_after() {
    let mut child = spawn(&sh("exit 3")).expect("it starts");
    assert_eq!(until_ended(&child), Ended::Exited(3));
    assert_eq!(child.ended(), Some(Ended::Exited(3)));
    assert_eq!(child.try_wait(), Some(Ended::Exited(3)));
    assert_eq!(child.try_wait(), Some(Ended::Exited(3)));
}

#[test]
fn a_group_is_signalled_until_its_leader_is_reaped_and_never_after() {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let mut spec = sh("sleep 1000 & echo $! >&3; exit 0");
    spec.channel = Some(theirs.as_fd());
    let mut child = spawn(&spec).expect("it starts");
    drop(theirs);
    let mut reader = BufReader::new(ours);
    let mut left_behind = String::new();
    reader.read_line(&mut left_behind).expect("it says whom it leaves behind");
    assert_eq!(until_ended(&child), Ended::Exited(0));
    child.signal_group(Signal::KILL).expect("the group can be killed");
    // The process left behind holds the other end of the socket.
    let mut rest = String::new();
    assert_eq!(reader.read_line(&mut rest).expect("end of file"), 0);
    child.try_wait().expect("it has ended");
    // The number is no longer the child's, and another process could get it. While nobody has it,
    // signalling it would be an error.
    child.signal_group(Signal::KILL).expect("nothing is done");
}

#[test]
fn a_child_that_somebody_else_has_reaped_is_not_waited_for_or_signalled() {
    let mut child = spawn(&sh("exit 0")).expect("it starts");
    let pid = nix::unistd::Pid::from_raw(child.pid().cast_signed());
    nix::sys::wait::waitpid(pid, None).expect("it can be reaped");
    child.signal_group(Signal::KILL).expect("nothing is done");
    let ended = child.try_wait().expect("it has ended");
    assert_eq!(ended, Ended::Unknown);
    assert_eq!(ended.to_string(), "ended, exit status unknown");
}

#[test]
fn the_channel_is_descriptor_three_and_the_environment_says_so() {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let mut spec = sh(r#"echo "$FLAGMAN_ACTION_FD $FLAGMAN_SIGNAL $FLAGMAN_COUNT \
        $FLAGMAN_SENDER_PID ${FLAGMAN_SENDER_UID-unset} $FLAGMAN_VALUE $MORE" >&3"#);
    let arrival = Arrival::new(Signal::USR1).times(2).sent_by(Sender::new(7, 0));
    spec.arrival = Some(arrival.carrying(i32::MIN));
    spec.channel = Some(theirs.as_fd());
    spec.environment = vec![("MORE".into(), "a b".into())];
    spec.mask = Mask::Held;
    assert_eq!(end_of(&spec), Ended::Exited(0));
    let mut said = String::new();
    BufReader::new(ours).read_line(&mut said).expect("it says something");
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>(),
        ["3", "SIGUSR1", "2", "7", "0", "-2147483648", "a", "b"]
    );
}

#[test]
fn an_action_program_starts_with_the_signals_of_flagman_blocked() {
    let held = [libc::SIGHUP, libc::SIGCHLD, libc::SIGRTMIN(), libc::SIGRTMAX()];
    let held = SignalSet::from_iter(held);
    note_inherited_signals(SignalSet::empty(), held);
    // Not the shell: some shells unblock all signals.
    let mut spec = Spec::new(find_in_path("sleep").expect("it is there"), ["1000"]);
    spec.mask = Mask::Held;
    let mut child = spawn(&spec).expect("it starts");
    let status = fs::read_to_string(format!("/proc/{}/status", child.pid())).expect("it is there");
    child.signal_group(Signal::KILL).expect("it can be killed");
    until_ended(&child);
    child.try_wait().expect("it has ended");
    // SIGHUP 1, SIGRTMIN 34, SIGRTMAX 64, and not SIGCHLD 17.
    assert!(status.contains("SigBlk:\t8000000200000001\n"), "{status}");
}

#[test]
fn what_cannot_be_started_is_an_error_of_the_start_itself() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = directory.path().join("script");
    fs::write(&script, "exit 0\n").expect("a file can be written");
    fs::set_permissions(&script, Permissions::from_mode(0o755)).expect("its mode can be set");
    let no_arguments = || std::iter::empty::<&str>();
    let bad = [
        (
            Spec::new(PathBuf::from("/no/such"), no_arguments()),
            "cannot start `/no/such`: it does not exist",
        ),
        (
            Spec::new(PathBuf::from("/"), no_arguments()),
            "cannot start `/`: it is a directory, not a program",
        ),
        (
            Spec::new(script, no_arguments()),
            "a script needs a first line that names its interpreter",
        ),
        (sh("exit\0"), "nul byte"),
        (sh(&"x".repeat(1 << 20)), "Argument list too long"),
    ];
    for (spec, why) in bad {
        let error = spawn(&spec).map(|child| child.pid()).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}
