//! The conversation with an action program, without I/O: what is said to it when, how long it may
//! take to answer, and what its silence, its nonsense or its death come to.
//!
//! [`Talk`] is told what happened and answers with what is to be done. It is total: everything that
//! a program can do wrong, at any time, is a failure of that action alone.

use std::time::Duration;

use flagman_base::process::Ended;
use flagman_base::protocol::{FromProgram, Level, PROTOCOL, ToProgram};
use flagman_base::{Arrival, Completion, Seconds};

use super::restart::{Pause, Restarts};
use crate::actor::Finished;
use crate::decider::Time;
use crate::report::Took;

/// How long a program may take to answer, where `--timeout` does not say it.
const HELLO: Duration = Duration::from_secs(5);
const SET_UP: Duration = Duration::from_mins(1);
const TEAR_DOWN: Duration = Duration::from_secs(5);
/// From SIGTERM to SIGKILL for a run that is out of time.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long a program that has closed its socket may take to end, so that it can be said how.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// Something that happened.
#[derive(Debug)]
pub(super) enum Heard {
    /// The action is to be set up, run or torn down.
    Asked(Ask),
    /// The program said this.
    Said(FromProgram),
    /// The program cannot be started or understood, and this says how.
    Broke(String),
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

/// What is to be done.
#[derive(Debug)]
pub(super) enum Do {
    /// Start the program. If that fails, [`Talk`] is told that it broke.
    Start,
    /// Say this to it.
    Say(ToProgram),
    /// Send SIGTERM to its group.
    Terminate,
    /// Kill its group, reap it and forget it.
    Discard,
    /// Write a warning.
    Warn(String),
    /// Write a line of the program's own.
    Log { level: Level, message: String },
    /// Tell the stage.
    Finish(Finished),
}

/// Where the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// There is no process, and none has been wanted yet.
    New,
    /// The process was started and greeted.
    Greeting { until: Time, wanted: Ask },
    /// It has greeted and is setting up.
    SettingUp { until: Time, wanted: Ask },
    /// It is set up and waits.
    Idle,
    /// It runs.
    Running { id: u64, until: Option<Time> },
    /// It was out of time and has been asked to end.
    Terminated { until: Time },
    /// It is tearing down, or has and is to end.
    TearingDown { until: Time },
    /// It has closed its socket and is about to end, while this was wanted of it.
    Silent { until: Time, wanted: Wanted },
    /// It ended by itself with status 0: it has closed.
    Left,
    /// It is gone and its state is lost.
    Lost,
}

/// What a program still owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Nothing; it could have waited.
    Nothing,
    /// That it starts, for this.
    Start(Ask),
    /// The answer to a run.
    Answer,
    /// The answer to a run whose time was over.
    LateAnswer,
    /// A run that it has not been asked for yet.
    Run(Arrival),
    /// That it goes.
    End,
    /// There is no program.
    Program,
}

impl State {
    fn wanted(self) -> Wanted {
        match self {
            Self::Greeting { wanted, .. } | Self::SettingUp { wanted, .. } => Wanted::Start(wanted),
            Self::Idle => Wanted::Nothing,
            Self::Running { .. } => Wanted::Answer,
            Self::Terminated { .. } => Wanted::LateAnswer,
            Self::TearingDown { .. } => Wanted::End,
            Self::Silent { wanted, .. } => wanted,
            Self::New | Self::Left | Self::Lost => Wanted::Program,
        }
    }
}

/// A conversation; see the module.
#[derive(Debug)]
pub(super) struct Talk {
    state: State,
    arguments: Vec<String>,
    timeout: Option<Duration>,
    runs: u64,
    restarts: Restarts,
}

impl Talk {
    /// A conversation that has not begun, with the words that the program will be set up with and
    /// the time that a run may take.
    pub(super) fn new(arguments: Vec<String>, timeout: Option<Duration>) -> Self {
        Self { state: State::New, arguments, timeout, runs: 0, restarts: Restarts::default() }
    }

    /// When [`Heard::TimePassed`] is to be told.
    pub(super) fn deadline(&self) -> Option<Time> {
        match self.state {
            State::Greeting { until, .. }
            | State::SettingUp { until, .. }
            | State::Terminated { until }
            | State::Silent { until, .. }
            | State::TearingDown { until } => Some(until),
            State::Running { until, .. } => until,
            State::New | State::Idle | State::Left | State::Lost => None,
        }
    }

