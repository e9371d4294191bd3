//! The actions of this flagman, and the performance of the decider's steps: what is done to an
//! action, and what is said of it.
//!
//! A step that has ended is answered by an event at once; one that is pending, by
//! [`Stage::advance`] later. At most one action is in progress.

use std::sync::Arc;
use std::time::Instant;

use flagman_base::{Arrival, Completion, Signal};
use nix::sys::epoll::{Epoll, EpollCreateFlags};

use crate::actor::{Actor, Context, Finished, Progress};
use crate::decider::{ActionId, Event, RanResult, Report, SetUpResult, Time};
use crate::log::{CORE, critical};
use crate::report::{self, Ended, Performed};
use crate::shared::Shared;
use crate::systemd::{Activity, Notifier};

pub(crate) struct Stage {
    shared: Arc<Shared>,
    epoll: Epoll,
    slots: Vec<Slot>,
    in_progress: Option<InProgress>,
    /// How the actions of the run in progress ended.
    performed: Vec<Performed>,
    /// Where the run in progress came from, if the log wants to know.
    from: String,
}

/// An action's place, before, during and after its life.
struct Slot {
    name: Arc<str>,
    actor: Box<dyn Actor>,
    /// Why it closed, until that is told.
    reason: Option<String>,
}

/// What is pending with which action.
#[derive(Clone, Copy)]
struct InProgress {
    action: ActionId,
    /// For which signal it runs and since when, if it runs.
    run: Option<(Signal, Instant)>,
}

