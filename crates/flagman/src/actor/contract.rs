//! What the event loop asks of an actor and what it answers.

use flagman_base::Arrival;
use nix::sys::epoll::Epoll;

use super::Stopped;
use crate::decider::Time;
use crate::outcome::{Failure, Outcome};
use crate::pulse::{Doing, Pulse};
use crate::token::Token;

/// Whether what was started has ended already.
pub(crate) enum Progress<T> {
    /// It has, like this.
    Ended(T),
    /// It has not; [`Actor::advance`] will tell.
    Pending,
}

impl<T> Progress<T> {
    /// The same, with `wrap` applied to the result.
    pub(crate) fn map<U>(self, wrap: impl FnOnce(T) -> U) -> Progress<U> {
        match self {
            Self::Ended(ended) => Progress::Ended(wrap(ended)),
            Self::Pending => Progress::Pending,
        }
    }
}

/// What has ended after it was pending.
#[derive(Debug)]
pub(crate) enum Finished {
    SetUp(Result<(), Failure>),
    Ran(Outcome),
    TornDown(Result<(), Failure>),
}

/// What an actor may use of the event loop.
pub(crate) struct Context<'a> {
    /// Where it puts what it waits for, and takes it out again.
    pub(crate) epoll: &'a Epoll,
    /// What its entries there are about.
    pub(crate) token: Token,
    /// The time.
    pub(crate) now: Time,
    /// Whether what runs in a process of its own has been asked to end.
    pub(crate) last_call: bool,
    /// Where it is noted that an action is performed on this thread.
    pub(crate) pulse: &'a Pulse,
}

impl Context<'_> {
    /// Performs part of an action on this thread, and lets the keep-alives know.
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
    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Outcome>;

    /// Tears it down. Nothing is called after that has ended.
    fn tear_down(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>>;

    /// Goes on with what is pending, if it can.
    fn advance(&mut self, context: &Context<'_>) -> Option<Finished>;

    /// Looks at its program, for a child has changed, and tells if that was stopped.
    fn look(&mut self, context: &Context<'_>) -> Option<Stopped>;

    /// When it must be advanced at the latest; `None` while nothing is pending.
    fn deadline(&self) -> Option<Time>;
}