    /// What is to be done, in order, now that this has happened.
    pub(super) fn hear(&mut self, heard: Heard, now: Time) -> Vec<Do> {
        match heard {
            Heard::Asked(ask) => self.asked(ask, now),
            Heard::Said(FromProgram::Log { level, message }) => vec![Do::Log { level, message }],
            Heard::Said(FromProgram::Unknown(_)) => Vec::new(),
            Heard::Said(said) => self.said(said, now),
            Heard::Broke(how) => self.lost(&how, now),
            Heard::Closed => self.closed(now),
            Heard::Ended(ended) => self.ended(ended, now),
            Heard::TimePassed => self.time_passed(now),
        }
    }

    fn asked(&mut self, ask: Ask, now: Time) -> Vec<Do> {
        match (self.state, ask) {
            (State::New, Ask::SetUp) => self.start(ask, now),
            (State::Idle, Ask::Run(arrival)) => self.run(&arrival, now),
            (State::Left, Ask::Run(_)) => {
                let reason = "The program has exited with status 0".to_owned();
                vec![ran(Ok(Completion::Closed(reason)))]
            }
            (State::Lost, Ask::Run(_)) => self.restart(ask, now),
            (State::Silent { until, .. }, Ask::Run(arrival)) => {
                self.state = State::Silent { until, wanted: Wanted::Run(arrival) };
                Vec::new()
            }
            (State::Idle, Ask::TearDown) => {
                self.state = State::TearingDown { until: now + TEAR_DOWN };
                vec![Do::Say(ToProgram::TearDown)]
            }
            (_, Ask::TearDown) => vec![Do::Discard, Do::Finish(Finished::TornDown(Ok(())))],
            (_, Ask::Run(_)) => vec![ran(Err("it is not set up".into()))],
            (_, Ask::SetUp) => vec![Do::Finish(Finished::SetUp(Err("it is set up".into())))],
        }
    }

    fn start(&mut self, wanted: Ask, now: Time) -> Vec<Do> {
        self.state = State::Greeting { until: now + HELLO, wanted };
        let flagman = env!("CARGO_PKG_VERSION").to_owned();
        vec![Do::Start, Do::Say(ToProgram::Hello { protocol: PROTOCOL, flagman })]
    }

    fn restart(&mut self, wanted: Ask, now: Time) -> Vec<Do> {
        match self.restarts.pause(now) {
            Pause::Over => {
                let warning = "starting it again; its state is lost".to_owned();
                let mut all = vec![Do::Warn(warning)];
                all.extend(self.start(wanted, now));
                all
            }
            Pause::Until(then) => {
                let wait = Took(then.saturating_sub(now));
                let why = format!("it could not be started; it is tried again in {wait}");
                vec![ran(Err(why))]
            }
        }
    }

    fn run(&mut self, arrival: &Arrival, now: Time) -> Vec<Do> {
        self.runs += 1;
        let until = self.timeout.map(|timeout| now + timeout);
        self.state = State::Running { id: self.runs, until };
        vec![Do::Say(ToProgram::Run { id: self.runs, arrival: *arrival })]
    }

    fn said(&mut self, said: FromProgram, now: Time) -> Vec<Do> {
        match (self.state, said) {
            (State::Greeting { wanted, .. }, FromProgram::Hello { protocol: PROTOCOL }) => {
                let until = now + self.timeout.unwrap_or(SET_UP);
                self.state = State::SettingUp { until, wanted };
                vec![Do::Say(ToProgram::SetUp { arguments: self.arguments.clone() })]
            }
            (State::Greeting { .. }, FromProgram::Hello { protocol }) => {
                let how = format!("it speaks protocol {protocol}, and this flagman {PROTOCOL}");
                self.lost(&how, now)
            }
            (State::SettingUp { wanted, .. }, FromProgram::Ready) => self.ready(wanted, now),
            (State::SettingUp { .. }, FromProgram::Failed { message, id: None }) => {
                self.lost(&message, now)
            }
            (State::Running { id, .. }, said) => self.answered(id, said, now),
            (State::TearingDown { .. }, FromProgram::Gone) => Vec::new(),
            // What it says after its time was over does not count any more.
            (State::Terminated { .. } | State::Silent { .. } | State::Left | State::Lost, _) => {
                Vec::new()
            }
            (_, said) => {
                self.lost(&format!("it said `{}` when nothing was asked", said.name()), now)
            }
        }
    }

    fn ready(&mut self, wanted: Ask, now: Time) -> Vec<Do> {
        self.state = State::Idle;
        match wanted {
            Ask::Run(arrival) => self.run(&arrival, now),
            Ask::SetUp | Ask::TearDown => vec![Do::Finish(Finished::SetUp(Ok(())))],
        }
    }

