//! What the event loop asks of an actor, and what the actor answers.

use std::time::Duration;

use flagman_base::Arrival;
use nix::sys::epoll::Epoll;

use super::Stopped;
use crate::decider::Time;
use crate::outcome::{Failure, Outcome};
use crate::pulse::{Doing, Pulse};
use crate::token::Token;

/// Whether a step has already ended.
pub(crate) enum Progress<T> {
    /// It has, with this result.
    Ended(T),
    /// It has not; [`Actor::advance`] will return the result.
    Pending,
}

impl<T> Progress<T> {
    /// The same, with the result converted by `wrap`.
    pub(crate) fn map<U>(self, wrap: impl FnOnce(T) -> U) -> Progress<U> {
        match self {
            Self::Ended(ended) => Progress::Ended(wrap(ended)),
            Self::Pending => Progress::Pending,
        }
    }
}

/// A step that has ended, with its result.
#[derive(Debug)]
pub(crate) enum Finished {
    SetUp(Result<(), Failure>),
    Ran(Outcome),
    TornDown(Result<(), Failure>),
    /// A run asks for the plan to be read again. It ends when that is carried out.
    WantsReload,
}

/// What an actor may use of the event loop.
pub(crate) struct Context<'a> {
    /// The epoll to which it adds what it waits for, and from which it removes that again.
    pub(crate) epoll: &'a Epoll,
    /// The token of its entries there.
    pub(crate) token: Token,
    /// The current time.
    pub(crate) now: Time,
    /// Whether actions in processes of their own have been asked to end.
    pub(crate) last_call: bool,
    /// Where it records that an action runs on this thread.
    pub(crate) pulse: &'a Pulse,
}

impl Context<'_> {
    /// Runs part of an action on this thread, and records that for the watchdog.
    pub(super) fn act<T>(&self, act: impl FnOnce() -> T) -> T {
        self.pulse.set(Doing::Acting(self.now));
        let result = act();
        self.pulse.set(Doing::Waiting);
        result
    }
}

/// An action's life, as the event loop sees it.
pub(crate) trait Actor {
    /// Sets the action up.
    fn set_up(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>>;

    /// Runs it for `arrival`.
    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Finished>;

    /// Tears it down. Nothing is called once that has ended.
    fn tear_down(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>>;

    /// Continues with the pending step, if it can.
    fn advance(&mut self, context: &Context<'_>) -> Option<Finished>;

    /// Looks at its program, for a child has changed, and tells if that was stopped.
    fn look(&mut self, context: &Context<'_>) -> Option<Stopped>;

    /// Limits each run from now on, if it can: an action in this process cannot be stopped.
    fn limit(&mut self, timeout: Option<Duration>);

    /// Reaps what it has killed, as far as that has died, and says whether nothing is left to reap. Called
    /// after its tear-down.
    fn is_reaped(&mut self) -> bool {
        true
    }

    /// When it must be advanced at the latest; `None` while nothing is pending.
    fn deadline(&self) -> Option<Time>;
}
