//! Stands in for flagman's `actor`: actions that do what a scenario says.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Arrival;
use crate::decider::Time;
use crate::kernel::{Object, kernel};
use crate::outcome::{Failure, Outcome};
use crate::story::Told;
use crate::sys::epoll::{EpollEvent, EpollFlags};
use crate::threads::until_exit;

#[path = "../../crates/flagman/src/actor/contract.rs"]
mod contract;
#[path = "../../crates/flagman/src/actor/reload.rs"]
mod reload;

/// No program is stopped.
pub(crate) enum Stopped {}

impl std::fmt::Display for Stopped {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

pub(crate) use contract::{Actor, Context, Finished, Progress};
pub(crate) use reload::Reload;

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
    /// Every second run fails, the first one included.
    FailsOnce,
    /// It cannot be set up.
    CannotBeSetUp,
    /// It is the action `reload`.
    Reloads,
}

pub(crate) struct Scripted {
    name: Arc<str>,
    conduct: Conduct,
    /// What runs elsewhere, and for what.
    child: Option<(Arc<File>, Arrival)>,
    runs: u64,
    /// When a run has failed.
    failed: Duration,
}

/// Actions in this process are those that a scenario has.
pub(crate) struct InProcess;

impl InProcess {
    #[expect(clippy::new_ret_no_self, reason = "there is only one actor in the model")]
    pub(crate) fn new(name: Arc<str>, conduct: Conduct, _: Arc<[String]>) -> Scripted {
        Scripted { name, conduct, child: None, runs: 0, failed: Duration::ZERO }
    }
}

/// No scenario has one.
pub(crate) struct Exec;

impl Exec {
    #[expect(clippy::new_ret_no_self, reason = "there is only one actor in the model")]
    pub(crate) fn new(_: Arc<[String]>, _: Option<Duration>) -> Scripted {
        panic!("no scenario starts programs")
    }
}

/// No scenario has one.
pub(crate) struct Program;

impl Program {
    #[expect(clippy::new_ret_no_self, reason = "there is only one actor in the model")]
    pub(crate) fn new(_: Arc<str>, _: PathBuf, _: Arc<[String]>, _: Option<Duration>) -> Scripted {
        panic!("no scenario starts programs")
    }
}

impl Scripted {
    fn begin_elsewhere(&mut self, arrival: &Arrival, context: &Context<'_>) {
        let end = Arc::new(kernel().open(Object::Counter(0)));
        let event = EpollEvent::new(EpollFlags::EPOLLIN, context.token.into());
        context.epoll.add(&*end, event).expect("the model has room");
        self.child = Some((Arc::clone(&end), *arrival));
        kernel().fork();
        shuttle::thread::spawn(move || until_exit(|| kernel().end_child(&*end)));
    }
}

/// The pause before a first retry, a quarter longer by chance.
const LONGEST_PAUSE: Duration = Duration::from_millis(1250);

fn ended(arrival: &Arrival) -> Outcome {
    kernel().tell(Told::Ended { signal: arrival.signal, count: arrival.count });
    Outcome::Done
}

impl Actor for Scripted {
    fn set_up(&mut self, _: &Context<'_>) -> Progress<Result<(), Failure>> {
        if self.conduct == Conduct::CannotBeSetUp {
            return Progress::Ended(Err(Failure::Error("it cannot be set up".to_owned())));
        }
        kernel().tell(Told::SetUp(self.name.to_string()));
        Progress::Ended(Ok(()))
    }

    fn run(&mut self, arrival: &Arrival, context: &Context<'_>) -> Progress<Finished> {
        kernel().tell(Told::Began(arrival.signal));
        self.runs += 1;
        match self.conduct {
            Conduct::FailsOnce if self.runs % 2 == 1 => {
                kernel().tell(Told::Failed(arrival.signal));
                self.failed = kernel().now();
                let failed = Outcome::Failed(Failure::Error("not yet".to_owned()));
                return Progress::Ended(Finished::Ran(failed));
            }
            Conduct::FailsOnce => {
                if kernel().now().saturating_sub(self.failed) > LONGEST_PAUSE {
                    kernel().tell(Told::Late(arrival.signal));
                }
                context.act(|| {});
            }
            Conduct::Ends => context.act(|| {}),
            Conduct::WaitsForProcess => context.act(|| kernel().block(true)),
            Conduct::Blocks => context.act(|| kernel().block(false)),
            Conduct::Elsewhere => {
                self.begin_elsewhere(arrival, context);
                return Progress::Pending;
            }
            Conduct::CannotBeSetUp | Conduct::Reloads => panic!("it is never run"),
        }
        Progress::Ended(Finished::Ran(ended(arrival)))
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

    fn limit(&mut self, _: Option<Duration>) {}

    fn deadline(&self) -> Option<Time> {
        None
    }
}
