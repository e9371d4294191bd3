//! Makes an action program of an [`Action`]: the side of the protocol that the program speaks.
//!
//! The modules stand in the order in which a message travels: over the connection, to the session
//! that has the action do what it is told; beside them the log, and the watch that ends the program
//! when flagman is gone.

mod connection;

mod session;

mod log;

mod watch;

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;

use flagman_sys::SignalSet;

use crate::protocol::Description;
use crate::{Action, Arguments, failure, is_valid_name, output, process};
use connection::Connection;
use session::Session;

/// Is the whole `main` of an action program, which flagman starts under the name
/// `flagman-action-NAME`. It must be its first statement: signals are held back from there on, in
/// this thread and those that it starts.
///
/// Called with the word `describe`, it prints what the action declares. Called with `serve`, it
/// blocks and does what flagman says until the action is torn down or flagman is gone. Called in any
/// other way, as a person does, it says what the program is for and gives the exit status 2.
///
/// While it serves, what the action says by the `log` crate goes to flagman's log; a panic in the
/// action is a failure of that run; and SIGTERM to this process is passed on to what
/// [`process::run`] waits for.
///
/// ```no_run
/// use std::process::ExitCode;
/// use flagman_action::{Action, Arguments, Arrival, Completion, Error, print_line};
///
/// /// Says hello for each signal.
/// #[derive(Arguments)]
/// struct Hello {
///     name: String,
/// }
///
/// impl Action for Hello {
///     const NAME: &'static str = "hello";
///     type Arguments = Self;
///
///     fn set_up(arguments: Self) -> Result<Self, Error> {
///         Ok(arguments)
///     }
///
///     fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
///         print_line(format_args!("Hello, {}!", self.name))?;
///         Ok(Completion::Done)
///     }
/// }
///
/// fn main() -> ExitCode {
///     flagman_action::serve::<Hello>()
/// }
/// ```
#[must_use]
pub fn serve<A: Action>() -> ExitCode {
    const {
        assert!(is_valid_name(A::NAME), "an action's name must be [a-z0-9_-]+");
    }
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.as_slice() {
        [word] if word == "describe" => describe::<A>(),
        [word] if word == "serve" => match Connection::from_flagman() {
            Some(connection) => converse::<A>(connection),
            None => explain::<A>(),
        },
        _ => explain::<A>(),
    }
}

fn describe<A: Action>() -> ExitCode {
    let Ok(line) = Description::of::<A::Arguments>().encode() else {
        return ExitCode::FAILURE;
    };
    match output::print(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// For a person who has called the program by hand.
fn explain<A: Action>() -> ExitCode {
    let name = A::NAME;
    let words = A::Arguments::DECLARED.iter().map(|declared| format!(" {}", declared.name));
    let words: String = words.collect();
    let text = format!(
        "This program is the action `{name}`, which flagman starts: install it as \
         `flagman-action-{name}` in a directory of --action-dir, FLAGMAN_ACTION_PATH or PATH, and \
         call `flagman --usr1 {name}{words}`\n"
    );
    // Whoever has closed standard error does not want to know.
    let _ = output::write_some(io::stderr().as_fd(), text.as_bytes());
    ExitCode::from(2)
}

fn converse<A: Action>(connection: Connection) -> ExitCode {
    let connection = Arc::new(connection);
    failure::install();
    log::install::<A>(&connection);
    match prepare(&connection) {
        Ok(end) => Session::<A>::new(connection).run(&end),
        Err(error) => {
            ::log::error!("cannot prepare to serve: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Keeps signals from ending the program, which is told what to do by its connection. flagman has
/// started it with its own signals blocked, whichever these are: they stay blocked here, and nothing
/// is blocked in what this program starts.
fn prepare(connection: &Arc<Connection>) -> io::Result<watch::EndSeen> {
    // The watch reads it, whoever has started this program.
    let terminate = SignalSet::from_iter([libc::SIGTERM]);
    terminate.block()?;
    process::note_inherited_signals(SignalSet::empty(), SignalSet::blocked_here()?);
    // A file at its size limit fails a run, here as in flagman's own process.
    flagman_sys::ignore(libc::SIGXFSZ)?;
    watch::spawn(Arc::clone(connection))
}
