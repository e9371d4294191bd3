//! `exec`: runs a program for each signal and waits for it in the event loop.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use flagman_action::Arguments;
use flagman_base::process::{Child, Ended, Spec, find_in_path, spawn};
use flagman_base::{Arrival, Completion, Seconds, Signal};
use nix::errno::Errno;
use nix::sys::epoll::{EpollEvent, EpollFlags};

use super::{Actor, Context, Finished, Progress};
use crate::decider::Time;

/// From SIGTERM to SIGKILL for a program that is out of time.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// An action that runs a program and waits for it; a status other than 0 is a failure.
#[derive(Arguments)]
pub(crate) struct ExecArguments {
    command: String,
    #[expect(dead_code, reason = "the words are passed on as they are")]
    argument: Vec<String>,
}

/// An `exec`, set up or not.
pub(crate) struct Exec {
    words: Vec<String>,
    spec: Spec<'static>,
    timeout: Option<Duration>,
    running: Option<Running>,
}

/// A program that runs.
struct Running {
    child: Child,
    limit: Limit,
}

/// How long it may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// As long as it likes.
    None,
    /// Until then.
    Until(Time),
    /// It was out of time and has got SIGTERM; then it gets SIGKILL.
    Terminated(Time),
    /// It has got SIGKILL.
    Killed,
}

/// Says whether the program of these words can be found.
///
/// # Errors
/// It cannot.
pub(crate) fn check(words: &[String]) -> Result<(), String> {
    let arguments = ExecArguments::from_words(words).map_err(|wrong| wrong.to_string())?;
    find(&arguments.command).map(drop)
}

fn find(command: &str) -> Result<PathBuf, String> {
    find_in_path(OsStr::new(command)).ok_or_else(|| format!("there is no program `{command}`"))
}

impl Exec {
    /// An `exec` of `words`, each run of which may take `timeout`.
    pub(crate) fn new(words: Vec<String>, timeout: Option<Duration>) -> Self {
        // What is to be executed is found at the set-up.
        let mut spec = Spec::new(PathBuf::new(), [""; 0]);
        spec.words = words.iter().map(Into::into).collect();
        Self { words, spec, timeout, running: None }
    }

    fn start(&mut self, arrival: &Arrival, context: &Context<'_>) -> Result<(), String> {
        self.spec.arrival = Some(*arrival);
        let child = spawn(&self.spec).map_err(|error| error.to_string())?;
        let event = EpollEvent::new(EpollFlags::EPOLLIN, context.token);
        if let Err(errno) = context.epoll.add(&child, event) {
            return Err(cannot_watch(child, errno));
        }
        let limit = self.timeout.map_or(Limit::None, |timeout| Limit::Until(context.now + timeout));
        self.running = Some(Running { child, limit });
        Ok(())
    }

    fn outcome(&self, ended: Ended, limit: Limit) -> Result<Completion, String> {
        let command = self.words.first().map(String::as_str).unwrap_or_default();
        let seconds = Seconds(self.timeout.unwrap_or_default());
        match (ended, limit) {
            (_, Limit::Terminated(_) | Limit::Killed) => {
                Err(format!("`{command}` ran out of time ({seconds} s): it {ended}"))
            }
            (Ended::Exited(0), Limit::None | Limit::Until(_)) => Ok(Completion::Done),
            (_, Limit::None | Limit::Until(_)) => Err(format!("`{command}` {ended}")),
        }
    }
}

/// A child that cannot be awaited must not go on unseen.
fn cannot_watch(mut child: Child, errno: Errno) -> String {
    // It may have ended already.
    let _ = child.signal_group(Signal::KILL);
    child.wait();
    format!("cannot wait for a program: {}", io::Error::from(errno))
}

impl Running {
    /// How it ended, if it has; then it is reaped, and what it leaves behind is killed if it was
    /// stopped.
    fn ended(&mut self, context: &Context<'_>) -> Option<Ended> {
        let ended = self.child.ended()?;
        if context.last_call || matches!(self.limit, Limit::Terminated(_) | Limit::Killed) {
            // What is left in the group may have gone meanwhile.
            let _ = self.child.signal_group(Signal::KILL);
        }
        // It is closed with the child; that it is taken out here only spares a wake-up.
        let _ = context.epoll.delete(&self.child);
        self.child.try_wait().or(Some(ended))
    }

    fn enforce_limit(&mut self, now: Time) {
        let (signal, next) = match self.limit {
            Limit::Until(then) if now >= then => {
                (Signal::TERM, Limit::Terminated(now + LAST_WORDS))
            }
            Limit::Terminated(then) if now >= then => (Signal::KILL, Limit::Killed),
            Limit::None | Limit::Until(_) | Limit::Terminated(_) | Limit::Killed => return,
        };
        if let Err(error) = self.child.signal_group(signal) {
            log::error!(target: crate::log::CORE, "cannot send {signal} to a program: {error}");
        }
        self.limit = next;
    }
}

impl Actor for Exec {
    fn set_up(&mut self, _: &Context<'_>) -> Progress<Result<(), String>> {
        let command = self.words.first().map(String::as_str).unwrap_or_default();
        Progress::Ended(find(command).map(|program| self.spec.program = program))
    }

    fn run(
        &mut self,
        arrival: &Arrival,
        context: &Context<'_>,
    ) -> Progress<Result<Completion, String>> {
        match self.start(arrival, context) {
            Ok(()) => Progress::Pending,
            Err(error) => Progress::Ended(Err(error)),
        }
    }

    fn tear_down(&mut self, _: &Context<'_>) -> Progress<Result<(), String>> {
        Progress::Ended(Ok(()))
    }

    fn advance(&mut self, context: &Context<'_>) -> Option<Finished> {
        let running = self.running.as_mut()?;
        let Some(ended) = running.ended(context) else {
            running.enforce_limit(context.now);
            return None;
        };
        let limit = running.limit;
        self.running = None;
        Some(Finished::Ran(self.outcome(ended, limit)))
    }

    fn deadline(&self) -> Option<Time> {
        match self.running.as_ref()?.limit {
            Limit::Until(then) | Limit::Terminated(then) => Some(then),
            Limit::None | Limit::Killed => None,
        }
    }
}
