//! An action in flagman's own process: each stage of its life is one call on the main thread.

use flagman_action::failure::guarded;
use flagman_action::{Arrival, Completion};

use super::{Actor, Context, Finished, Progress};
use crate::decider::Time;
use crate::registry::{Life, SetUp};

/// An in-process action, before, during and after its life.
pub(crate) struct InProcess {
    set_up: SetUp,
    words: Vec<String>,
    life: Option<Box<dyn Life>>,
}

impl InProcess {
    /// An action that `set_up` will make of `words`.
    pub(crate) fn new(set_up: SetUp, words: Vec<String>) -> Self {
        Self { set_up, words, life: None }
    }
}

impl Actor for InProcess {
    fn set_up(&mut self, _: &Context<'_>) -> Progress<Result<(), String>> {
        let life = guarded(|| (self.set_up)(&self.words));
        Progress::Ended(life.map(|life| self.life = Some(life)))
    }

    fn run(&mut self, arrival: &Arrival, _: &Context<'_>) -> Progress<Result<Completion, String>> {
        Progress::Ended(match &mut self.life {
            Some(life) => guarded(|| life.run(arrival)),
            None => Err("it is not set up".into()),
        })
    }

    fn tear_down(&mut self, _: &Context<'_>) -> Progress<Result<(), String>> {
        Progress::Ended(self.life.take().map_or(Ok(()), |life| guarded(|| life.tear_down())))
    }

    fn advance(&mut self, _: &Context<'_>) -> Option<Finished> {
        None
    }

    fn deadline(&self) -> Option<Time> {
        None
    }
}
