//! A child process of the runner: starts with a clean signal mask, and is killed and reaped at the
//! end.
//!
//! Ordering rule: call [`clear_own_mask`] before the first [`Child::spawn`], because a child
//! inherits the signal mask of the thread that spawns it. This module signals only processes that
//! it started and has not reaped.

use std::process::{self, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::unistd::Pid;

use crate::failure::{During, Failure, Result};

/// Environment variables that a supervisor, a shell or a service manager may have set, and that
/// would change how a program behaves.
const NOT_PASSED_ON: [&str; 7] = [
    "BASH_ENV",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// Unblocks all signals in this thread, and so in the children that it starts.
///
/// # Errors
/// `pthread_sigmask(3)` failed.
pub fn clear_own_mask() -> Result<()> {
    SigSet::empty()
        .thread_swap_mask(SigmaskHow::SIG_SETMASK)
        .map(drop)
        .during(|| "clear the signal mask".to_owned())
}

/// Pins this process and its future children to the processor `cpu` (`sched_setaffinity(2)`).
///
/// # Errors
/// The processor does not exist, or this process may not run on it.
pub fn stay_on(cpu: usize) -> Result<()> {
    let mut cpus = CpuSet::new();
    let pinned = cpus.set(cpu).and_then(|()| sched_setaffinity(Pid::from_raw(0), &cpus));
    pinned.during(|| format!("stay on processor {cpu}"))
}

/// A command with `/dev/null` as standard input, output and error, and without the variables of a
/// service manager.
pub fn detached(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in NOT_PASSED_ON {
        command.env_remove(name);
    }
    command
}

/// A child that is killed and reaped when this is dropped.
#[derive(Debug)]
pub struct Child {
    inner: process::Child,
    pid: Pid,
    end: End,
}

/// How to end a child that is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With SIGKILL.
    Killed,
    /// With SIGTERM, and with SIGKILL if the child does not end.
    Terminated,
}

/// How often to check whether a child has ended after SIGTERM, and how long to wait between checks.
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

    /// Ends the child with SIGTERM, so that it can end its own children.
    pub fn end_gently(&mut self) {
        self.end = End::Terminated;
    }

    fn terminate(&mut self) {
        // An error means that the child has already been reaped.
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

    /// Takes the reading end of the pipe on the child's standard output. Works once.
    ///
    /// # Errors
    /// Standard output is not a pipe, or the end was taken before.
    pub fn take_output(&mut self) -> Result<ChildStdout> {
        let missing = || Failure::new("read the output of a child", "it has no pipe");
        self.inner.stdout.take().ok_or_else(missing)
    }

    /// Sends `signal`. The process ID is still valid, because the child is reaped only on drop.
    ///
    /// # Errors
    /// kill(2) failed.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal).during(|| format!("send {signal} to process {}", self.pid))
    }

    /// Blocks until the child has exited, and reaps it.
    ///
    /// # Errors
    /// waitpid(2) failed, or the exit status is not 0.
    pub fn wait(mut self) -> Result<()> {
        let what = || format!("wait for process {}", self.pid);
        let status = self.inner.wait().during(what)?;
        if status.success() { Ok(()) } else { Err(Failure::new(what(), status)) }
    }
}

impl Drop for Child {
    /// Both calls are harmless if the child has been reaped: `std` remembers that.
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
