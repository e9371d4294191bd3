//! An action that a process serves: what it was asked, what it may answer, and how long it may take. It
//! does not know how the process is started.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::process::Ladder;
use flagman_base::protocol::ToProgram;
use flagman_base::{Arrival, Seconds, Signal};

use super::{Do, ForAction, ForProcess, ran};
use crate::actor::Finished;
use crate::decider::Time;
use crate::outcome::{Failure, Late, Outcome, Subject};

/// How long a set-up may take without `--timeout`, and how long a tear-down may take.
const SET_UP: Duration = Duration::from_mins(1);
const TEAR_DOWN: Duration = Duration::from_secs(5);

/// Why a process must be started and the action set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// For its first set-up.
    SetUp,
    /// For this run; the action's state is lost.
    Run(Arrival),
}

/// The action's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It was never set up.
    New,
    /// Its process has been started.
    Starting(Need),
    /// It is being set up.
    SettingUp { until: Time, need: Need },
    /// It is set up and waits.
    Idle,
    /// It is running.
    Running { id: u64, ladder: Ladder },
    /// This run was asked for while the process was about to end; it was not passed on to the action.
    NotAsked(Arrival),
    /// It is being torn down.
    TearingDown { until: Time },
    /// Its process ended by itself with status 0: the action has closed.
    Left,
    /// Its process is gone and its state is lost.
    Lost,
}

/// An answer from the action.
#[derive(Debug)]
pub(super) enum Answer {
    Ready,
    NotReady(String),
    Ran(u64, Outcome),
    Gone,
}

impl Answer {
    /// What the message is called in the protocol.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady(_) => "failed",
            Self::Ran(_, outcome) => outcome.word(),
            Self::Gone => "gone",
        }
    }
}

/// What follows from an answer.
#[derive(Debug)]
pub(super) enum Answered {
    Nothing,
    Do(Vec<Do>),
    Ran(Outcome),
}

/// Why an answer ends the process.
#[derive(Debug)]
pub(super) enum Refused {
    /// The action could not be set up.
    NotReady(String),
    /// flagman did not ask for it.
    Unasked,
    /// It answers another run.
    WrongRun { answered: u64, asked: u64 },
}

/// How a run begins.
#[derive(Debug)]
pub(super) enum Begun {
    /// With these steps, in the existing process.
    Here(Vec<Do>),
    /// In a new process.
    NeedsProcess,
}

/// What is due.
#[derive(Debug)]
pub(super) enum Due {
    Nothing,
    /// Its run has timed out.
    Terminate,
    /// The process can no longer be used.
    Lost(Failure),
}

/// What follows when the process is lost.
#[derive(Debug)]
pub(super) enum Lost {
    Do(Do),
    /// It was being restarted for a run.
    NotStarted(Failure),
    /// This run was not passed on to it yet, and needs a new process.
    NotAsked(Arrival, Failure),
}

/// The action's part of a conversation.
#[derive(Debug)]
pub(super) struct ActionTalk {
    state: State,
    arguments: Arc<[String]>,
    timeout: Option<Duration>,
    runs: u64,
}

impl ActionTalk {
    pub(super) fn new(arguments: Arc<[String]>, timeout: Option<Duration>) -> Self {
        Self { state: State::New, arguments, timeout, runs: 0 }
    }

    /// Limits each run that starts from now on.
    pub(super) fn limit(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        match self.state {
            State::SettingUp { until, .. } | State::TearingDown { until } => Some(until),
            State::Running { ladder, .. } => ladder.deadline(),
            State::New
            | State::Starting(_)
            | State::Idle
            | State::NotAsked(_)
            | State::Left
            | State::Lost => None,
        }
    }

    /// Whether its process is about to end because it was told to.
    pub(super) fn is_to_end(&self) -> bool {
        match self.state {
            State::TearingDown { .. } => true,
            State::Running { ladder, .. } => ladder.is_out_of_time(),
            State::New
            | State::Starting(_)
            | State::SettingUp { .. }
            | State::Idle
            | State::NotAsked(_)
            | State::Left
            | State::Lost => false,
        }
    }

