//! The process of an action program: whether it accepts messages, how long it may take to send `hello`
//! or to end, and when it may be restarted. It does not know what its action is doing.

use std::time::Duration;

use flagman_base::protocol::{PROTOCOL, ToProgram};

use super::super::restart::{Pause, Restarts};
use super::{Do, ForProcess};
use crate::decider::Time;
use crate::outcome::{Failure, Outcome};

/// How long a program may take to send `hello`.
const HELLO: Duration = Duration::from_secs(5);
/// How long flagman waits for the exit status of a program that has closed its socket.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// The state of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is no process.
    #[default]
    Gone,
    /// It was started, and flagman has sent `hello`.
    Greeting { until: Time },
    /// It has sent `hello`.
    Up,
    /// It has closed its socket and is about to end.
    Closing { until: Option<Time> },
}

/// The effect of a `hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeted {
    /// The process is ready for requests.
    IsUp,
    /// The process is about to end, or has ended.
    TooLate,
}

/// The process's part of a conversation.
#[derive(Debug, Default)]
pub(super) struct ProcessTalk {
    state: State,
    restarts: Restarts,
}

impl ProcessTalk {
    /// Whether it is ready for requests.
    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    pub(super) fn is_gone(&self) -> bool {
        self.state == State::Gone
    }

    /// Whether its messages count.
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
    /// It speaks another protocol version, or sends `hello` twice.
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
            State::Up => Err(Failure::Protocol("it sent an unexpected `hello`".to_owned())),
            State::Gone | State::Closing { .. } => Ok(Greeted::TooLate),
        }
    }

    /// It has closed its socket. A process that `is_to_end` has a deadline already.
    pub(super) fn closed(&mut self, is_to_end: bool, now: Time) {
        match self.state {
            State::Greeting { .. } | State::Up => {
                let until = (!is_to_end).then_some(now + LAST_BREATH);
                self.state = State::Closing { until };
            }
            State::Gone | State::Closing { .. } => {}
        }
    }

    /// Why it can no longer be used, if its deadline has passed.
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
                Some(Failure::Protocol("it closed its socket but did not end".to_owned()))
            }
            State::Gone | State::Up => None,
        }
    }

    /// The process is gone.
    pub(super) fn gone(&mut self) {
        self.state = State::Gone;
    }

    /// Whether it may be restarted.
    pub(super) fn pause(&self, now: Time) -> Pause {
        self.restarts.pause(now)
    }

    /// A run was completed.
    pub(super) fn completed(&mut self) {
        self.restarts.completed();
    }

    /// It could not be restarted for a run.
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
