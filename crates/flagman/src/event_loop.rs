//! The loop: receives signals, asks the decider, performs what it says.
//!
//! Ordering rule: each turn first tells the decider what the last step came to, then takes all that
//! is pending, and only then asks what to do (I3, I4). In-process actions are performed here, on
//! the main thread, so that no second thread stands between an arrival and its action.

use std::sync::Arc;
use std::time::Instant;

use flagman_action::{Arrival, Completion, Error};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::cli::Planned;
use crate::decider::{ActionId, Ending, Event, RanResult, Report, SetUpResult, Step};
use crate::guard;
use crate::log::{CORE, critical};
use crate::orphans;
use crate::registry::Life;
use crate::report::{self, Ended, Performed};
use crate::shared::Shared;
use crate::signals::Pending;
use crate::systemd::{Notifier, Status};

/// What an epoll event is about.
const SIGNALS: u64 = 0;
const WAKE: u64 = 1;

/// Receives, asks and performs; see the module.
pub(crate) struct EventLoop {
    shared: Arc<Shared>,
    pending: Pending,
    epoll: Epoll,
    actions: Vec<Slot>,
    /// How the actions of the run in progress ended.
    performed: Vec<Performed>,
    /// Where the run in progress came from, if the log wants to know.
    from: String,
}

/// An action's place, before, during and after its life.
struct Slot {
    planned: Planned,
    life: Option<Box<dyn Life>>,
    /// Why it closed, until that is told.
    reason: String,
}

impl Slot {
    fn run(&mut self, arrival: &Arrival) -> Result<Completion, String> {
        match &mut self.life {
            Some(life) => guarded(|| life.run(arrival)),
            None => Err("it is not set up".into()),
        }
    }

    /// What an outcome means for the report and for the decider.
    fn ended(&mut self, outcome: Result<Completion, String>) -> (Ended, RanResult) {
        match outcome {
            Ok(Completion::Done) => (Ended::Done, RanResult::Stays),
            Ok(Completion::Closed(reason)) => {
                self.reason = reason;
                (Ended::Closed, RanResult::Closed)
            }
            Err(_) => (Ended::Failed, RanResult::Stays),
        }
    }
}

