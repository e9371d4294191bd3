//! An action in flagman's own process: each stage of its life is one call on the main thread.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::failure::guarded;
use flagman_base::{Arrival, Error};

use super::{Actor, Context, Finished, Progress, Stopped};
use crate::decider::Time;
use crate::log::speaking;
use crate::outcome::{Failure, Outcome};
use crate::registry::{Life, SetUp};

/// An in-process action, before, during and after its life.
pub(crate) struct InProcess {
    name: Arc<str>,
    set_up: SetUp,
    words: Arc<[String]>,
    life: Option<Box<dyn Life>>,
}

impl InProcess {
    /// The action `name`, which `set_up` will create from `words`.
    pub(crate) fn new(name: Arc<str>, set_up: SetUp, words: Arc<[String]>) -> Self {
        Self { name, set_up, words, life: None }
    }
}

/// Calls the author's code. The watchdog can see that, a panic becomes an error, and the action's log
/// lines carry its name.
fn act<T>(
    name: &Arc<str>,
    context: &Context<'_>,
    call: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Failure> {
    context.act(|| speaking(name, || guarded(call))).map_err(Failure::from)
}

impl Actor for InProcess {
    fn set_up(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>> {
        let life = act(&self.name, context, || (self.set_up)(&self.words));
        Progress::Ended(life.map(|life| self.life = Some(life)))
    }

    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Finished> {
        Progress::Ended(Finished::Ran(match &mut self.life {
            Some(life) => act(&self.name, context, || life.run(arrival)).into(),
            None => Outcome::Failed(Failure::NotStarted("it is not set up".to_owned())),
        }))
    }

    fn tear_down(&mut self, context: &Context<'_>) -> Progress<Result<(), Failure>> {
        let torn_down = |life: Box<dyn Life>| act(&self.name, context, || life.tear_down());
        Progress::Ended(self.life.take().map_or(Ok(()), torn_down))
    }

    fn advance(&mut self, _: &Context<'_>) -> Option<Finished> {
        None
    }

    fn look(&mut self, _: &Context<'_>) -> Option<Stopped> {
        None
    }

    fn limit(&mut self, _: Option<Duration>) {}

    fn deadline(&self) -> Option<Time> {
        None
    }
}
