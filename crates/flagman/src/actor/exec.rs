//! `exec`: runs a program for each signal and waits for it in the event loop.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flagman_action::Arguments;
use flagman_base::process::{Child, Ended, Ladder, Spec, find_startable, spawn};
use flagman_base::{Arrival, Signal};
use nix::errno::Errno;
use nix::sys::epoll::{EpollEvent, EpollFlags};

use super::stops::Stops;
use super::{Actor, Context, Finished, Progress, Stopped};
use crate::decider::Time;
use crate::outcome::{Failure, Late, Outcome, Subject};

/// An action that runs a program and waits for it; a status other than 0 is a failure.
#[derive(Arguments)]
pub(crate) struct ExecArguments {
    command: String,
    #[expect(dead_code, reason = "the words are passed on as they are")]
    argument: Vec<String>,
}

/// An `exec`, set up or not.
pub(crate) struct Exec {
    words: Arc<[String]>,
    spec: Spec<'static>,
    timeout: Option<Duration>,
    running: Option<Running>,
}

/// A program that runs.
struct Running {
    child: Child,
    ladder: Ladder,
    stops: Stops,
}

/// Checks that the program of these words can be started, without starting it.
///
/// # Errors
/// It cannot, for this reason.
pub(crate) fn check(words: &[String]) -> Result<(), String> {
    let arguments = ExecArguments::from_words(words).map_err(|wrong| wrong.to_string())?;
    find(&arguments.command).map(drop)
}

fn find(command: &str) -> Result<PathBuf, String> {
    find_startable(command).map_err(|error| error.to_string())
}

impl Exec {
    /// An `exec` of `words`, each run of which may take `timeout`.
    pub(crate) fn new(words: Arc<[String]>, timeout: Option<Duration>) -> Self {
        // What is to be executed is found at the set-up.
        let mut spec = Spec::new(PathBuf::new(), [""; 0]);
        spec.words = words.iter().map(Into::into).collect();
        Self { words, spec, timeout, running: None }
    }

    fn start(&mut self, arrival: &Arrival, context: &Context<'_>) -> Result<(), Failure> {
        self.spec.arrival = Some(*arrival);
        let child = spawn(&self.spec).map_err(|error| Failure::NotStarted(error.to_string()))?;
        let event = EpollEvent::new(EpollFlags::EPOLLIN, context.token.into());
        if let Err(errno) = context.epoll.add(&child, event) {
            return Err(cannot_watch(child, errno));
        }
        let ladder = Ladder::new(self.timeout, context.now);
        self.running = Some(Running { child, ladder, stops: Stops::default() });
        Ok(())
    }

    fn outcome(&self, ended: Ended, ladder: Ladder, stops: Stops) -> Outcome {
        let what = Subject::Program(self.words.first().cloned().unwrap_or_default());
        if ladder.is_out_of_time() {
            let limit = self.timeout.unwrap_or_default();
            let late = Late { what, limit, ended: Some(ended), stopped: stops.by() };
            return Outcome::Failed(Failure::OutOfTime(late));
        }
        match ended {
            Ended::Exited(0) => Outcome::Done,
            ended => Outcome::Failed(Failure::Crashed { what, ended }),
        }
    }
}

/// A child that cannot be awaited must not go on unseen.
fn cannot_watch(mut child: Child, errno: Errno) -> Failure {
    // It may have ended already.
    let _ = child.signal_group(Signal::KILL);
    child.wait();
    let error = io::Error::from(errno);
    Failure::NotStarted(format!(
        "its program was started, and was killed at once: cannot wait for it: {error}"
    ))
}

impl Running {
    /// How it ended, if it has; then it is reaped, and what it leaves behind is killed if it was
    /// stopped.
    fn ended(&mut self, context: &Context<'_>) -> Option<Ended> {
        let ended = self.child.ended()?;
        if context.last_call || self.ladder.is_out_of_time() {
            // What is left in the group may have gone meanwhile.
            let _ = self.child.signal_group(Signal::KILL);
        }
        // It is closed with the child; that it is taken out here only spares a wake-up.
        let _ = context.epoll.delete(&self.child);
        self.child.try_wait().or(Some(ended))
    }

    fn climb(&mut self, now: Time) {
        let Some(signal) = self.ladder.climb(now) else { return };
        self.stops.asked_to_end();
        if let Err(error) = self.child.signal_group(signal) {
            log::error!(target: crate::log::CORE, "cannot send {signal} to a program: {error}");
        }
    }
}

impl Actor for Exec {
    fn set_up(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        let command = self.words.first().map(String::as_str).unwrap_or_default();
        let found = find(command).map(|program| self.spec.program = program);
        Progress::Ended(found.map_err(Failure::NotStarted))
    }

    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Finished> {
        match self.start(arrival, context) {
            Ok(()) => Progress::Pending,
            Err(failure) => Progress::Ended(Finished::Ran(Outcome::Failed(failure))),
        }
    }

    fn tear_down(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        Progress::Ended(Ok(()))
    }

    fn advance(&mut self, context: &Context<'_>) -> Option<Finished> {
        let running = self.running.as_mut()?;
        let Some(ended) = running.ended(context) else {
            running.climb(context.now);
            return None;
        };
        let (ladder, stops) = (running.ladder, running.stops);
        self.running = None;
        Some(Finished::Ran(self.outcome(ended, ladder, stops)))
    }

    fn look(&mut self, context: &Context<'_>) -> Option<Stopped> {
        // What has been asked to end was continued for that.
        let running = self.running.as_mut().filter(|_| !context.last_call)?;
        running.stops.look(&running.child)
    }

    fn limit(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    fn deadline(&self) -> Option<Time> {
        self.running.as_ref()?.ladder.deadline()
    }
}
