//! The children of this process that have not been reaped: so that another thread can signal them, as
//! a watcher does that ends an action in order, and so that no orphan's reaper takes them.
//!
//! Ordering rule: a child is entered before anybody can see that it runs, and struck off before it is
//! reaped. So a number in the list is never a stranger's.

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

/// What becomes of what a child leaves behind in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It goes on.
    Alone,
    /// It is killed, for the whole group was told to end.
    Killed,
}

/// How often, and after which wait, a list that is in use is tried.
const TRIES: u32 = 50;
const WAIT: Duration = Duration::from_millis(2);

fn running() -> MutexGuard<'static, Vec<Entry>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program. Returns when it has been executed, which takes about a millisecond.
///
/// # Errors
/// It cannot be executed, a word or a variable holds a NUL byte, or there is no room for another
/// process or descriptor.
pub fn spawn(spec: &Spec<'_>) -> Result<Child, SpawnError> {
    let mut running = running();
    let child = super::start::start(spec)?;
    running.push(Entry { leader: child.leader().clone(), left: Left::Alone });
    Ok(child)
}

/// Sends `signal` to each child and its process group that was started by [`spawn`] or
/// [`run`](super::run()), in whatever thread, and has not been reaped. It waits for a start that is
/// under way, which takes about a millisecond, but not for one that hangs. It is to end them: what a
/// child then leaves behind in its group is killed when the child is reaped.
pub fn signal_running(signal: Signal) {
    for _ in 0..TRIES {
        if let Ok(mut running) = RUNNING.try_lock() {
            for entry in running.iter_mut() {
                entry.left = Left::Killed;
                // It may have become another user's; then it is not ours to signal.
                let _ = entry.leader.signal(signal);
            }
            return;
        }
        thread::sleep(WAIT);
    }
}

/// Lets a program go on that was stopped in the instant of its start; to be called when this process goes on
/// after a stop. Says whether a start is under way; until none is, it is to be called again, for the stop may
/// still come.
///
/// A terminal stops the whole process group (Ctrl-Z, SIGTSTP). A child that is in that group when this comes,
/// and in its own when it takes it, stays stopped when the group goes on, and `posix_spawn(3)` waits for it.
/// Until it has become another program, the child is known by the file that it executes.
pub fn resume_starting() -> bool {
    if !matches!(RUNNING.try_lock(), Err(TryLockError::WouldBlock)) {
        return false;
    }
    let ours = fs::read_link("/proc/self/exe").ok();
    for child in children() {
        if ours.is_some() && fs::read_link(format!("/proc/{child}/exe")).ok() == ours {
            // It may have ended.
            let _ = kill(child, Number::SIGCONT);
        }
    }
    true
}

/// The children of all threads, as far as the kernel tells of them (`proc_pid_task(5)`).
fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let pids = lists.flat_map(|list| {
        list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()
    });
    pids.map(Pid::from_raw).collect()
}

/// Takes a child off the list, because it is to be reaped or forgotten, and says what is to become of
/// what it leaves behind.
pub(super) fn strike(pid: Pid) -> Left {
    let mut running = running();
    let struck = running.iter().position(|entry| entry.leader.pid == pid);
    struck.map_or(Left::Alone, |place| running.swap_remove(place).left)
}

/// Whether strangers may still be there to be reaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// There are none.
    Gone,
    /// A child of ours that has ended hides them; once it is reaped, ask again.
    Hidden,
}

/// Reaps the children of this process that have ended and that nobody here has started with
/// [`spawn`]: orphans, whose parents have ended. Does not wait (`waitid(2)`).
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
            // A death by a real-time signal, of which `nix` does not say whose it was.
            Err(Errno::EINVAL) if running.is_empty() => waitid(Id::All, flags),
            Err(Errno::EINVAL) => return Strangers::Hidden,
            Err(Errno::EINTR) => continue,
            // There is no child (ECHILD), or this process may not ask: nothing can be done.
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
        // Whoever starts a program holds the list until it has begun.
        let hanging = running();
        signal_running(Signal::KILL);
        drop(hanging);
        signal_running(Signal::TERM);
        assert_eq!(child.wait(), Ended::Killed(Signal::TERM));
    }
}