    /// Records that its process is being started for this.
    ///
    /// # Errors
    /// It has a process already; the error holds the answer to the request.
    pub(super) fn need(&mut self, need: Need) -> Result<(), Vec<Do>> {
        match (self.state, need) {
            (State::New, Need::SetUp) | (State::Lost, Need::Run(_)) => {
                self.state = State::Starting(need);
                Ok(())
            }
            (
                State::Starting(_)
                | State::SettingUp { .. }
                | State::Idle
                | State::Running { .. }
                | State::NotAsked(_)
                | State::TearingDown { .. }
                | State::Left
                | State::Lost,
                Need::SetUp,
            ) => {
                let failure = Failure::Error("it is set up already".to_owned());
                Err(vec![ForAction::Finish(Finished::SetUp(Err(failure))).into()])
            }
            (
                State::New
                | State::Starting(_)
                | State::SettingUp { .. }
                | State::Idle
                | State::Running { .. }
                | State::NotAsked(_)
                | State::TearingDown { .. }
                | State::Left,
                Need::Run(_),
            ) => Err(not_set_up()),
        }
    }

    /// The process has said hello.
    pub(super) fn process_is_up(&mut self, now: Time) -> Vec<Do> {
        match self.state {
            State::Starting(need) => {
                let until = now + self.timeout.unwrap_or(SET_UP);
                self.state = State::SettingUp { until, need };
                let arguments = self.arguments.to_vec();
                vec![ForProcess::Say(ToProgram::SetUp { arguments }).into()]
            }
            State::New
            | State::SettingUp { .. }
            | State::Idle
            | State::Running { .. }
            | State::NotAsked(_)
            | State::TearingDown { .. }
            | State::Left
            | State::Lost => Vec::new(),
        }
    }

    pub(super) fn run(&mut self, arrival: Arrival, is_up: bool, now: Time) -> Begun {
        match self.state {
            State::Idle if is_up => Begun::Here(self.begin(arrival, now)),
            State::Idle => {
                self.state = State::NotAsked(arrival);
                Begun::Here(Vec::new())
            }
            State::Left => Begun::Here(vec![ran(has_left())]),
            State::Lost => Begun::NeedsProcess,
            State::New
            | State::Starting(_)
            | State::SettingUp { .. }
            | State::Running { .. }
            | State::NotAsked(_)
            | State::TearingDown { .. } => Begun::Here(not_set_up()),
        }
    }

    fn begin(&mut self, arrival: Arrival, now: Time) -> Vec<Do> {
        self.runs += 1;
        self.state = State::Running { id: self.runs, ladder: Ladder::new(self.timeout, now) };
        vec![ForProcess::Say(ToProgram::Run { id: self.runs, arrival }).into()]
    }

    pub(super) fn tear_down(&mut self, is_up: bool, now: Time) -> Vec<Do> {
        match self.state {
            State::Idle if is_up => {
                self.state = State::TearingDown { until: now + TEAR_DOWN };
                vec![ForProcess::Say(ToProgram::TearDown).into()]
            }
            State::New
            | State::Starting(_)
            | State::SettingUp { .. }
            | State::Idle
            | State::Running { .. }
            | State::NotAsked(_)
            | State::TearingDown { .. }
            | State::Left
            | State::Lost => {
                let torn_down = ForAction::Finish(Finished::TornDown(Ok(())));
                vec![ForProcess::Discard.into(), torn_down.into()]
            }
        }
    }

    /// # Errors
    /// The answer means that the process must end.
    pub(super) fn answered(&mut self, answer: Answer, now: Time) -> Result<Answered, Refused> {
        match answer {
            Answer::Ready => self.is_ready(now),
            Answer::NotReady(message) => self.is_not_ready(message),
            Answer::Ran(id, outcome) => self.has_run(id, outcome),
            Answer::Gone => self.is_gone(),
        }
    }

    fn is_ready(&mut self, now: Time) -> Result<Answered, Refused> {
        match self.state {
            State::SettingUp { need, .. } => {
                self.state = State::Idle;
                Ok(Answered::Do(match need {
                    Need::Run(arrival) => self.begin(arrival, now),
                    Need::SetUp => vec![ForAction::Finish(Finished::SetUp(Ok(()))).into()],
                }))
            }
            State::Running { ladder, .. } => unless_too_late(ladder),
            State::New
            | State::Starting(_)
            | State::Idle
            | State::NotAsked(_)
            | State::TearingDown { .. } => Err(Refused::Unasked),
            State::Left | State::Lost => Ok(Answered::Nothing),
        }
    }

    fn is_not_ready(&self, message: String) -> Result<Answered, Refused> {
        match self.state {
            State::SettingUp { .. } => Err(Refused::NotReady(message)),
            State::Running { ladder, .. } => unless_too_late(ladder),
            State::New
            | State::Starting(_)
            | State::Idle
            | State::NotAsked(_)
            | State::TearingDown { .. } => Err(Refused::Unasked),
            State::Left | State::Lost => Ok(Answered::Nothing),
        }
    }

