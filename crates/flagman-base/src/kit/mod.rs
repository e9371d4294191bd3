//! Turns an [`Action`] into an action program: the program's side of the protocol.
//!
//! The modules are listed in the order in which a message travels: the connection, then the session
//! that makes the action do what the message says. Beside them are the log, and the watch that ends the
//! program when flagman is gone.

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

/// The whole `main` of an action program, which flagman starts under the name `flagman-action-NAME`. It
/// must be the first statement of `main`: it blocks signals in this thread and in the threads that this
/// thread starts later.
///
/// With the word `describe`, it prints what the action declares. With the word `serve`, it blocks and
/// follows flagman's messages until the action is torn down or flagman is gone. Called in any other way,
/// for example by hand, it prints what the program is for and returns exit status 2.
///
/// While it serves, records of the `log` crate go to flagman's log. A panic in the action fails that
/// run. SIGTERM to this process is passed on to the program that [`process::run`] waits for.
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

/// Explains the program to a person who has started it by hand.
fn explain<A: Action>() -> ExitCode {
    let name = A::NAME;
    let words = A::Arguments::DECLARED.iter().map(|declared| format!(" {}", declared.name));
    let words: String = words.collect();
    let text = format!(
        "This program is the action `{name}`, which flagman starts: install it as \
         `flagman-action-{name}` in a directory of --action-dir, FLAGMAN_ACTION_PATH or PATH, and \
         call `flagman --usr1 {name}{words}`\n"
    );
    // If standard error is closed, there is nobody to tell.
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

/// Keeps signals from ending the program: the connection tells it what to do. flagman has started it
/// with flagman's own signals blocked, whichever those are. They stay blocked here. Programs that this
/// one starts have no signal blocked.
fn prepare(connection: &Arc<Connection>) -> io::Result<watch::EndSeen> {
    // Block SIGTERM whoever started this program: the watch reads it.
    let terminate = SignalSet::from_iter([libc::SIGTERM]);
    terminate.block()?;
    process::note_inherited_signals(SignalSet::empty(), SignalSet::blocked_here()?);
    // Without this, SIGXFSZ would kill the program. Now writing past the file size limit fails the run
    // instead, as in flagman's own process.
    flagman_sys::ignore(libc::SIGXFSZ)?;
    watch::spawn(Arc::clone(connection))
}
