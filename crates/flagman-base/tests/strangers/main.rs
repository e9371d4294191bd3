//! Orphans: children that this library has not started. Reaping them would also take the children of
//! other tests, so this is a program of its own with a single test.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails that way")]

use std::process::Command;

use flagman_base::Signal;
use flagman_base::process::{Child, Ended, Spec, Strangers, find_in_path, reap_strangers, spawn};
use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use nix::unistd::Pid;

/// A child that this library has not started, and that has ended by running this script.
#[expect(clippy::zombie_processes, reason = "that is what is to be reaped")]
fn stranger(script: &str) -> Pid {
    let child = Command::new("sh").args(["-c", script]).spawn().expect("there is a shell");
    ended(child.id())
}

/// A running child that this library has started.
fn ours() -> Child {
    let sleep = find_in_path("sleep").expect("it is there");
    spawn(&Spec::new(sleep, ["1000"])).expect("it starts")
}

/// Waits until a process has ended, and leaves it to be reaped.
fn ended(pid: u32) -> Pid {
    let pid = Pid::from_raw(pid.cast_signed());
    let end = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
    // EINVAL means that a real-time signal killed it, which `nix` does not know.
    assert!(matches!(end, Ok(_) | Err(Errno::EINVAL)), "{end:?}");
    pid
}

fn is_reaped(pid: Pid) -> bool {
    waitpid(pid, Some(WaitPidFlag::WNOHANG)) == Err(Errno::ECHILD)
}

#[test]
fn strangers_are_reaped_however_they_ended_and_children_of_ours_never() {
    assert_eq!(reap_strangers(), Strangers::Gone);
    for script in ["exit 3", "kill -KILL $$", "kill -40 $$"] {
        let (one, two) = (stranger(script), stranger(script));
        assert_eq!(reap_strangers(), Strangers::Gone, "{script}");
        assert!(is_reaped(one) && is_reaped(two), "{script}");
    }

    // A running child of ours does not hide an orphan, unless nobody can tell which of them has died.
    let mut running = ours();
    let (told, untold) = (stranger("exit 3"), stranger("kill -40 $$"));
    assert_eq!(reap_strangers(), Strangers::Hidden);
    running.signal_group(Signal::KILL).expect("it runs");
    assert_eq!(running.wait(), Ended::Killed(Signal::KILL));
    assert_eq!(reap_strangers(), Strangers::Gone);
    assert!(is_reaped(told) && is_reaped(untold));

    // A child of ours that has ended may hide an orphan until it is reaped. Its own end is not lost.
    let mut dead = ours();
    dead.signal_group(Signal::KILL).expect("it runs");
    ended(dead.pid());
    assert_eq!(reap_strangers(), Strangers::Hidden);
    let hidden = stranger("exit 3");
    assert_eq!(dead.try_wait(), Some(Ended::Killed(Signal::KILL)));
    assert_eq!(reap_strangers(), Strangers::Gone);
    assert!(is_reaped(hidden));
}
