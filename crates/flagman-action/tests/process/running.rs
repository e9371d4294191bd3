//! Programs that an author's action runs to their end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flagman_action::process::{RunError, run, signal_running};
use flagman_action::{Arrival, Signal};
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use tempfile::TempDir;

fn sh(script: &str, fifo: &Path, deadline: Option<Duration>) -> Result<(), RunError> {
    let fifo = fifo.to_str().expect("the path is text");
    run(&["sh", "-c", script, "sh", fifo], None, deadline)
}

/// A named pipe whose other end the program opens: what it says, and whether it is there.
struct Fifo {
    _directory: TempDir,
    path: PathBuf,
    reader: File,
}

impl Fifo {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("fifo");
        nix::unistd::mkfifo(&path, Mode::S_IRWXU).expect("a named pipe can be made");
        let mut options = File::options();
        options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
        let reader = options.open(&path).expect("it opens without a writer");
        Self { _directory: directory, path, reader }
    }

    fn wait(&self) {
        let mut fds = [PollFd::new(self.reader.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut fds, PollTimeout::from(20_000_u16)).expect("a pipe can be polled");
        assert_eq!(ready, 1, "nothing came within 20 s");
    }

    /// Waits for the next text.
    fn said(&mut self) -> String {
        self.wait();
        let mut bytes = [0; 100];
        let length = self.reader.read(&mut bytes).expect("a pipe can be read");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    /// Waits until nobody holds the other end.
    fn until_closed(&mut self) {
        while !self.said().is_empty() {}
    }
}

#[test]
fn a_program_that_succeeds_is_no_failure_and_any_other_end_is_one_that_names_it() {
    let arrival = Arrival { signal: Signal::HUP, count: 1, sender: None };
    assert!(run(&["sh", "-c", r#"[ "$FLAGMAN_SIGNAL" = SIGHUP ]"#], &arrival, None).is_ok());
    let bad: [(&[&str], &str); 6] = [
        (&["sh", "-c", "exit 3"], "`sh` exited with status 3"),
        (&["sh", "-c", "kill -KILL $$"], "`sh` was killed by SIGKILL"),
        (&["no-such-program"], "cannot start `no-such-program`: there is no such program"),
        (&["/no/such"], "cannot start `/no/such`: No such file or directory (os error 2)"),
        (&["/etc/passwd"], "cannot start `/etc/passwd`: Permission denied (os error 13)"),
        (&[], "cannot start a program without a name"),
    ];
    for (words, why) in bad {
        assert_eq!(run(words, None, None).unwrap_err().to_string(), why);
    }
}

#[test]
fn at_the_deadline_the_whole_group_is_stopped() {
    let mut fifo = Fifo::new();
    let script = "{ trap '' TERM; echo up; while :; do sleep 1000; done; } >\"$1\" & wait";
    let late = sh(script, &fifo.path, Some(Duration::from_secs(1))).unwrap_err();
    let expected = "`sh` took longer than 1 s and was stopped: it was killed by SIGTERM";
    assert_eq!(late.to_string(), expected);
    assert_eq!(fifo.said(), "up\n");
    fifo.until_closed();
}

#[test]
fn a_program_that_does_not_let_itself_be_stopped_is_killed() {
    let mut fifo = Fifo::new();
    let script = "exec >\"$1\"; trap '' TERM; echo up; sleep 1000 & while :; do wait; done";
    let late = sh(script, &fifo.path, Some(Duration::from_secs(1))).unwrap_err();
    assert!(late.to_string().ends_with("it was killed by SIGKILL"), "{late}");
    fifo.until_closed();
}

#[test]
fn what_a_program_leaves_behind_when_it_ends_by_itself_goes_on() {
    let (mut said, told) = (Fifo::new(), Fifo::new());
    let path = told.path.to_str().expect("the path is text");
    let script = format!("{{ read word; echo \"$word\"; }} <'{path}' >\"$1\" & exit 0");
    sh(&script, &said.path, Some(Duration::from_secs(20))).expect("it succeeds");
    // This end stays open, for the program may open its own only now.
    let mut told = File::create(&told.path).expect("it is there");
    told.write_all(b"word\n").expect("it can be told");
    assert_eq!(said.said(), "word\n");
}

#[test]
fn another_thread_can_end_what_is_running() {
    let mut fifo = Fifo::new();
    let path = fifo.path.clone();
    // What the other tests run meanwhile gets the signal too, and ignores it by default.
    let signal = Signal::from_name("SIGWINCH").expect("it is one");
    let script = "trap 'exit 4' WINCH; echo up >\"$1\"; while :; do sleep 0.01; done";
    let running = std::thread::spawn(move || sh(script, &path, None));
    assert_eq!(fifo.said(), "up\n");
    signal_running(signal);
    let ended = running.join().expect("it does not panic").unwrap_err();
    assert_eq!(ended.to_string(), "`sh` exited with status 4");
}