    fn answered(&mut self, id: u64, said: FromProgram, now: Time) -> Vec<Do> {
        let (answered, outcome) = match said {
            FromProgram::Done { id } => (id, Ok(Completion::Done)),
            FromProgram::Closed { id, reason } => (id, Ok(Completion::Closed(reason))),
            FromProgram::Failed { id: Some(id), message } => (id, Err(message)),
            other => return self.lost(&format!("it said `{}` in a run", other.name()), now),
        };
        if answered != id {
            let how = format!("it answered run {answered} when run {id} was asked");
            return self.lost(&how, now);
        }
        self.state = State::Idle;
        self.restarts.completed();
        vec![ran(outcome)]
    }

    fn time_passed(&mut self, now: Time) -> Vec<Do> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match self.state {
            State::Running { .. } => {
                self.state = State::Terminated { until: now + LAST_WORDS };
                vec![Do::Terminate]
            }
            State::Greeting { .. } => self.lost("it did not greet within 5 s", now),
            State::SettingUp { .. } => {
                let seconds = Seconds(self.timeout.unwrap_or(SET_UP));
                self.lost(&format!("it was not set up within {seconds} s"), now)
            }
            State::Terminated { .. } => self.lost("", now),
            State::TearingDown { .. } => self.lost("it did not end within 5 s", now),
            State::Silent { .. } => self.lost("it closed its socket and did not end", now),
            State::New | State::Idle | State::Left | State::Lost => Vec::new(),
        }
    }

    /// What the program wanted to say has been heard; now it ends, or does not.
    fn closed(&mut self, now: Time) -> Vec<Do> {
        match self.state {
            // It has its time to end already.
            State::TearingDown { .. }
            | State::Terminated { .. }
            | State::Silent { .. }
            | State::New
            | State::Left
            | State::Lost => {}
            busy => {
                let until = now + LAST_BREATH;
                self.state = State::Silent { until, wanted: busy.wanted() };
            }
        }
        Vec::new()
    }

    fn ended(&mut self, ended: Ended, now: Time) -> Vec<Do> {
        let well = ended == Ended::Exited(0);
        match self.state.wanted() {
            Wanted::Nothing if well => {
                self.state = State::Left;
                vec![Do::Discard]
            }
            Wanted::Run(arrival) if well => {
                self.state = State::Left;
                let mut all = vec![Do::Discard];
                all.extend(self.asked(Ask::Run(arrival), now));
                all
            }
            Wanted::End if well => {
                self.state = State::Left;
                vec![Do::Discard, Do::Finish(Finished::TornDown(Ok(())))]
            }
            _ => self.lost(&format!("it {ended}"), now),
        }
    }

    /// The program is of no use any more: whatever was wanted of it fails, and this says how.
    fn lost(&mut self, how: &str, now: Time) -> Vec<Do> {
        let wanted = self.state.wanted();
        if wanted == Wanted::Program {
            return Vec::new();
        }
        self.state = State::Lost;
        let mut all = vec![Do::Discard];
        match wanted {
            Wanted::Nothing => {
                all.push(Do::Warn(format!("{how}; it is started again at its next signal")));
            }
            Wanted::Start(Ask::Run(_)) => all.push(ran(self.not_started(how, now))),
            Wanted::Start(Ask::SetUp | Ask::TearDown) => {
                all.push(Do::Finish(Finished::SetUp(Err(how.into()))));
            }
            Wanted::Answer => all.push(ran(Err(how.into()))),
            Wanted::LateAnswer => {
                let seconds = Seconds(self.timeout.unwrap_or_default());
                all.push(ran(Err(format!("it ran out of time ({seconds} s)"))));
            }
            Wanted::Run(arrival) => {
                all.push(Do::Warn(how.to_owned()));
                all.extend(self.restart(Ask::Run(arrival), now));
            }
            Wanted::End => all.push(Do::Finish(Finished::TornDown(Err(how.into())))),
            Wanted::Program => {}
        }
        all
    }

    fn not_started(&mut self, how: &str, now: Time) -> Result<Completion, String> {
        match self.restarts.failed(now) {
            Some(times) => {
                let reason = format!("It could not be started {times} times in a row: {how}");
                Ok(Completion::Closed(reason))
            }
            None => Err(format!("cannot start it again: {how}")),
        }
    }
}

fn ran(outcome: Result<Completion, String>) -> Do {
    Do::Finish(Finished::Ran(outcome))
}
