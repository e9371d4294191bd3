//! A process of the runner's own: started with a clean signal mask, killed and reaped at the end.
//!
//! Ordering rule: [`clear_own_mask`] comes before the first [`Child::spawn`], because a child
//! starts with the mask of the thread that spawns it. Nothing here signals a process that it did
//! not start, nor one that it has reaped.

use std::process::{self, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::unistd::Pid;

use crate::failure::{During, Failure, Result};

/// What a supervisor, a shell or a service manager may have left in the environment and what would
/// make a program behave otherwise than it does on an empty command line.
const NOT_PASSED_ON: [&str; 7] = [
    "BASH_ENV",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// Unblocks every signal in this thread and so in the children that it starts.
///
/// # Errors
/// What `pthread_sigmask(3)` says.
pub fn clear_own_mask() -> Result<()> {
    SigSet::empty()
        .thread_swap_mask(SigmaskHow::SIG_SETMASK)
        .map(drop)
        .during(|| "clear the signal mask".to_owned())
}

/// Keeps this process and all that it starts on the processor `cpu` (`sched_setaffinity(2)`).
///
/// # Errors
/// There is no such processor, or this process may not run there.
pub fn stay_on(cpu: usize) -> Result<()> {
    let mut cpus = CpuSet::new();
    let pinned = cpus.set(cpu).and_then(|()| sched_setaffinity(Pid::from_raw(0), &cpus));
    pinned.during(|| format!("stay on processor {cpu}"))
}

/// A command that has nothing but `/dev/null` for input, output and errors and no service manager.
pub fn detached(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in NOT_PASSED_ON {
        command.env_remove(name);
    }
    command
}

/// A child that does not outlive its owner: it is killed and reaped when this is dropped.
#[derive(Debug)]
pub struct Child {
    inner: process::Child,
    pid: Pid,
    end: End,
}

/// How a child is ended that has not ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By SIGKILL.
    Killed,
    /// By SIGTERM, and by SIGKILL if that does not help.
    Terminated,
}

/// How often, and after which wait, it is asked whether a child that got SIGTERM has ended.
const TRIES: u32 = 200;
const WAIT: Duration = Duration::from_millis(10);

impl Child {
    /// Starts `command`.
    ///
    /// # Errors
    /// The program cannot be executed.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let inner =
            command.spawn().during(|| format!("start {}", command.get_program().display()))?;
        let pid = Pid::from_raw(i32::try_from(inner.id()).during(|| "name a process".to_owned())?);
        Ok(Self { inner, pid, end: End::Killed })
    }

    /// Has it ended by SIGTERM, because it must end others too.
    pub fn end_gently(&mut self) {
        self.end = End::Terminated;
    }

    fn terminate(&mut self) {
        // One that has gone already has been waited for.
        let _ = self.signal(Signal::SIGTERM);
        for _ in 0..TRIES {
            if !matches!(self.inner.try_wait(), Ok(None)) {
                return;
            }
            sleep(WAIT);
        }
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Hands out the reading end of the child's standard output, once, if it was piped.
    ///
    /// # Errors
    /// There is no such end, or it was taken before.
    pub fn take_output(&mut self) -> Result<ChildStdout> {
        let missing = || Failure::new("read the output of a child", "it has no pipe");
        self.inner.stdout.take().ok_or_else(missing)
    }

    /// Sends `signal`. The child is not reaped before it is dropped, so the id is still its own.
    ///
    /// # Errors
    /// What kill(2) says.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal).during(|| format!("send {signal} to process {}", self.pid))
    }

    /// Blocks until the child has ended by itself, and reaps it.
    ///
    /// # Errors
    /// What waitpid(2) says, or a status other than 0.
    pub fn wait(mut self) -> Result<()> {
        let what = || format!("wait for process {}", self.pid);
        let status = self.inner.wait().during(what)?;
        if status.success() { Ok(()) } else { Err(Failure::new(what(), status)) }
    }
}

impl Drop for Child {
    /// Both calls are harmless on a child that was waited for: `std` remembers that it is reaped.
    fn drop(&mut self) {
        if self.end == End::Terminated {
            self.terminate();
        }
        let _ = self.inner.kill();
        let _ = self.inner.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_dropped_child_is_gone_and_reaped() {
        let child = Child::spawn(detached("sleep").arg("1000")).unwrap();
        let entry = format!("/proc/{}", child.pid());
        assert!(Path::new(&entry).exists());
        drop(child);
        assert!(!Path::new(&entry).exists());
    }

    #[test]
    fn a_status_other_than_0_is_a_failure_that_names_it() {
        let failure = Child::spawn(&mut detached("false")).unwrap().wait().unwrap_err();
        assert!(failure.to_string().ends_with("exit status: 1"), "{failure}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = Child::spawn(&mut detached("/nowhere/x")).unwrap_err();
        assert!(failure.to_string().starts_with("cannot start /nowhere/x: "), "{failure}");
    }
}