impl Stage {
    /// The actions in the order of their ids.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(
        shared: Arc<Shared>,
        actors: Vec<(Arc<str>, Box<dyn Actor>)>,
    ) -> nix::Result<Self> {
        let slot = |(name, actor)| Slot { name, actor, reason: None };
        let slots: Vec<Slot> = actors.into_iter().map(slot).collect();
        let performed = Vec::with_capacity(slots.len());
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        Ok(Self { shared, epoll, slots, in_progress: None, performed, from: String::new() })
    }

    /// Where everything waits.
    pub(crate) fn epoll(&self) -> &Epoll {
        &self.epoll
    }

    /// When an action in progress is to be advanced at the latest.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.in_progress.and_then(|pending| self.slots[pending.action.0].actor.deadline())
    }

    pub(crate) fn announce_ready(&mut self) -> Option<Event> {
        self.shared.notify(Notifier::ready);
        log::info!(target: CORE, "ready");
        None
    }

    pub(crate) fn set_up(&mut self, action: ActionId) -> Option<Event> {
        let name = Arc::clone(&self.slots[action.0].name);
        self.shared.notify(|notifier, now| notifier.begun(Activity::SettingUp(name), now));
        let progress = self.call(action, |actor, context| actor.set_up(context));
        self.begun(action, None, progress.map(Finished::SetUp))
    }

    pub(crate) fn run(&mut self, action: ActionId, arrival: &Arrival) -> Option<Event> {
        if self.performed.is_empty() && log::log_enabled!(target: CORE, log::Level::Info) {
            self.from = report::from(arrival.sender);
        }
        let (name, signal) = (&self.slots[action.0].name, arrival.signal);
        self.shared.notify(|notifier, now| {
            notifier.begun(Activity::Running(Arc::clone(name), signal), now);
        });
        let started = Instant::now();
        let progress = self.call(action, |actor, context| actor.run(arrival, context));
        self.begun(action, Some((signal, started)), progress.map(Finished::Ran))
    }

    /// Tears down an action that has closed.
    pub(crate) fn remove(&mut self, action: ActionId) -> Option<Event> {
        self.tear_down(action)
    }

    pub(crate) fn tear_down(&mut self, action: ActionId) -> Option<Event> {
        let name = Arc::clone(&self.slots[action.0].name);
        self.shared.notify(|notifier, now| notifier.begun(Activity::TearingDown(name), now));
        let progress = self.call(action, |actor, context| actor.tear_down(context));
        self.begun(action, None, progress.map(Finished::TornDown))
    }

    /// Goes on with an action for which something is ready.
    pub(crate) fn advance(&mut self, token: u64) -> Option<Event> {
        let action = ActionId(usize::try_from(token).ok()?);
        let finished = self.call(action, |actor, context| actor.advance(context))?;
        let run = self.in_progress.take().and_then(|pending| pending.run);
        Some(self.ended(action, run, finished))
    }

    /// Goes on with the action in progress if its time has come.
    pub(crate) fn advance_due(&mut self) -> Option<Event> {
        let deadline = self.deadline()?;
        let action = self.in_progress?.action;
        if self.shared.now() < deadline { None } else { self.advance(action.0 as u64) }
    }

    fn call<T>(
        &mut self,
        action: ActionId,
        call: impl FnOnce(&mut dyn Actor, &Context<'_>) -> T,
    ) -> T {
        let Self { shared, epoll, slots, .. } = self;
        let (token, last_call) = (action.0 as u64, shared.is_last_call());
        let context = Context { epoll, token, now: shared.now(), last_call, pulse: &shared.pulse };
        call(slots[action.0].actor.as_mut(), &context)
    }

    /// Answers a step that has ended, or keeps in mind that it is pending.
    fn begun(
        &mut self,
        action: ActionId,
        run: Option<(Signal, Instant)>,
        progress: Progress<Finished>,
    ) -> Option<Event> {
        match progress {
            Progress::Ended(finished) => Some(self.ended(action, run, finished)),
            Progress::Pending => {
                self.in_progress = Some(InProgress { action, run });
                None
            }
        }
    }

    fn ended(
        &mut self,
        action: ActionId,
        run: Option<(Signal, Instant)>,
        finished: Finished,
    ) -> Event {
        match finished {
            Finished::SetUp(result) => Event::SetUp(self.set_up_ended(action, result)),
            Finished::Ran(outcome) => Event::Ran(self.run_ended(action, run, outcome)),
            Finished::TornDown(result) => {
                self.tear_down_ended(action, result);
                Event::TornDown
            }
        }
    }

    fn set_up_ended(&self, action: ActionId, result: Result<(), String>) -> SetUpResult {
        let name = &self.slots[action.0].name;
        match result {
            Ok(()) => {
                log::debug!(target: CORE, "action `{name}` is set up");
                SetUpResult::Ready
            }
            Err(why) => {
                critical(CORE, format_args!("cannot set up action `{name}`: {why}"));
                SetUpResult::Failed
            }
        }
    }

    fn run_ended(
        &mut self,
        action: ActionId,
        run: Option<(Signal, Instant)>,
        outcome: Result<Completion, String>,
    ) -> RanResult {
        let slot = &mut self.slots[action.0];
        let name = Arc::clone(&slot.name);
        let took = run.map(|(_, started)| started.elapsed()).unwrap_or_default();
        let (ended, result) = match outcome {
            Ok(Completion::Done) => (Ended::Done, RanResult::Stays),
            Ok(Completion::Closed(reason)) => {
                slot.reason = Some(reason);
                (Ended::Closed, RanResult::Closed)
            }
            Err(why) => {
                let signal = run.map(|(signal, _)| format!(" on {signal}")).unwrap_or_default();
                log::error!(target: CORE, "action `{name}` failed{signal}: {why}");
                (Ended::Failed, RanResult::Stays)
            }
        };
        self.performed.push(Performed { name, ended, took });
        result
    }

    fn tear_down_ended(&mut self, action: ActionId, result: Result<(), String>) {
        let Slot { name, reason, .. } = &mut self.slots[action.0];
        if let Err(why) = result {
            log::error!(target: CORE, "cannot tear down action `{name}`: {why}");
        }
        if let Some(reason) = reason.take() {
            log::warn!(target: CORE, "Received `ActionClosed`; removing action `{name}`: {reason}");
        }
    }

    /// Writes the line of a run that has ended, and tells systemd.
    pub(crate) fn report(&mut self, report: &Report) -> Option<Event> {
        let level = if report.ignored > 0 { log::Level::Warn } else { log::Level::Info };
        if log::log_enabled!(target: CORE, level) {
            if self.from.is_empty() {
                self.from = report::from(report.arrival.sender);
            }
            let line = report::line(report, &self.from, &self.performed);
            log::log!(target: CORE, level, "{line}");
        }
        let signal = report.arrival.signal;
        let outcome = || format!("{signal}: {}", report::outcomes(&self.performed));
        self.shared.run_is_over(signal, outcome);
        self.performed.clear();
        self.from.clear();
        None
    }
}
