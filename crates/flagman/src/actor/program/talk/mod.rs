//! The conversation with an action program, without I/O: what to send to it and when, how long it may
//! take to answer, and what to do if it is silent, sends nonsense or dies.
//!
//! [`Talk`] is told what happened and answers with what must be done. It is total: whatever a program
//! does wrong, at any time, is a failure of that action alone. The state of the process (`process`)
//! and the state of the action that it serves (`action`) are kept apart; this file connects them.

mod action;

mod process;

use std::sync::Arc;
use std::time::Duration;

use flagman_base::Arrival;
use flagman_base::process::Ended;
use flagman_base::protocol::{FromProgram, Level, ToProgram};

use super::restart::Pause;
use crate::actor::Finished;
use crate::decider::Time;
use crate::outcome::{Failure, Outcome, Subject};
use crate::report::Took;
use action::{ActionTalk, Answer, Need};
use process::ProcessTalk;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Heard {
    /// The action must be set up, run or torn down.
    Asked(Ask),
    /// The program said this.
    Said(FromProgram),
    /// The program could not be started, or sent something that cannot be understood.
    Broke(Failure),
    /// The program has closed its socket.
    Closed,
    /// The program has ended.
    Ended(Ended),
    /// Time has passed.
    TimePassed,
}

/// What is asked of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    SetUp,
    Run(Arrival),
    TearDown,
}

/// What must be done.
#[derive(Debug)]
pub(super) enum Do {
    /// Something with the process.
    Process(ForProcess),
    /// Something for the action.
    Action(ForAction),
}

/// What must be done with the process.
#[derive(Debug)]
pub(super) enum ForProcess {
    /// Start it. If that fails, [`Talk`] is told that it broke.
    Start,
    /// Say this to it.
    Say(ToProgram),
    /// Send SIGTERM to its group.
    Terminate,
    /// Kill its group, reap it and forget it.
    Discard,
}

/// What must be done for the action.
#[derive(Debug)]
pub(super) enum ForAction {
    /// Log a warning.
    Warn(String),
    /// Log a line from the program.
    Log { level: Level, message: String },
    /// Tell the stage.
    Finish(Finished),
}

impl From<ForProcess> for Do {
    fn from(what: ForProcess) -> Self {
        Self::Process(what)
    }
}

impl From<ForAction> for Do {
    fn from(what: ForAction) -> Self {
        Self::Action(what)
    }
}

/// A conversation; see the module.
#[derive(Debug)]
pub(super) struct Talk {
    process: ProcessTalk,
    action: ActionTalk,
}

impl Talk {
    /// A conversation that has not begun. `arguments` are the words for the set-up, and `timeout` limits
    /// each run.
    pub(super) fn new(arguments: Arc<[String]>, timeout: Option<Duration>) -> Self {
        Self { process: ProcessTalk::default(), action: ActionTalk::new(arguments, timeout) }
    }

    /// Limits each run that starts from now on.
    pub(super) fn limit(&mut self, timeout: Option<Duration>) {
        self.action.limit(timeout);
    }

    /// When [`Heard::TimePassed`] must be passed to [`hear`](Self::hear).
    pub(super) fn deadline(&self) -> Option<Time> {
        [self.process.deadline(), self.action.deadline()].into_iter().flatten().min()
    }

    /// What must be done, in order, after this has happened.
    pub(super) fn hear(&mut self, heard: Heard, now: Time) -> Vec<Do> {
        match heard {
            Heard::Asked(Ask::SetUp) => self.asked_to_set_up(now),
            Heard::Asked(Ask::Run(arrival)) => self.asked_to_run(arrival, now),
            Heard::Asked(Ask::TearDown) => self.action.tear_down(self.process.is_up(), now),
            Heard::Said(said) => self.said(said, now),
            Heard::Broke(how) => self.lost(how, now),
            Heard::Closed => {
                self.process.closed(self.action.is_to_end(), now);
                Vec::new()
            }
            Heard::Ended(ended) => self.ended(ended, now),
            Heard::TimePassed => self.time_passed(now),
        }
    }

    fn asked_to_set_up(&mut self, now: Time) -> Vec<Do> {
        match self.action.need(Need::SetUp) {
            Ok(()) => self.process.start(now),
            Err(all) => all,
        }
    }

