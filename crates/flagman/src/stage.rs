//! The actions of this flagman. The stage carries out the decider's steps on them, and logs and records
//! the results.
//!
//! A step that ends at once is answered with an event at once. For a pending one, [`Stage::advance`]
//! returns the event later. At most one action is in progress.

use std::sync::Arc;

use flagman_base::{Arrival, Signal};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent};

use crate::actor::{Actor, Context, Finished, Progress};
use crate::decider::{ActionId, Event, RanResult, Report, SetUpResult, Time};
use crate::exit::{Named, Refused};
use crate::log::{self, CORE, critical};
use crate::outcome::{Failure, Outcome};
use crate::record::{ActionRecord, RunRecord};
use crate::report;
use crate::shared::Shared;
use crate::systemd::{Notifier, StatusText};
use crate::table::Table;
use crate::token::Token;

pub(crate) struct Stage {
    shared: Arc<Shared>,
    epoll: Epoll,
    actions: Table<Player>,
    pending: Option<PendingAction>,
    /// How the actions of the run in progress ended.
    performed: Vec<ActionRecord>,
    /// The signal of the run in progress.
    signal: Option<Signal>,
    /// Where the run in progress came from, if the log shows it.
    from: String,
    /// How many runs have ended.
    runs: u64,
}

/// An action, before, during and after its life.
pub(crate) struct Player {
    /// Its name, as the user typed it.
    pub(crate) name: Arc<str>,
    /// What it is called in log lines, where its name alone could be ambiguous.
    pub(crate) label: Arc<str>,
    pub(crate) actor: Box<dyn Actor>,
    /// Why it closed, until that is logged.
    pub(crate) reason: Option<String>,
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
    pub(crate) fn new(shared: Arc<Shared>, actions: Table<Player>) -> Result<Self, Refused> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).named("epoll_create1")?;
        epoll.wait(&mut [EpollEvent::empty()], 0_u8).named("epoll_wait")?;
        Ok(Self {
            shared,
            epoll,
            actions,
            pending: None,
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
        self.shared.notify(Notifier::ready);
        ::log::info!(target: CORE, "ready");
        None
    }

    pub(crate) fn set_up(&mut self, action: ActionId) -> Option<Event> {
        self.announce(action, StatusText::SettingUp);
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
        self.announce(action, |label| StatusText::Running(label, signal));
        self.begin(action, |actor, context| actor.run(arrival, context).map(Finished::Ran))
    }

    /// Tears down an action that has closed.
    pub(crate) fn remove(&mut self, action: ActionId) -> Option<Event> {
        self.tear_down(action)
    }

    pub(crate) fn tear_down(&mut self, action: ActionId) -> Option<Event> {
        self.announce(action, StatusText::TearingDown);
        self.begin(action, |actor, context| actor.tear_down(context).map(Finished::TornDown))
    }

    /// Continues with an action for which something is ready.
    pub(crate) fn advance(&mut self, action: ActionId) -> Option<Event> {
        let now = self.shared.now();
        let finished = self.call(action, now, |actor, context| actor.advance(context))??;
        let since = self.pending.take().map(|pending| pending.since);
        Some(self.ended(action, since, finished))
    }

    /// Continues with the action in progress if its deadline has passed.
    pub(crate) fn advance_due(&mut self) -> Option<Event> {
        let deadline = self.deadline()?;
        let action = self.pending?.action;
        if self.shared.now() < deadline { None } else { self.advance(action) }
    }

    /// Looks at the programs of all actions, for a child has changed, and tells of each that was stopped.
    pub(crate) fn look_at_children(&mut self) {
        let Self { shared, epoll, actions, .. } = self;
        let (now, last_call) = (shared.now(), shared.is_last_call());
        for (action, player) in actions.iter_mut() {
            let token = Token::Action(action);
            let context = Context { epoll, token, now, last_call, pulse: &shared.pulse };
            if let Some(stopped) = player.actor.look(&context) {
                ::log::warn!(target: CORE, "action `{}`: {stopped}", player.label);
            }
        }
    }

    /// Tells systemd what begins with this action.
    fn announce(&self, action: ActionId, text: impl FnOnce(Arc<str>) -> StatusText) {
        self.shared.notify(|notifier, now| {
            if let Some(player) = self.actions.get(action) {
                notifier.begun(text(Arc::clone(&player.label)), now);
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
            Progress::Ended(finished) => Some(self.ended(action, Some(since), finished)),
            Progress::Pending => {
                self.pending = Some(PendingAction { action, since });
                None
            }
        }
    }

    fn ended(&mut self, action: ActionId, since: Option<Time>, finished: Finished) -> Event {
        match finished {
            Finished::SetUp(result) => Event::SetUp(self.set_up_ended(action, result)),
            Finished::Ran(outcome) => Event::Ran(self.run_ended(action, since, outcome)),
            Finished::TornDown(result) => {
                self.tear_down_ended(action, result);
                Event::TornDown
            }
        }
    }

    fn set_up_ended(&self, action: ActionId, result: Result<(), Failure>) -> SetUpResult {
        let label = self.actions.get(action).map(|player| &*player.label).unwrap_or_default();
        match result {
            Ok(()) => {
                ::log::debug!(target: CORE, "action `{label}` is set up");
                SetUpResult::Ready
            }
            Err(why) => {
                critical(CORE, format_args!("cannot set up action `{label}`: {why}"));
                SetUpResult::Failed
            }
        }
    }

    fn run_ended(&mut self, action: ActionId, since: Option<Time>, outcome: Outcome) -> RanResult {
        let took = since.map(|since| self.shared.now().saturating_sub(since)).unwrap_or_default();
        let result = outcome.result();
        let Some(player) = self.actions.get_mut(action) else { return result };
        let label = Arc::clone(&player.label);
        match &outcome {
            Outcome::Done => {}
            Outcome::Closed { reason } => player.reason = Some(reason.clone()),
            Outcome::Failed(why) => {
                let signal = self.signal.map(|signal| format!(" on {signal}")).unwrap_or_default();
                ::log::error!(target: CORE, "action `{label}` failed{signal}: {why}");
            }
        }
        self.performed.push(ActionRecord { label, outcome, took });
        result
    }

    fn tear_down_ended(&mut self, action: ActionId, result: Result<(), Failure>) {
        let Some(Player { name, label, reason, .. }) = self.actions.get_mut(action) else {
            return;
        };
        if let Err(why) = result {
            ::log::error!(target: CORE, "cannot tear down action `{label}`: {why}");
        }
        if let Some(reason) = reason.take() {
            ::log::warn!(target: CORE, "Received `ActionClosed`; removing action `{name}`: {reason}");
        }
    }

    /// Makes the record of a run that has ended, logs its line, and tells systemd.
    pub(crate) fn report(&mut self, report: &Report) -> Option<Event> {
        self.runs += 1;
        let record = self.record(report);
        let level = if record.ignored > 0 { ::log::Level::Warn } else { ::log::Level::Info };
        if ::log::log_enabled!(target: CORE, level) {
            let line = report::line(&record);
            log::record(level, CORE, format_args!("{line}"), &|fields| {
                report::fields(&record, fields);
            });
        }
        self.shared.run_is_over(&record);
        self.signal = None;
        self.performed = record.actions;
        self.performed.clear();
        None
    }

    fn record(&mut self, report: &Report) -> RunRecord {
        let Report { bundle, arrival, answers, ignored, started } = *report;
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
            started,
            ended: self.shared.now(),
            actions: std::mem::take(&mut self.performed),
        }
    }
}