impl EventLoop {
    /// Prepares to wait for `pending`. `actions` are in the order of their ids.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(
        shared: Arc<Shared>,
        pending: Pending,
        actions: Vec<Planned>,
    ) -> nix::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let exclusive = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
        epoll.add(&pending, EpollEvent::new(exclusive, SIGNALS))?;
        epoll.add(&shared.wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        let slot = |planned| Slot { planned, life: None, reason: String::new() };
        let actions: Vec<Slot> = actions.into_iter().map(slot).collect();
        let performed = Vec::with_capacity(actions.len());
        Ok(Self { shared, pending, epoll, actions, performed, from: String::new() })
    }

    /// Sets everything up, serves signals, tears everything down.
    ///
    /// # Errors
    /// The kernel refuses to give out signals.
    pub(crate) fn run(mut self) -> nix::Result<Ending> {
        let mut event = None;
        loop {
            let step = self.decide(event.take())?;
            event = match step {
                Step::SetUp(action) => Some(self.set_up(action)),
                Step::Run(action, arrival) => Some(self.perform(action, arrival)),
                Step::Remove(action) => Some(self.remove(action)),
                Step::TearDown(action) => {
                    self.shared.notify(Notifier::stopping);
                    Some(self.tear_down(action))
                }
                Step::AnnounceReady => self.announce_ready(),
                Step::Report(report) => self.report(&report),
                Step::Sleep => self.sleep()?,
                Step::Exit(ending) => {
                    self.shared.wait_for_announcements();
                    self.shared.notify(Notifier::stopping);
                    return Ok(ending);
                }
            };
        }
    }

    /// One look: what came of the last step, all that is pending, and what follows from it.
    fn decide(&self, event: Option<Event>) -> nix::Result<Step> {
        let mut decider = self.shared.decider();
        if let Some(event) = event {
            decider.handle(event);
        }
        let taken = self.shared.take(&self.pending, &mut decider)?;
        if taken.urgent.is_some() {
            // It comes before anything that the next step would change.
            drop(decider);
            self.shared.act_on(&taken);
            decider = self.shared.decider();
        }
        let step = decider.next();
        drop(decider);
        if taken.urgent.is_none() {
            self.shared.act_on(&taken);
        }
        if taken.child {
            orphans::reap();
        }
        Ok(step)
    }

    fn set_up(&mut self, action: ActionId) -> Event {
        let slot = &mut self.actions[action.0];
        let Planned { known, words } = &slot.planned;
        self.shared.notify(|notifier, now| {
            notifier.status_later(Status::SettingUp(known.name), now);
        });
        match guarded(|| (known.set_up)(words)) {
            Ok(life) => {
                slot.life = Some(life);
                log::debug!(target: CORE, "action `{}` is set up", known.name);
                Event::SetUp(SetUpResult::Ready)
            }
            Err(why) => {
                critical(CORE, format_args!("cannot set up action `{}`: {why}", known.name));
                Event::SetUp(SetUpResult::Failed)
            }
        }
    }

    fn announce_ready(&mut self) -> Option<Event> {
        self.shared.notify(Notifier::ready);
        log::info!(target: CORE, "ready");
        None
    }

    fn perform(&mut self, action: ActionId, arrival: Arrival) -> Event {
        if self.performed.is_empty() && log::log_enabled!(target: CORE, log::Level::Info) {
            self.from = report::from(arrival.sender);
        }
        let slot = &mut self.actions[action.0];
        let name = slot.planned.known.name;
        self.shared.notify(|notifier, now| {
            notifier.status_later(Status::Running(name, arrival.signal), now);
        });
        let started = Instant::now();
        let outcome = slot.run(&arrival);
        let took = started.elapsed();
        if let Err(why) = &outcome {
            let signal = arrival.signal;
            log::error!(target: CORE, "action `{name}` failed on {signal}: {why}");
        }
        let (ended, result) = slot.ended(outcome);
        self.performed.push(Performed { name, ended, took });
        Event::Ran(result)
    }

    fn remove(&mut self, action: ActionId) -> Event {
        let torn_down = self.tear_down(action);
        let Slot { planned, reason, .. } = &mut self.actions[action.0];
        let (name, reason) = (planned.known.name, std::mem::take(reason));
        log::warn!(target: CORE, "Received `ActionClosed`; removing action `{name}`: {reason}");
        torn_down
    }

    fn tear_down(&mut self, action: ActionId) -> Event {
        let slot = &mut self.actions[action.0];
        let name = slot.planned.known.name;
        if let Some(life) = slot.life.take()
            && let Err(why) = guarded(|| life.tear_down())
        {
            log::error!(target: CORE, "cannot tear down action `{name}`: {why}");
        }
        Event::TornDown
    }

    fn report(&mut self, report: &Report) -> Option<Event> {
        let level = if report.ignored > 0 { log::Level::Warn } else { log::Level::Info };
        if log::log_enabled!(target: CORE, level) {
            if self.from.is_empty() {
                self.from = report::from(report.arrival.sender);
            }
            let line = report::line(report, &self.from, &self.performed);
            log::log!(target: CORE, level, "{line}");
        }
        self.shared.notify(|notifier, now| {
            let (signal, outcomes) = (report.arrival.signal, report::outcomes(&self.performed));
            notifier.last_run(&format!("{signal}: {outcomes}"), now);
        });
        self.performed.clear();
        self.from.clear();
        None
    }

    /// Waits for a signal, or for the watcher.
    fn sleep(&self) -> nix::Result<Option<Event>> {
        let mut events = [EpollEvent::empty(); 2];
        let count = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(errno) => return Err(errno),
        };
        if events[..count].iter().any(|event| event.data() == WAKE) {
            self.shared.wake.read()?;
        }
        Ok(None)
    }
}

/// Calls into an action. An error, with all its causes, becomes a text while panics are caught: an
/// author's `Display` can do what an author's action can. A panic counts as an error.
fn guarded<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, String> {
    let caught = guard::catch(|| call().map_err(|error| report::chain(error.as_ref())));
    caught.unwrap_or_else(|panic| Err(panic.to_string()))
}
