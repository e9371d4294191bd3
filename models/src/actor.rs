//! Stands in for flagman's `actor`: actions that do what a scenario says.

use std::fs::File;
use std::sync::Arc;

use crate::Arrival;
use crate::decider::Time;
use crate::kernel::{Object, kernel};
use crate::outcome::{Failure, Outcome};
use crate::story::Told;
use crate::sys::epoll::{EpollEvent, EpollFlags};
use crate::threads::until_exit;

#[path = "../../crates/flagman/src/actor/contract.rs"]
mod contract;

/// No program is stopped.
pub(crate) enum Stopped {}

impl std::fmt::Display for Stopped {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

pub(crate) use contract::{Actor, Context, Finished, Progress};

/// What a run of an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// It ends, on the main thread.
    Ends,
    /// It waits on the main thread for a process that only SIGKILL ends.
    WaitsForProcess,
    /// It never ends.
    Blocks,
    /// It lives in a process of its own, which ends, and the main thread sleeps meanwhile.
    Elsewhere,
}

pub(crate) struct Scripted {
    name: Arc<str>,
    conduct: Conduct,
    /// What runs elsewhere, and for what.
    child: Option<(Arc<File>, Arrival)>,
}

impl Scripted {
    pub(crate) fn new(name: Arc<str>, conduct: Conduct) -> Self {
        Self { name, conduct, child: None }
    }

    fn begin_elsewhere(&mut self, arrival: &Arrival, context: &Context<'_>) {
        let end = Arc::new(kernel().open(Object::Counter(0)));
        let event = EpollEvent::new(EpollFlags::EPOLLIN, context.token.into());
        context.epoll.add(&*end, event).expect("the model has room");
        self.child = Some((Arc::clone(&end), *arrival));
        kernel().fork();
        shuttle::thread::spawn(move || until_exit(|| kernel().end_child(&*end)));
    }
}

fn ended(arrival: &Arrival) -> Outcome {
    kernel().tell(Told::Ended { signal: arrival.signal, count: arrival.count });
    Outcome::Done
}

impl Actor for Scripted {
    fn set_up(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        kernel().tell(Told::SetUp(self.name.to_string()));
        Progress::Ended(Ok(()))
    }

    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Outcome> {
        kernel().tell(Told::Began(arrival.signal));
        match self.conduct {
            Conduct::Ends => context.act(|| {}),
            Conduct::WaitsForProcess => context.act(|| kernel().block(true)),
            Conduct::Blocks => context.act(|| kernel().block(false)),
            Conduct::Elsewhere => {
                self.begin_elsewhere(arrival, context);
                return Progress::Pending;
            }
        }
        Progress::Ended(ended(arrival))
    }

    fn tear_down(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        kernel().tell(Told::TornDown(self.name.to_string()));
        Progress::Ended(Ok(()))
    }

    fn advance(&mut self, _: &Context<'_>) -> Option<Finished> {
        let (_, arrival) = self.child.take_if(|(end, _)| kernel().read_counter(&**end).is_ok())?;
        Some(Finished::Ran(ended(&arrival)))
    }

    fn look(&mut self, _: &Context<'_>) -> Option<Stopped> {
        None
    }

    fn deadline(&self) -> Option<Time> {
        None
    }
}
