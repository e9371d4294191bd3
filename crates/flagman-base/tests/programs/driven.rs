//! An action program that a test drives over its socket.

use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use flagman_base::process::{
    Child, Ended, Mask, Spec, find_in_path, note_inherited_signals, spawn,
};
use flagman_base::{Arrival, Sender, Signal};
use flagman_sys::SignalSet;
use flagman_test::{LIMIT, queue_signal, until_ready};

/// An action program and our end of its socket.
pub(crate) struct Driven {
    child: Child,
    socket: BufReader<UnixStream>,
}

/// A template from the repository's `examples/`. It needs `interpreter`.
pub(crate) fn template(path: &str, interpreter: &str) -> PathBuf {
    assert!(find_in_path(interpreter).is_ok(), "this test needs {interpreter}; install it");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(path)
}

/// Calls a program as a person or `--list` does, and returns its output.
pub(crate) fn call(program: &PathBuf, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).env_remove("FLAGMAN_ACTION_FD").stdin(Stdio::null());
    command.output().expect("it can be called")
}

/// Has programs started as flagman starts them: with its signals blocked.
pub(crate) fn hold_signals() {
    let held = Signal::with_actions().map(Signal::number).collect();
    // Only the first test's call counts, and all say the same.
    note_inherited_signals(SignalSet::empty(), held);
}

impl Driven {
    /// Starts a program as flagman does, and says hello.
    pub(crate) fn start(program: PathBuf) -> Self {
        Self::with(program, &["serve".to_owned()])
    }

    /// Like [`start`](Self::start), with words of its own.
    pub(crate) fn with(program: PathBuf, words: &[String]) -> Self {
        Self::printing(program, words, std::io::stdout().as_fd())
    }

    /// The same, with `output` as its standard output.
    pub(crate) fn printing(program: PathBuf, words: &[String], output: BorrowedFd<'_>) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        ours.set_read_timeout(Some(LIMIT)).expect("it can be limited");
        hold_signals();
        let mut spec = Spec::new(program, words);
        spec.channel = Some(theirs.as_fd());
        spec.output = Some(output);
        spec.mask = Mask::Held;
        let child = spawn(&spec).expect("it starts");
        let mut driven = Self { child, socket: BufReader::new(ours) };
        driven.say(r#"{"hello":{"protocol":1,"flagman":"0.1.0"}}"#);
        assert_eq!(driven.hear(), r#"{"hello":{"protocol":1}}"#);
        driven
    }

    /// Starts it and sets it up.
    pub(crate) fn set_up(program: PathBuf, arguments: &str) -> Self {
        let mut driven = Self::start(program);
        driven.say(&format!(r#"{{"set_up":{{"arguments":{arguments}}}}}"#));
        assert_eq!(driven.hear(), r#"{"ready":{}}"#);
        driven
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.say_bytes(format!("{line}\n").as_bytes());
    }

    pub(crate) fn say_bytes(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).expect("it takes lines");
    }

    /// The next line; empty if it has closed the socket.
    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.socket.read_line(&mut line).expect("it says something");
        line.trim_end().to_owned()
    }

    /// Tells it that a signal has arrived.
    pub(crate) fn run(&mut self, id: u64) {
        let sender = Sender::new(7, 0);
        self.run_for(id, Arrival::new(Signal::USR1).times(2).sent_by(sender));
    }

    /// Tells it what has arrived.
    pub(crate) fn run_for(&mut self, id: u64, arrival: Arrival) {
        let run = flagman_base::protocol::ToProgram::Run { id, arrival };
        self.say(run.encode().expect("it is short").trim_end());
    }

    /// Sends it each of the signals that flagman may hold back.
    pub(crate) fn send_all_signals(&self) {
        for signal in Signal::with_actions() {
            queue_signal(self.child.pid(), signal.number(), 5).expect("it can be signalled");
        }
    }

    /// Tears it down and checks that it exits successfully.
    pub(crate) fn tear_down(mut self) {
        self.say(r#"{"tear_down":{}}"#);
        assert_eq!(self.hear(), r#"{"gone":{}}"#);
        assert_eq!(self.ended(), Ended::Exited(0));
    }

    /// Closes our end, as happens when flagman is killed, and returns how the program ended.
    pub(crate) fn abandon(mut self) -> Ended {
        self.socket.get_mut().shutdown(Shutdown::Both).expect("it can be closed");
        self.ended()
    }

    /// The same when it has sent something that flagman does not read any more. Then the end of the socket
    /// is an error, ECONNRESET (unix(7)).
    pub(crate) fn abandon_unheard(mut self) -> Ended {
        until_ready(self.socket.get_ref(), "it says nothing");
        let (another, _) = UnixStream::pair().expect("a pair of sockets");
        self.socket = BufReader::new(another);
        self.ended()
    }

    fn ended(&mut self) -> Ended {
        until_ended(&mut self.child)
    }
}

/// Waits for a child to end and reaps it.
pub(crate) fn until_ended(child: &mut Child) -> Ended {
    until_ready(child, "it did not end");
    child.try_wait().expect("it has ended")
}

impl Drop for Driven {
    fn drop(&mut self) {
        // A failed test leaves it running; otherwise there is nothing to kill.
        let _ = self.child.signal_group(Signal::KILL);
    }
}
