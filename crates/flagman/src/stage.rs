//! The actions of this flagman. The stage carries out the decider's steps on them, and logs and records
//! the results.
//!
//! A step that ends at once is answered with an event at once. For a pending one, [`Stage::advance`]
//! returns the event later. At most one action is in progress.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::{Arrival, Signal};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent};

use crate::actor::{Actor, Context, Finished, Progress};
use crate::decider::{ActionId, Event, RanResult, Report, Retry, SetUpResult, Time, Urgent};
use crate::exit::{Named, Refused};
use crate::log::{self, CORE, critical};
use crate::outcome::{Failure, Outcome};
use crate::record::{ActionRecord, RunRecord};
use crate::reload::{Reloader, Reloading};
use crate::report;
use crate::roster::Player;
use crate::shared::Shared;
use crate::systemd::{Notifier, StatusText};
use crate::table::Table;
use crate::token::Token;

pub(crate) struct Stage {
    pub(crate) shared: Arc<Shared>,
    epoll: Epoll,
    pub(crate) actions: Table<Player>,
    /// Those that were torn down and have left processes to reap.
    leaving: Vec<Box<dyn Actor>>,
    /// Reads the plan again, if that is in a file.
    pub(crate) reloader: Option<Reloader>,
    /// The reload in progress.
    pub(crate) reloading: Option<Reloading>,
    pending: Option<PendingAction>,
    /// The action that was tried last in the run in progress.
    last_tried: Option<ActionId>,
    /// How the actions of the run in progress ended.
    performed: Vec<ActionRecord>,
    /// The signal of the run in progress.
    signal: Option<Signal>,
    /// Where the run in progress came from, if the log shows it.
    from: String,
    /// How many runs have ended.
    runs: u64,
}

/// An action with a pending step.
#[derive(Clone, Copy)]
struct PendingAction {
    action: ActionId,
    since: Time,
}

