//! An action program: the process and its socket, and what [`Talk`] wants done with them.
//!
//! Nothing here waits or decides: what the program says and how it ends is told to [`Talk`], whose
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

use flagman_base::process::Child;
use flagman_base::protocol::Level;
use flagman_base::{Arrival, Completion};

use super::{Actor, Context, Finished, Progress};
use crate::decider::Time;
use crate::log::{CORE, critical, part_of};
use process::{Attention, Process, Said};
use talk::{Ask, Do, Heard, Talk};

/// An action that lives in a program of its own.
pub(crate) struct Program {
    name: Arc<str>,
    path: PathBuf,
    talk: Talk,
    process: Option<Process>,
    /// Children that were killed and are to be reaped.
    dying: Vec<Child>,
}

impl Program {
    /// The action `name`, in the program at `path`, to be set up with `words`; `timeout` is what a
    /// run may take.
    pub(crate) fn new(
        name: Arc<str>,
        path: PathBuf,
        words: Vec<String>,
        timeout: Option<Duration>,
    ) -> Self {
        Self { name, path, talk: Talk::new(words, timeout), process: None, dying: Vec::new() }
    }

    /// Tells the talk what happened and does what it says, to the end.
    fn hear(&mut self, heard: Heard, context: &Context<'_>) -> Option<Finished> {
        let mut finished = None;
        let mut all: VecDeque<Do> = self.talk.hear(heard, context.now).into();
        while let Some(next) = all.pop_front() {
            match next {
                Do::Finish(end) => finished = Some(end),
                other => {
                    if let Err(how) = self.carry_out(other, context) {
                        // What was still to be done was for a program that works.
                        all = self.talk.hear(Heard::Broke(how), context.now).into();
                    }
                }
            }
        }
        finished
    }

    fn carry_out(&mut self, what: Do, context: &Context<'_>) -> Result<(), String> {
        match (what, &mut self.process) {
            (Do::Start, _) => self.start(context)?,
            (Do::Say(message), Some(process)) => {
                process.say(&message.encode().map_err(|error| error.to_string())?, context);
            }
            (Do::Terminate, Some(process)) => process.terminate(),
            (Do::Discard, _) => {
                let killed = self.process.take().map(|process| process.kill(context));
                self.dying.extend(killed);
            }
            (Do::Warn(warning), _) => {
                log::warn!(target: CORE, "action `{}`: {warning}", self.name);
            }
            (Do::Log { level, message }, _) => self.log(level, &message),
            (Do::Say(_) | Do::Terminate, None) | (Do::Finish(_), _) => {}
        }
        Ok(())
    }

    fn start(&mut self, context: &Context<'_>) -> Result<(), String> {
        self.process = Some(Process::start(&self.path, context)?);
        Ok(())
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

    /// Tells what the program has said and done by now, as far as it gets attention.
    fn listen(&mut self, mut attention: Attention, context: &Context<'_>) -> Option<Finished> {
        self.dying.retain_mut(|child| child.try_wait().is_none());
        let mut finished = None;
        while let Some(process) = &mut self.process {
            let heard = match process.listen(&mut attention, context) {
                Said::Message(message) => Heard::Said(message),
                Said::Nonsense(how) => Heard::Broke(how),
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
    fn set_up(&mut self, context: &Context<'_>) -> Progress<Result<(), String>> {
        match self.hear(Heard::Asked(Ask::SetUp), context) {
            Some(Finished::SetUp(result)) => Progress::Ended(result),
            Some(Finished::Ran(_) | Finished::TornDown(_)) | None => Progress::Pending,
        }
    }

    fn run(
        &mut self,
        arrival: &Arrival,
        context: &Context<'_>,
    ) -> Progress<Result<Completion, String>> {
        // That it has ended meanwhile must be known before it is asked.
        self.listen(Attention::full(), context);
        match self.hear(Heard::Asked(Ask::Run(*arrival)), context) {
            Some(Finished::Ran(outcome)) => Progress::Ended(outcome),
            Some(Finished::SetUp(_) | Finished::TornDown(_)) | None => Progress::Pending,
        }
    }

    fn tear_down(&mut self, context: &Context<'_>) -> Progress<Result<(), String>> {
        self.listen(Attention::full(), context);
        match self.hear(Heard::Asked(Ask::TearDown), context) {
            Some(Finished::TornDown(result)) => Progress::Ended(result),
            Some(Finished::SetUp(_) | Finished::Ran(_)) | None => Progress::Pending,
        }
    }

    fn advance(&mut self, context: &Context<'_>) -> Option<Finished> {
        // What it has said and done in its time must be known before that is over.
        let is_due = self.deadline().is_some_and(|deadline| deadline <= context.now);
        let attention = if is_due { Attention::full() } else { Attention::of_the_loop() };
        let said = self.listen(attention, context);
        said.or_else(|| self.hear(Heard::TimePassed, context))
    }

    fn deadline(&self) -> Option<Time> {
        self.talk.deadline()
    }
}
