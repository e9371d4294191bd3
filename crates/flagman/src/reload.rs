//! A reload, as far as it is I/O: the plan is read again, and fitted to the actions that stand. The decider
//! says when each action is set up and torn down.

use std::ffi::OsString;
use std::sync::Arc;

use flagman_base::process::{note_held_signals, probe};
use flagman_sys::SignalSet;

use crate::cli::{self, Plan, Request, Settings};
use crate::decider::{ActionId, Change, Event, Reloaded, Time};
use crate::log::{self, CLI, CORE};
use crate::outcome::{Failure, Outcome};
use crate::pulse::Doing;
use crate::registry::Registry;
use crate::report;
use crate::roster::{self, Fitted};
use crate::signals::set_of;
use crate::stage::Stage;

/// What the plan is read from, again and again.
pub(crate) struct Reloader {
    words: Vec<OsString>,
    registry: Registry,
    /// What flagman was started with; a reload does not change all of it.
    settings: Settings,
}

/// A reload in progress.
pub(crate) struct Reloading {
    action: ActionId,
    /// What it was called when the reload began, which may remove it.
    label: Arc<str>,
    since: Option<Time>,
    plan: Plan,
    fitted: Fitted,
    /// The signals of the new plan.
    signals: SignalSet,
    /// Why a set-up failed.
    why: Option<String>,
}

impl Reloading {
    /// A set-up has failed.
    pub(crate) fn failed(&mut self, why: String) {
        self.why = Some(why);
    }
}

impl Reloader {
    /// Reads the command line `words`, and the file that they name.
    pub(crate) fn new(words: Vec<OsString>, registry: Registry, settings: Settings) -> Self {
        Self { words, registry, settings }
    }

    fn read(&self) -> Result<Plan, String> {
        match cli::read(self.words.iter().cloned(), &self.registry).request {
            Ok(Request::Start(plan)) => match self.settings.fixed_but_changed(&plan.settings) {
                None => Ok(plan),
                Some(option) => {
                    Err(format!("`{option}` has changed, which needs a restart of flagman"))
                }
            },
            // The words are those that flagman was started with.
            Ok(Request::Help | Request::Version | Request::List(_) | Request::Check(_)) => {
                Err("the command line asks for something else".to_owned())
            }
            Err(mistake) => Err(mistake.in_reload()),
        }
    }
}

impl Stage {
    /// Reads the plan again for `action`, and tells the decider what has changed. With a mistake nothing
    /// changes, and the action has failed.
    pub(crate) fn begin_reload(&mut self, action: ActionId, since: Option<Time>) -> Option<Event> {
        let mut plan = match self.read_plan() {
            Ok(plan) => plan,
            Err(why) => {
                let failed = Outcome::Failed(Failure::Error(format!("nothing has changed: {why}")));
                return Some(self.run_ended_with(action, since, &failed));
            }
        };
        let label = self.actions.get(action).map(|player| Arc::clone(&player.label));
        let label = label.unwrap_or_default();
        let mut fitted = roster::fit(&mut plan, &mut self.actions);
        let bundles = std::mem::take(&mut fitted.bundles);
        let signals = set_of(bundles.iter().map(|bundle| &bundle.signal));
        // From now on no thread acts on a signal that is new; it waits until the plan holds.
        self.shared.block_in_watcher(&signals);
        note_held_signals(&signals);
        self.tell_labels();
        let (added, gone) = (fitted.added.clone(), fitted.gone.clone());
        let change = Change { bundles, grace: plan.grace, added, gone };
        self.reloading = Some(Reloading { action, label, since, plan, fitted, signals, why: None });
        self.shared.decider().reload(change);
        None
    }

    /// Reads the plan again. That is the action's work, and takes time: programs are asked what they are.
    fn read_plan(&self) -> Result<Plan, String> {
        self.shared.pulse.set(Doing::Acting(self.shared.now()));
        let read = self.reloader.as_ref().map(Reloader::read);
        self.shared.pulse.set(Doing::Working(self.shared.now()));
        let plan =
            read.ok_or_else(|| "flagman was started without a configuration file".to_owned())??;
        if roster::starts_programs(&plan) {
            probe().map_err(|error| error.to_string())?;
        }
        for warning in &plan.warnings {
            ::log::warn!(target: CLI, "{warning}");
        }
        Ok(plan)
    }

    /// The signals of the new plan, during a reload.
    pub(crate) fn new_signals(&self) -> SignalSet {
        self.reloading.as_ref().map_or_else(SignalSet::empty, |reloading| reloading.signals)
    }

    /// From now on the new plan holds.
    pub(crate) fn adopt(&mut self) -> Option<Event> {
        let reloading = self.reloading.as_ref()?;
        reloading.fitted.adopt(&mut self.actions);
        log::set(reloading.plan.verbosity);
        self.shared.notify(|notifier, _| notifier.limit(reloading.plan.timeout));
        self.tell_labels();
        let dropped = self.shared.decider().take_dropped();
        if !dropped.is_empty() {
            let left = report::list_unanswered(&dropped);
            ::log::warn!(target: CORE, "the new plan has no actions for {left}: not served");
        }
        None
    }

    /// The reload has ended; so has its action.
    pub(crate) fn reload_ended(&mut self, how: Reloaded) -> Event {
        let Some(Reloading { action, label, since, fitted, why, .. }) = self.reloading.take()
        else {
            return Event::TornDown;
        };
        let outcome = match how {
            Reloaded::Done => {
                let (kept, changed) = (fitted.kept_in_all(), fitted.changed);
                let (added, removed) = (fitted.added.len(), fitted.gone.len());
                ::log::info!(
                    target: CORE,
                    "reloaded: {kept} kept, {changed} of them changed; {added} added, {removed} removed"
                );
                Outcome::Done
            }
            Reloaded::Undone => {
                let why = why.unwrap_or_default();
                Outcome::Failed(Failure::Error(format!("the old plan stays: {why}")))
            }
            Reloaded::CutShort => {
                Outcome::Failed(Failure::Error("flagman is shutting down".to_owned()))
            }
        };
        if how == Reloaded::Undone {
            // Those that were set up have been torn down, which has taken them out.
            for added in &fitted.added {
                self.take_out(*added);
            }
        }
        self.tell_labels();
        if self.actions.get(action).is_none() {
            // The reload has removed its own action, which still belongs to the record of the run.
            let took = since.map(|since| self.shared.now().saturating_sub(since));
            self.add_try(action, &label, &outcome, took.unwrap_or_default());
        }
        self.run_ended_with(action, since, &outcome)
    }

    fn run_ended_with(
        &mut self,
        action: ActionId,
        since: Option<Time>,
        outcome: &Outcome,
    ) -> Event {
        Event::Ran(self.run_ended(action, since, outcome))
    }

    fn tell_labels(&self) {
        self.shared.set_labels(self.actions.map(|player| Arc::clone(&player.label)));
    }
}
