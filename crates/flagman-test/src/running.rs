//! A running program.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Lines, Manager};

/// A running program. It is killed and reaped when the test drops it.
pub struct Running {
    child: Child,
    /// The manager that the program has told that it is ready. Its socket must outlive the program.
    manager: Option<Manager>,
    /// What it prints.
    pub stdout: Lines,
    /// What it writes to standard error: flagman's log.
    pub stderr: Lines,
}

impl Running {
    /// Starts a command with its output on pipes, and with SIGINT as at a terminal. A script that runs the
    /// tests in the background has SIGINT ignored, and flagman would keep it ignored.
    pub fn start(mut command: Command) -> Self {
        flagman_sys::restore_default(Signal::SIGINT as i32).expect("SIGINT has a default");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = Lines::of(child.stdout.take().expect("standard output is a pipe"));
        let stderr = Lines::of(child.stderr.take().expect("standard error is a pipe"));
        Self { child, manager: None, stdout, stderr }
    }

    /// Starts a command and waits until it tells a service manager that it is ready.
    pub fn serve(mut command: Command) -> Self {
        let manager = Manager::new();
        command.env("NOTIFY_SOCKET", manager.name());
        let mut running = Self::start(command);
        manager.until("READY=1");
        running.manager = Some(manager);
        running
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The children that it has started and not reaped.
    pub fn children(&self) -> Vec<Pid> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid());
        let list = std::fs::read_to_string(path).expect("the kernel lists children");
        list.split_whitespace().map(|pid| Pid::from_raw(pid.parse().expect("a pid"))).collect()
    }

    /// Sends a signal. It is pending when this returns.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().cast_signed());
        kill(pid, signal).expect("the program can be signalled");
    }

    /// Waits until the program ends, and returns its exit status and the rest of its log.
    pub fn wait(mut self) -> (ExitStatus, Vec<String>) {
        let log = self.stderr.rest();
        (self.child.wait().expect("the program can be waited for"), log)
    }

    /// Shuts the program down with SIGTERM, checks that it succeeds, and returns the rest of its log.
    #[track_caller]
    pub fn end(self) -> Vec<String> {
        self.signal(Signal::SIGTERM);
        self.end_of_shutdown()
    }

    /// Waits until the program has shut down, checks that it succeeds, and returns the rest of its log.
    #[track_caller]
    pub fn end_of_shutdown(self) -> Vec<String> {
        let (status, log) = self.wait();
        assert_eq!((status.code(), status.signal()), (Some(0), None), "{log:#?}");
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already. Then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