    fn has_run(&mut self, answered: u64, outcome: Outcome) -> Result<Answered, Refused> {
        match self.state {
            // What it says after it has timed out does not count.
            State::Running { ladder, .. } if ladder.is_out_of_time() => Ok(Answered::Nothing),
            State::Running { id, .. } if id == answered => {
                self.state = State::Idle;
                Ok(Answered::Ran(outcome))
            }
            State::Running { id: asked, .. } => Err(Refused::WrongRun { answered, asked }),
            State::New
            | State::Starting(_)
            | State::SettingUp { .. }
            | State::Idle
            | State::NotAsked(_)
            | State::TearingDown { .. } => Err(Refused::Unasked),
            State::Left | State::Lost => Ok(Answered::Nothing),
        }
    }

    fn is_gone(&self) -> Result<Answered, Refused> {
        match self.state {
            State::TearingDown { .. } | State::Left | State::Lost => Ok(Answered::Nothing),
            State::Running { ladder, .. } => unless_too_late(ladder),
            State::New
            | State::Starting(_)
            | State::SettingUp { .. }
            | State::Idle
            | State::NotAsked(_) => Err(Refused::Unasked),
        }
    }

    pub(super) fn time_passed(&mut self, now: Time) -> Due {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Due::Nothing;
        }
        match self.state {
            State::Running { id, mut ladder } => {
                let signal = ladder.climb(now);
                self.state = State::Running { id, ladder };
                match signal {
                    Some(Signal::KILL) => Due::Lost(self.late()),
                    Some(_) => Due::Terminate,
                    None => Due::Nothing,
                }
            }
            State::SettingUp { .. } => {
                let seconds = Seconds(self.timeout.unwrap_or(SET_UP));
                Due::Lost(Failure::NotStarted(format!("it was not set up within {seconds} s")))
            }
            State::TearingDown { .. } => {
                let seconds = TEAR_DOWN.as_secs();
                Due::Lost(Failure::Error(format!("it did not end within {seconds} s")))
            }
            State::New
            | State::Starting(_)
            | State::Idle
            | State::NotAsked(_)
            | State::Left
            | State::Lost => Due::Nothing,
        }
    }

    /// The process has exited with status 0. Returns what must be done if that was orderly; `None` if an
    /// answer is still missing.
    pub(super) fn process_has_left(&mut self) -> Option<Vec<Do>> {
        let finished = match self.state {
            State::Idle => None,
            State::NotAsked(_) => Some(ran(has_left())),
            State::TearingDown { .. } => Some(ForAction::Finish(Finished::TornDown(Ok(()))).into()),
            State::New
            | State::Starting(_)
            | State::SettingUp { .. }
            | State::Running { .. }
            | State::Left
            | State::Lost => return None,
        };
        self.state = State::Left;
        Some(std::iter::once(ForProcess::Discard.into()).chain(finished).collect())
    }

    /// The process was lost in this way.
    pub(super) fn lost(&mut self, how: Failure) -> Lost {
        let before = std::mem::replace(&mut self.state, State::Lost);
        Lost::Do(match before {
            State::New | State::Idle | State::Left | State::Lost => {
                ForAction::Warn(format!("{how}; it is started again at its next signal")).into()
            }
            State::Starting(Need::Run(_)) | State::SettingUp { need: Need::Run(_), .. } => {
                return Lost::NotStarted(how);
            }
            State::Starting(Need::SetUp) | State::SettingUp { need: Need::SetUp, .. } => {
                ForAction::Finish(Finished::SetUp(Err(how))).into()
            }
            State::Running { ladder, .. } if ladder.is_out_of_time() => {
                ran(Outcome::Failed(self.late()))
            }
            State::Running { .. } => ran(Outcome::Failed(how)),
            State::NotAsked(arrival) => return Lost::NotAsked(arrival, how),
            State::TearingDown { .. } => ForAction::Finish(Finished::TornDown(Err(how))).into(),
        })
    }

    fn late(&self) -> Failure {
        let limit = self.timeout.unwrap_or_default();
        Failure::OutOfTime(Late { what: Subject::It, limit, ended: None, stopped: None })
    }
}

fn unless_too_late(ladder: Ladder) -> Result<Answered, Refused> {
    if ladder.is_out_of_time() { Ok(Answered::Nothing) } else { Err(Refused::Unasked) }
}

fn has_left() -> Outcome {
    Outcome::Closed { reason: "The program has exited with status 0".to_owned() }
}

fn not_set_up() -> Vec<Do> {
    vec![ran(Outcome::Failed(Failure::NotStarted("it is not set up".to_owned())))]
}
