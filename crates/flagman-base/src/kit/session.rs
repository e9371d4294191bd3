//! Makes the action do what flagman says, and sends the answers.
//!
//! It is total: every message, in any order, is either answered or ignored. The action is torn down
//! exactly once, when flagman says so or when flagman is gone.

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;

use super::connection::{Connection, Incoming, shortened};
use super::watch::EndSeen;
use crate::failure::guarded;
use crate::protocol::{FromProgram, LineBuffer, LineError, PROTOCOL, ToProgram};
use crate::{Action, Arguments, Arrival, Completion, Error, output};

pub(super) struct Session<A> {
    connection: Arc<Connection>,
    action: Option<A>,
}

impl<A: Action> Session<A> {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection, action: None }
    }

    /// Serves until the action is torn down. Blocks.
    pub(super) fn run(mut self, end: &EndSeen) -> ExitCode {
        let mut buffer = LineBuffer::default();
        while self.connection.hear(&mut buffer) == Incoming::Something {
            while let Some(line) = buffer.next_line() {
                if self.hear(line).is_break() {
                    return ExitCode::SUCCESS;
                }
            }
        }
        end.tell();
        self.tear_down();
        ExitCode::SUCCESS
    }

    fn hear(&mut self, line: Result<&str, LineError>) -> ControlFlow<()> {
        match line {
            Ok(line) => match ToProgram::decode(line) {
                Ok(message) => return self.answer(message),
                Err(malformed) => log::warn!("cannot understand flagman: {malformed}"),
            },
            Err(error) => {
                log::error!("cannot understand flagman, so the action ends: {error}");
                self.tear_down();
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn answer(&mut self, message: ToProgram) -> ControlFlow<()> {
        let answer = match message {
            ToProgram::Hello { .. } => FromProgram::Hello { protocol: PROTOCOL },
            ToProgram::SetUp { arguments } => self.set_up(&arguments),
            ToProgram::Run { id, arrival } => self.perform(id, &arrival),
            ToProgram::TearDown => {
                self.tear_down();
                self.connection.say(&FromProgram::Gone);
                return ControlFlow::Break(());
            }
            ToProgram::Unknown(_) => return ControlFlow::Continue(()),
        };
        self.connection.say(&answer);
        ControlFlow::Continue(())
    }

    fn set_up(&mut self, words: &[String]) -> FromProgram {
        if self.action.is_some() {
            return failed(None, "it is set up already".to_owned());
        }
        match guarded(|| from_words(words)) {
            Ok(action) => {
                self.action = Some(action);
                FromProgram::Ready
            }
            Err(why) => failed(None, why.to_string()),
        }
    }

    fn perform(&mut self, id: u64, arrival: &Arrival) -> FromProgram {
        let Some(action) = &mut self.action else {
            return failed(Some(id), "it is not set up".to_owned());
        };
        match guarded(|| action.run(arrival)) {
            Ok(Completion::Done) => FromProgram::Done { id },
            Ok(Completion::Closed(reason)) => FromProgram::Closed { id, reason: shortened(reason) },
            Err(why) => failed(Some(id), why.to_string()),
        }
    }

    fn tear_down(&mut self) {
        let torn_down = self.action.take().map(|action| guarded(|| action.tear_down()));
        if let Some(Err(why)) = torn_down {
            log::error!("the tear-down failed: {why}");
        }
        // On exit the standard library does not wait for room, so flush here.
        if let Err(error) = output::flush() {
            log::error!("cannot print the last part of its output: {error}");
        }
    }
}

fn from_words<A: Action>(words: &[String]) -> Result<A, Error> {
    let arguments = A::Arguments::from_words(words)?;
    A::check(&arguments)?;
    A::set_up(arguments)
}

fn failed(id: Option<u64>, why: String) -> FromProgram {
    FromProgram::Failed { id, message: shortened(why) }
}
