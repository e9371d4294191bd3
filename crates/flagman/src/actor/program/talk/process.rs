//! The process of an action program: whether it can be spoken to, how long it may take to say hello or
//! to end, and when it may be started again. It knows nothing of what its actions are doing.

use std::time::Duration;

use flagman_base::protocol::{PROTOCOL, ToProgram};

use super::super::restart::{Pause, Restarts};
use super::{Do, ForProcess};
use crate::decider::Time;
use crate::outcome::{Failure, Outcome};

/// How long a program may take to say hello.
const HELLO: Duration = Duration::from_secs(5);
/// How long a program that has closed its socket may take to end, so that its exit status is known.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// Where the process is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is none.
    #[default]
    Gone,
    /// It was started, and has been told hello.
    Greeting { until: Time },
    /// It has said hello.
    Up,
    /// It has closed its socket and is about to end.
    Closing { until: Option<Time> },
}

/// What a hello means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeted {
    /// The process can be asked.
    IsUp,
    /// It is about to end, or has.
    TooLate,
}

/// The process's part of a conversation.
#[derive(Debug, Default)]
pub(super) struct ProcessTalk {
    state: State,
    restarts: Restarts,
}

impl ProcessTalk {
    /// Whether it can be asked something.
    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    pub(super) fn is_gone(&self) -> bool {
        self.state == State::Gone
    }

    /// Whether what it says counts.
    pub(super) fn can_speak(&self) -> bool {
        match self.state {
            State::Greeting { .. } | State::Up => true,
            State::Gone | State::Closing { .. } => false,
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        match self.state {
            State::Greeting { until } => Some(until),
            State::Closing { until } => until,
            State::Gone | State::Up => None,
        }
    }

    pub(super) fn start(&mut self, now: Time) -> Vec<Do> {
        self.state = State::Greeting { until: now + HELLO };
        let flagman = env!("CARGO_PKG_VERSION").to_owned();
        let hello = ToProgram::Hello { protocol: PROTOCOL, flagman };
        vec![ForProcess::Start.into(), ForProcess::Say(hello).into()]
    }

    /// # Errors
    /// It speaks another protocol, or says hello twice.
    pub(super) fn greeted(&mut self, protocol: u32) -> Result<Greeted, Failure> {
        match self.state {
            State::Greeting { .. } if protocol == PROTOCOL => {
                self.state = State::Up;
                Ok(Greeted::IsUp)
            }
            State::Greeting { .. } => {
                let how = format!("it speaks protocol {protocol}; this flagman speaks {PROTOCOL}");
                Err(Failure::Protocol(how))
            }
            State::Up => {
                Err(Failure::Protocol("it said `hello` when that was not asked".to_owned()))
            }
            State::Gone | State::Closing { .. } => Ok(Greeted::TooLate),
        }
    }

    /// It has closed its socket. One that `is_to_end` has its time for that already.
    pub(super) fn closed(&mut self, is_to_end: bool, now: Time) {
        match self.state {
            State::Greeting { .. } | State::Up => {
                let until = (!is_to_end).then_some(now + LAST_BREATH);
                self.state = State::Closing { until };
            }
            State::Gone | State::Closing { .. } => {}
        }
    }

    /// Why it is of no use any more, if its time is over.
    pub(super) fn time_passed(&self, now: Time) -> Option<Failure> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match self.state {
            State::Greeting { .. } => {
                let seconds = HELLO.as_secs();
                Some(Failure::NotStarted(format!("it sent no `hello` within {seconds} s")))
            }
            State::Closing { .. } => {
                Some(Failure::Protocol("it closed its socket and did not end".to_owned()))
            }
            State::Gone | State::Up => None,
        }
    }

    /// There is no process any more.
    pub(super) fn gone(&mut self) {
        self.state = State::Gone;
    }

    /// Whether it may be started again.
    pub(super) fn pause(&self, now: Time) -> Pause {
        self.restarts.pause(now)
    }

    /// A run was completed.
    pub(super) fn completed(&mut self) {
        self.restarts.completed();
    }

    /// It could not be started again, for a run.
    pub(super) fn not_started(&mut self, how: &Failure, now: Time) -> Outcome {
        match self.restarts.failed(now) {
            Some(times) => {
                let reason = format!("It could not be started {times} times in a row: {how}");
                Outcome::Closed { reason }
            }
            None => Outcome::Failed(Failure::NotStarted(format!("cannot start it again: {how}"))),
        }
    }
}