impl Stage {
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(
        shared: Arc<Shared>,
        actions: Table<Player>,
        reloader: Option<Reloader>,
    ) -> Result<Self, Refused> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).named("epoll_create1")?;
        epoll.wait(&mut [EpollEvent::empty()], 0_u8).named("epoll_wait")?;
        Ok(Self {
            shared,
            epoll,
            actions,
            leaving: Vec::new(),
            reloader,
            reloading: None,
            pending: None,
            last_tried: None,
            performed: Vec::new(),
            signal: None,
            from: String::new(),
            runs: 0,
        })
    }

    /// The epoll in which everything is awaited.
    pub(crate) fn epoll(&self) -> &Epoll {
        &self.epoll
    }

    /// When the action in progress must be advanced at the latest.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let pending = self.pending?;
        self.actions.get(pending.action)?.actor.deadline()
    }

    pub(crate) fn announce_ready(&mut self) -> Option<Event> {
        // Most of it has only read the command line.
        flagman_sys::give_back_code();
        self.shared.notify(Notifier::ready);
        ::log::info!(target: CORE, "ready");
        None
    }

    pub(crate) fn set_up(&mut self, action: ActionId) -> Option<Event> {
        self.announce(action, Duration::ZERO, StatusText::SettingUp);
        self.begin(action, |actor, context| actor.set_up(context).map(Finished::SetUp))
    }

    pub(crate) fn run(&mut self, action: ActionId, arrival: &Arrival) -> Option<Event> {
        if self.performed.is_empty() && ::log::log_enabled!(target: CORE, ::log::Level::Info) {
            self.from = report::from(arrival.sender);
            let line = report::started(arrival, &self.from);
            log::record(::log::Level::Info, CORE, format_args!("{line}"), &|fields| {
                report::started_fields(arrival, fields);
            });
        }
        let signal = arrival.signal;
        self.signal = Some(signal);
        self.announce(action, Duration::ZERO, |label| StatusText::Running(label, signal));
        self.begin(action, |actor, context| actor.run(arrival, context))
    }

    /// Tells of a try that has failed and will be followed by another.
    pub(crate) fn retry(&mut self, retry: &Retry) -> Option<Event> {
        let Retry { action, arrival, after } = *retry;
        self.announce(action, after, |label| StatusText::Retrying(label, arrival.signal));
        if let Some(player) = self.actions.get(action) {
            let pause = report::Took(after);
            ::log::info!(target: CORE, "action `{}` will be tried again in {pause}", player.label);
        }
        None
    }

    /// Begins a shutdown because this action has failed.
    pub(crate) fn shut_down(&mut self, action: ActionId) -> Option<Event> {
        if let Some(player) = self.actions.get(action) {
            let label = &player.label;
            ::log::error!(target: CORE, "action `{label}` failed under `on-failure=exit`: shutting down");
        }
        self.shared.act(Urgent::AnnounceStopping);
        None
    }

    /// Tears down an action that has closed, or that a reload removes.
    pub(crate) fn remove(&mut self, action: ActionId) -> Option<Event> {
        self.tear_down(action)
    }

    pub(crate) fn tear_down(&mut self, action: ActionId) -> Option<Event> {
        self.announce(action, Duration::ZERO, StatusText::TearingDown);
        self.begin(action, |actor, context| actor.tear_down(context).map(Finished::TornDown))
    }

    /// Continues with an action for which something is ready.
    pub(crate) fn advance(&mut self, action: ActionId) -> Option<Event> {
        let now = self.shared.now();
        let finished = self.call(action, now, |actor, context| actor.advance(context))??;
        let since = self.pending.take().map(|pending| pending.since);
        self.ended(action, since, finished)
    }

    /// Continues with the action in progress if its deadline has passed.
    pub(crate) fn advance_due(&mut self) -> Option<Event> {
        let deadline = self.deadline()?;
        let action = self.pending?.action;
        if self.shared.now() < deadline { None } else { self.advance(action) }
    }

    /// Looks at the programs of all actions, for a child has changed, and tells of each that was stopped.
    pub(crate) fn look_at_children(&mut self) {
        let Self { shared, epoll, actions, leaving, .. } = self;
        leaving.retain_mut(|actor| !actor.is_reaped());
        let (now, last_call) = (shared.now(), shared.is_last_call());
        for (action, player) in actions.iter_mut() {
            let token = Token::Action(action);
            let context = Context { epoll, token, now, last_call, pulse: &shared.pulse };
            if let Some(stopped) = player.actor.look(&context) {
                ::log::warn!(target: CORE, "action `{}`: {stopped}", player.label);
            }
        }
    }

    /// Tells systemd what begins with this action, after this pause.
    fn announce(
        &self,
        action: ActionId,
        pause: Duration,
        text: impl FnOnce(Arc<str>) -> StatusText,
    ) {
        self.shared.notify(|notifier, now| {
            if let Some(player) = self.actions.get(action) {
                let text = text(Arc::clone(&player.label));
                notifier.begun(text, player.timeout(), pause, now);
            }
        });
    }

    fn call<T>(
        &mut self,
        action: ActionId,
        now: Time,
        call: impl FnOnce(&mut dyn Actor, &Context<'_>) -> T,
    ) -> Option<T> {
        let Self { shared, epoll, actions, .. } = self;
        let (token, last_call) = (Token::Action(action), shared.is_last_call());
        let context = Context { epoll, token, now, last_call, pulse: &shared.pulse };
        Some(call(actions.get_mut(action)?.actor.as_mut(), &context))
    }

    /// Returns the event of a step that has ended, or remembers that it is pending.
    fn begin(
        &mut self,
        action: ActionId,
        call: impl FnOnce(&mut dyn Actor, &Context<'_>) -> Progress<Finished>,
    ) -> Option<Event> {
        let since = self.shared.now();
        match self.call(action, since, call)? {
            Progress::Ended(finished) => self.ended(action, Some(since), finished),
            Progress::Pending => {
                self.pending = Some(PendingAction { action, since });
                None
            }
        }
    }

    fn ended(
        &mut self,
        action: ActionId,
        since: Option<Time>,
        finished: Finished,
    ) -> Option<Event> {
        match finished {
            Finished::SetUp(result) => Some(Event::SetUp(self.set_up_ended(action, result))),
            Finished::Ran(outcome) => Some(Event::Ran(self.run_ended(action, since, &outcome))),
            Finished::TornDown(result) => {
                self.tear_down_ended(action, result);
                Some(Event::TornDown)
            }
            Finished::WantsReload => self.begin_reload(action, since),
        }
    }

    fn set_up_ended(&mut self, action: ActionId, result: Result<(), Failure>) -> SetUpResult {
        let label = self.actions.get(action).map(|player| &*player.label).unwrap_or_default();
        match result {
            Ok(()) => {
                ::log::debug!(target: CORE, "action `{label}` is set up");
                SetUpResult::Ready
            }
            Err(why) => {
                let why = format!("cannot set up action `{label}`: {why}");
                match &mut self.reloading {
                    Some(reloading) => reloading.failed(why),
                    None => critical(CORE, format_args!("{why}")),
                }
                SetUpResult::Failed
            }
        }
    }

    pub(crate) fn run_ended(
        &mut self,
        action: ActionId,
        since: Option<Time>,
        outcome: &Outcome,
    ) -> RanResult {
        let took = since.map(|since| self.shared.now().saturating_sub(since)).unwrap_or_default();
        let result = outcome.result();
        let Some(player) = self.actions.get_mut(action) else { return result };
        let label = Arc::clone(&player.label);
        let most = player.tries();
        if let Outcome::Closed { reason } = outcome {
            player.reason = Some(reason.clone());
        }
        let tries = self.add_try(action, &label, outcome, took);
        if let Outcome::Failed(why) = outcome {
            let signal = self.signal.map(|signal| format!(" on {signal}")).unwrap_or_default();
            let of_tries =
                if most > 1 { format!(" (try {tries} of {most})") } else { String::new() };
            ::log::error!(target: CORE, "action `{label}` failed{signal}{of_tries}: {why}");
        }
        result
    }

    /// Adds the outcome of one try to the record of the run in progress. Returns how many tries of this
    /// action there have been.
    pub(crate) fn add_try(
        &mut self,
        action: ActionId,
        label: &Arc<str>,
        outcome: &Outcome,
        took: Time,
    ) -> u32 {
        let again = self.last_tried.replace(action) == Some(action);
        let before = self.performed.pop_if(|_| again);
        let (tries, before) = before.map_or((0, Time::ZERO), |record| (record.tries, record.took));
        let (tries, took) = (tries + 1, before + took);
        let (label, outcome) = (Arc::clone(label), outcome.clone());
        self.performed.push(ActionRecord { label, outcome, tries, took });
        tries
    }

    fn tear_down_ended(&mut self, action: ActionId, result: Result<(), Failure>) {
        let Some((name, label, reason)) = self.take_out(action) else { return };
        if let Err(why) = result {
            ::log::error!(target: CORE, "cannot tear down action `{label}`: {why}");
        }
        if let Some(reason) = reason {
            ::log::warn!(target: CORE, "Received `ActionClosed`; removing action `{name}`: {reason}");
        }
    }

    /// Takes an action that does not stand any more out of the table. Returns its name, its label and why it
    /// closed.
    pub(crate) fn take_out(
        &mut self,
        action: ActionId,
    ) -> Option<(Arc<str>, Arc<str>, Option<String>)> {
        let Player { name, label, mut actor, reason, .. } = self.actions.remove(action)?;
        if !actor.is_reaped() {
            self.leaving.push(actor);
        }
        Some((name, label, reason))
    }

    /// Makes the record of a run that has ended, logs its line, and tells systemd.
    pub(crate) fn report(&mut self, report: &Report) -> Option<Event> {
        self.runs += 1;
        let record = self.record(report);
        let incomplete = record.ignored > 0 || record.left_out > 0;
        let level = if incomplete { ::log::Level::Warn } else { ::log::Level::Info };
        if ::log::log_enabled!(target: CORE, level) {
            let line = report::line(&record);
            log::record(level, CORE, format_args!("{line}"), &|fields| {
                report::fields(&record, fields);
            });
        }
        self.shared.run_is_over(&record);
        self.signal = None;
        self.last_tried = None;
        self.performed = record.actions;
        self.performed.clear();
        None
    }

    fn record(&mut self, report: &Report) -> RunRecord {
        let Report { bundle, arrival, answers, ignored, started, cut, left_out } = *report;
        let cut_by = cut.and_then(|cut| self.actions.get(cut.action));
        let cut_by = cut_by.map(|player| Arc::clone(&player.label));
        let mut from = std::mem::take(&mut self.from);
        if from.is_empty() && ignored > 0 {
            from = report::from(arrival.sender);
        }
        RunRecord {
            run: self.runs,
            bundle,
            arrival,
            answers,
            from,
            ignored,
            cut_by,
            left_out,
            started,
            ended: self.shared.now(),
            actions: std::mem::take(&mut self.performed),
        }
    }
}
