//! The list of this process's children that have not been reaped. With it, another thread can
//! signal them (a watcher thread ends an action cleanly in this way), and they are not mistaken for
//! orphans and reaped.
//!
//! Ordering rule: a child is added before anyone can see that it runs, and removed before it is
//! reaped. So a pid in the list never belongs to another process.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal as Number, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::leader::Leader;
use super::{Child, SpawnError, Spec};
use crate::Signal;

static RUNNING: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

struct Entry {
    leader: Leader,
    left: Left,
}

/// What happens to the processes that a child leaves in its process group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// They continue.
    Alone,
    /// They are killed, because the whole group was told to end.
    Killed,
}

/// How often to try to lock the list while it is in use, and how long to wait between tries.
const TRIES: u32 = 50;
const WAIT: Duration = Duration::from_millis(2);

fn running() -> MutexGuard<'static, Vec<Entry>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program. Returns when it has been executed, which takes about a millisecond.
///
/// # Errors
/// The program cannot be executed, an argument or a variable contains a NUL byte, or no further
/// process or descriptor is available.
pub fn spawn(spec: &Spec<'_>) -> Result<Child, SpawnError> {
    let mut running = running();
    let child = super::start::start(spec)?;
    running.push(Entry { leader: child.leader().clone(), left: Left::Alone });
    Ok(child)
}

/// Sends `signal` to each child that any thread has started with [`spawn`] or [`run`](super::run())
/// and that has not been reaped, and to its process group. Waits for a start in progress, which
/// takes about a millisecond, but not for one that hangs. The signal is meant to end the children:
/// when one of them is reaped, the processes that it leaves in its group are killed.
pub fn signal_running(signal: Signal) {
    for _ in 0..TRIES {
        if let Ok(mut running) = RUNNING.try_lock() {
            for entry in running.iter_mut() {
                entry.left = Left::Killed;
                // The process may have changed its user, so that this process may not signal it.
                let _ = entry.leader.signal(signal);
            }
            return;
        }
        thread::sleep(WAIT);
    }
}

/// Resumes a program that was stopped while it was starting. Call it when this process resumes
/// after a stop. Returns whether a start is in progress. While it returns true, call it again,
/// because the stop may still arrive.
///
/// A terminal stops a whole process group (Ctrl-Z, SIGTSTP). If a child is in that group when the
/// signal is sent, but in its own group when it acts on the signal, it stays stopped when the group
/// resumes, and `posix_spawn(3)` waits for it. Until the child has executed its program, `/proc`
/// shows that it still executes the same file as this process.
pub fn resume_starting() -> bool {
    if !matches!(RUNNING.try_lock(), Err(TryLockError::WouldBlock)) {
        return false;
    }
    let ours = fs::read_link("/proc/self/exe").ok();
    for child in children() {
        if ours.is_some() && fs::read_link(format!("/proc/{child}/exe")).ok() == ours {
            // The child may have ended.
            let _ = kill(child, Number::SIGCONT);
        }
    }
    true
}

/// The children of all threads, as listed by the kernel (`proc_pid_task(5)`). The list may be
/// incomplete.
fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let pids = lists.flat_map(|list| {
        list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()
    });
    pids.map(Pid::from_raw).collect()
}

/// Removes a child from the list, because it will be reaped or given up. Returns what to do with
/// the processes that it leaves in its group.
pub(super) fn strike(pid: Pid) -> Left {
    let mut running = running();
    let struck = running.iter().position(|entry| entry.leader.pid == pid);
    struck.map_or(Left::Alone, |place| running.swap_remove(place).left)
}

/// Whether strangers (children that this process did not start) may still have to be reaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// There are none.
    Gone,
    /// One of our own children has ended and hides them. Ask again when it has been reaped.
    Hidden,
}

/// Reaps the ended children of this process that it did not start with [`spawn`]: orphans, whose
/// parents have ended. Does not block (`waitid(2)`).
#[must_use]
pub fn reap_strangers() -> Strangers {
    let running = running();
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
    loop {
        let reaped = match waitid(Id::All, flags | WaitPidFlag::WNOWAIT) {
            Ok(WaitStatus::StillAlive) => return Strangers::Gone,
            Ok(status) => match status.pid() {
                Some(pid) if running.iter().any(|entry| entry.leader.pid == pid) => {
                    return Strangers::Hidden;
                }
                Some(pid) => waitid(Id::Pid(pid), flags),
                None => return Strangers::Gone,
            },
            // The child was killed by a real-time signal, and `nix` does not report its pid.
            Err(Errno::EINVAL) if running.is_empty() => waitid(Id::All, flags),
            Err(Errno::EINVAL) => return Strangers::Hidden,
            Err(Errno::EINTR) => continue,
            // There are no children (ECHILD), or this process may not wait for them.
            Err(_) => return Strangers::Gone,
        };
        if !matches!(reaped, Ok(_) | Err(Errno::EINVAL | Errno::EINTR)) {
            return Strangers::Gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{running, signal_running, spawn};
    use crate::Signal;
    use crate::process::{Ended, Spec, find_in_path};

    #[test]
    fn a_start_that_hangs_is_not_waited_for_when_all_are_signalled() {
        let sleep = find_in_path("sleep").expect("it is there");
        let mut child = spawn(&Spec::new(sleep, ["1000"])).expect("it starts");
        // A thread that starts a program locks the list until the program has been executed.
        let hanging = running();
        signal_running(Signal::KILL);
        drop(hanging);
        signal_running(Signal::TERM);
        assert_eq!(child.wait(), Ended::Killed(Signal::TERM));
    }
}
