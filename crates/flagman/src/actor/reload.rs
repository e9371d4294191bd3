//! The action `reload`: a run of it asks for the plan to be read again.

use std::time::Duration;

use flagman_base::Arrival;

use super::{Actor, Context, Finished, Progress, Stopped};
use crate::decider::Time;
use crate::outcome::Failure;

/// It has no state: the stage reads the plan, and the decider has it carried out.
pub(crate) struct Reload;

impl Actor for Reload {
    fn set_up(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        Progress::Ended(Ok(()))
    }

    fn run(&mut self, _: &Arrival, _: &Context<'_>) -> Progress<Finished> {
        Progress::Ended(Finished::WantsReload)
    }

    fn tear_down(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        Progress::Ended(Ok(()))
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
