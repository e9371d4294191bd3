//! The programs under test, and one of them running.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Gate, Lines, Manager};

/// A program that is built with the tests.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// The `flagman` that ships.
    Flagman,
    /// flagman with the tests' own actions.
    Testbed,
    /// The tests' own action program.
    Action,
    /// The example of an action of one's own.
    Count,
}

impl Program {
    pub(crate) fn path(self) -> PathBuf {
        let flagman = Path::new(env!("CARGO_BIN_EXE_flagman"));
        let examples = flagman.with_file_name("examples");
        let path = match self {
            Self::Flagman => flagman.to_owned(),
            Self::Testbed => examples.join("testbed"),
            Self::Action => examples.join("testbed-program"),
            Self::Count => examples.join("count"),
        };
        assert!(path.exists(), "{} is not built: run `cargo test`", path.display());
        path
    }

    /// The program with its words, in an environment without a service manager.
    pub(crate) fn command(self, words: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(self.path());
        command.args(words).stdin(Stdio::null());
        for name in ["NOTIFY_SOCKET", "NO_COLOR", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs it to its end, which comes by itself.
    pub(crate) fn output(self, words: &[impl AsRef<OsStr>]) -> Output {
        self.command(words).output().expect("the program starts")
    }

    /// Starts it and waits until it serves signals.
    pub(crate) fn serve(self, words: &[impl AsRef<OsStr>]) -> Flagman {
        let manager = Manager::new();
        let mut command = self.command(words);
        command.env("NOTIFY_SOCKET", manager.name());
        let mut flagman = Flagman::start(command);
        manager.until("READY=1");
        flagman.manager = Some(manager);
        flagman
    }
}

/// A running program; it is killed and reaped when the test has done with it.
pub(crate) struct Flagman {
    child: Child,
    /// Whom it told that it was ready; its socket must outlive it.
    manager: Option<Manager>,
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
}

impl Flagman {
    /// Starts a command with its output on pipes.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = Lines::of(child.stdout.take().expect("standard output is a pipe"));
        let stderr = Lines::of(child.stderr.take().expect("standard error is a pipe"));
        Self { child, manager: None, stdout, stderr }
    }

    /// A testbed that serves `options` and whose actions stop at `gate`, with its log at INFO.
    pub(crate) fn gated(gate: &Gate, options: &[&str], actions: &[(&str, &str)]) -> Self {
        let word = |(signal, name): &(&str, &str)| format!("{signal}={}", gate.action(name, "run"));
        let actions: Vec<String> = actions.iter().map(word).collect();
        let mut words = vec!["-v"];
        words.extend(options);
        words.extend(actions.iter().map(String::as_str));
        Program::Testbed.serve(&words)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processes that it has started and not reaped.
    pub(crate) fn children(&self) -> Vec<Pid> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid());
        let list = std::fs::read_to_string(path).expect("the kernel lists children");
        list.split_whitespace().map(|pid| Pid::from_raw(pid.parse().expect("a pid"))).collect()
    }

    /// Sends a signal. It is pending when this returns.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().cast_signed());
        kill(pid, signal).expect("the program can be signalled");
    }

    /// Waits for the program's end, and gives its status and the rest of its log.
    pub(crate) fn wait(mut self) -> (ExitStatus, Vec<String>) {
        let log = self.stderr.rest();
        (self.child.wait().expect("the program can be waited for"), log)
    }

    /// Ends the program in order, checks that it did, and gives the rest of its log.
    pub(crate) fn end(self) -> Vec<String> {
        self.signal(Signal::SIGTERM);
        self.end_of_shutdown()
    }

    /// Waits until the program ends as it was told to, checks that it ends well, and gives the rest
    /// of its log.
    pub(crate) fn end_of_shutdown(self) -> Vec<String> {
        let (status, log) = self.wait();
        assert_eq!((status.code(), status.signal()), (Some(0), None), "{log:#?}");
        log
    }
}

impl Drop for Flagman {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
