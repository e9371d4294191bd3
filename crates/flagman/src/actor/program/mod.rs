//! An action program: its process and socket, and what [`Talk`] wants done with them.
//!
//! Nothing here waits or decides. [`Talk`] is told what the program says and how it ends, and its
//! answers are carried out in order.

mod process;

mod restart;

mod talk;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flagman_base::Arrival;
use flagman_base::process::Child;
use flagman_base::protocol::Level;

use super::stops::Stops;
use super::{Actor, Context, Finished, Progress, Stopped};
use crate::decider::Time;
use crate::log::{CORE, critical, part_of};
use crate::outcome::{Failure, Late, Outcome};
use process::{Attention, Process, Said};
use talk::{Ask, Do, ForAction, ForProcess, Heard, Talk};

/// An action that lives in a program of its own.
pub(crate) struct Program {
    name: Arc<str>,
    path: PathBuf,
    talk: Talk,
    process: Option<Process>,
    stops: Stops,
    /// Children that were killed and must be reaped.
    dying: Vec<Child>,
}

impl Program {
    /// The action `name`, served by the program at `path` and set up with `words`. `timeout` limits each
    /// run.
    pub(crate) fn new(
        name: Arc<str>,
        path: PathBuf,
        words: Arc<[String]>,
        timeout: Option<Duration>,
    ) -> Self {
        let talk = Talk::new(words, timeout);
        Self { name, path, talk, process: None, stops: Stops::default(), dying: Vec::new() }
    }

    /// Tells the talk what happened, and does everything that it asks for.
    fn hear(&mut self, heard: Heard, context: &Context<'_>) -> Option<Finished> {
        let mut finished = None;
        let mut all: VecDeque<Do> = self.talk.hear(heard, context.now).into();
        while let Some(next) = all.pop_front() {
            match next {
                Do::Action(what) => finished = self.for_action(what).or(finished),
                Do::Process(what) => {
                    if let Err(how) = self.for_process(what, context) {
                        // The other steps were meant for a program that works.
                        all = self.talk.hear(Heard::Broke(how), context.now).into();
                    }
                }
            }
        }
        finished
    }

    fn for_process(&mut self, what: ForProcess, context: &Context<'_>) -> Result<(), Failure> {
        match (what, &mut self.process) {
            (ForProcess::Start, _) => {
                let started = Process::start(&self.path, context);
                self.process = Some(started.map_err(Failure::NotStarted)?);
                self.stops = Stops::default();
            }
            (ForProcess::Say(message), Some(process)) => {
                let line = message.encode().map_err(|error| Failure::Error(error.to_string()))?;
                process.say(&line, context);
            }
            (ForProcess::Terminate, Some(process)) => {
                self.stops.asked_to_end();
                process.terminate();
            }
            (ForProcess::Discard, _) => {
                let killed = self.process.take().map(|process| process.kill(context));
                self.dying.extend(killed);
            }
            (ForProcess::Say(_) | ForProcess::Terminate, None) => {}
        }
        Ok(())
    }

    fn for_action(&self, what: ForAction) -> Option<Finished> {
        match what {
            ForAction::Warn(warning) => {
                log::warn!(target: CORE, "action `{}`: {warning}", self.name);
                None
            }
            ForAction::Log { level, message } => {
                self.log(level, &message);
                None
            }
            ForAction::Finish(Finished::Ran(Outcome::Failed(Failure::OutOfTime(late)))) => {
                let late = Late { stopped: self.stops.by(), ..late };
                Some(Finished::Ran(Outcome::Failed(Failure::OutOfTime(late))))
            }
            ForAction::Finish(finished) => Some(finished),
        }
    }

    fn log(&self, level: Level, message: &str) {
        let target = part_of(&self.name);
        let level = match level {
            Level::Critical => return critical(&target, format_args!("{message}")),
            Level::Error => log::Level::Error,
            Level::Warning => log::Level::Warn,
            Level::Info => log::Level::Info,
            Level::Debug => log::Level::Debug,
        };
        log::log!(target: &target, level, "{message}");
    }

    /// Passes on what the program has said and done so far, as much as `attention` allows.
    fn listen(&mut self, mut attention: Attention, context: &Context<'_>) -> Option<Finished> {
        self.is_reaped();
        let mut finished = None;
        while let Some(process) = &mut self.process {
            let heard = match process.listen(&mut attention, context) {
                Said::Message(message) => Heard::Said(message),
                Said::Nonsense(how) => Heard::Broke(Failure::Protocol(how)),
                Said::Closed => Heard::Closed,
                Said::Ended(ended) => Heard::Ended(ended),
                Said::Nothing => break,
            };
            finished = self.hear(heard, context).or(finished);
        }
        finished
    }
}

impl Actor for Program {
    fn set_up(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>> {
        match self.hear(Heard::Asked(Ask::SetUp), context) {
            Some(Finished::SetUp(result)) => Progress::Ended(result),
            Some(Finished::Ran(_) | Finished::TornDown(_) | Finished::WantsReload) | None => {
                Progress::Pending
            }
        }
    }

    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Finished> {
        // If it has ended in the meantime, that must be known before it is asked.
        self.listen(Attention::full(), context);
        match self.hear(Heard::Asked(Ask::Run(*arrival)), context) {
            Some(ran @ Finished::Ran(_)) => Progress::Ended(ran),
            Some(Finished::SetUp(_) | Finished::TornDown(_) | Finished::WantsReload) | None => {
                Progress::Pending
            }
        }
    }

    fn tear_down(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>> {
        self.listen(Attention::full(), context);
        match self.hear(Heard::Asked(Ask::TearDown), context) {
            Some(Finished::TornDown(result)) => Progress::Ended(result),
            Some(Finished::SetUp(_) | Finished::Ran(_) | Finished::WantsReload) | None => {
                Progress::Pending
            }
        }
    }

    fn advance(&mut self, context: &Context<'_>) -> Option<Finished> {
        // What it said and did in time must be known before the deadline counts as passed.
        let is_due = self.deadline().is_some_and(|deadline| deadline <= context.now);
        let attention = if is_due { Attention::full() } else { Attention::of_the_loop() };
        let said = self.listen(attention, context);
        said.or_else(|| self.hear(Heard::TimePassed, context))
    }

    fn look(&mut self, context: &Context<'_>) -> Option<Stopped> {
        let process = self.process.as_ref().filter(|_| !context.last_call)?;
        self.stops.look(process.child())
    }

    fn limit(&mut self, timeout: Option<Duration>) {
        self.talk.limit(timeout);
    }

    fn is_reaped(&mut self) -> bool {
        self.dying.retain_mut(|child| child.try_wait().is_none());
        self.dying.is_empty()
    }

    fn deadline(&self) -> Option<Time> {
        self.talk.deadline()
    }
}