    fn asked_to_run(&mut self, arrival: Arrival, now: Time) -> Vec<Do> {
        match self.action.run(arrival, self.process.is_up(), now) {
            action::Begun::Here(all) => all,
            action::Begun::NeedsProcess => self.restart(arrival, now),
        }
    }

    fn restart(&mut self, arrival: Arrival, now: Time) -> Vec<Do> {
        match self.process.pause(now) {
            Pause::Over => {
                let warning = "starting it again; its state is lost".to_owned();
                let mut all = vec![ForAction::Warn(warning).into()];
                match self.action.need(Need::Run(arrival)) {
                    Ok(()) => all.extend(self.process.start(now)),
                    Err(refused) => all.extend(refused),
                }
                all
            }
            Pause::Until(then) => {
                let wait = Took(then.saturating_sub(now));
                let why = format!("it could not be started; the next try is in {wait}");
                vec![ran(Outcome::Failed(Failure::NotStarted(why)))]
            }
        }
    }

    fn said(&mut self, said: FromProgram, now: Time) -> Vec<Do> {
        let answer = match said {
            FromProgram::Log { level, message } => {
                return vec![ForAction::Log { level, message }.into()];
            }
            FromProgram::Unknown(_) => return Vec::new(),
            FromProgram::Hello { protocol } => return self.greeted(protocol, now),
            FromProgram::Ready => Answer::Ready,
            FromProgram::Failed { id: None, message } => Answer::NotReady(message),
            FromProgram::Failed { id: Some(id), message } => {
                Answer::Ran(id, Outcome::Failed(Failure::Error(message)))
            }
            FromProgram::Done { id } => Answer::Ran(id, Outcome::Done),
            FromProgram::Closed { id, reason } => Answer::Ran(id, Outcome::Closed { reason }),
            FromProgram::Gone => Answer::Gone,
        };
        if !self.process.can_speak() {
            return Vec::new();
        }
        let name = answer.name();
        match self.action.answered(answer, now) {
            Ok(action::Answered::Nothing) => Vec::new(),
            Ok(action::Answered::Do(all)) => all,
            Ok(action::Answered::Ran(outcome)) => {
                self.process.completed();
                vec![ran(outcome)]
            }
            Err(action::Refused::NotReady(message)) => self.lost(Failure::Error(message), now),
            Err(action::Refused::Unasked) => {
                let how = format!("it sent an unexpected `{name}`");
                self.lost(Failure::Protocol(how), now)
            }
            Err(action::Refused::WrongRun { answered, asked }) => {
                let how = format!("it answered run {answered} instead of run {asked}");
                self.lost(Failure::Protocol(how), now)
            }
        }
    }

    fn greeted(&mut self, protocol: u32, now: Time) -> Vec<Do> {
        match self.process.greeted(protocol) {
            Ok(process::Greeted::IsUp) => self.action.process_is_up(now),
            Ok(process::Greeted::TooLate) => Vec::new(),
            Err(how) => self.lost(how, now),
        }
    }

    fn time_passed(&mut self, now: Time) -> Vec<Do> {
        if let Some(how) = self.process.time_passed(now) {
            return self.lost(how, now);
        }
        match self.action.time_passed(now) {
            action::Due::Nothing => Vec::new(),
            action::Due::Terminate => vec![ForProcess::Terminate.into()],
            action::Due::Lost(how) => self.lost(how, now),
        }
    }

    fn ended(&mut self, ended: Ended, now: Time) -> Vec<Do> {
        if ended == Ended::Exited(0)
            && let Some(all) = self.action.process_has_left()
        {
            self.process.gone();
            return all;
        }
        self.lost(Failure::Crashed { what: Subject::It, ended }, now)
    }

    /// The process can no longer be used. Whatever was asked of the action fails with `how`.
    fn lost(&mut self, how: Failure, now: Time) -> Vec<Do> {
        if self.process.is_gone() {
            return Vec::new();
        }
        self.process.gone();
        let mut all = vec![ForProcess::Discard.into()];
        match self.action.lost(how) {
            action::Lost::Do(what) => all.push(what),
            action::Lost::NotStarted(how) => all.push(ran(self.process.not_started(&how, now))),
            action::Lost::NotAsked(arrival, how) => {
                all.push(ForAction::Warn(how.to_string()).into());
                all.extend(self.restart(arrival, now));
            }
        }
        all
    }
}

fn ran(outcome: Outcome) -> Do {
    ForAction::Finish(Finished::Ran(outcome)).into()
}
