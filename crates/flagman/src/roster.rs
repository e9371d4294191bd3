//! From a plan to bundles of actions with ids. At the start every action is new; a reload keeps those that
//! the old plan has too.
//!
//! Nothing here sets anything up or changes an action that stands: that is done when the decider says so.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::Signal;

use crate::actor::{Actor, Exec, InProcess, Program, Reload};
use crate::cli::{self, Plan, Planned};
use crate::decider::{ActionId, Bundle, Member, Policy};
use crate::registry::{Known, Source};
use crate::roles::bundle_of;
use crate::table::Table;

/// An action, before, during and after its life.
pub(crate) struct Player {
    /// Its name, as the user typed it.
    pub(crate) name: Arc<str>,
    /// What it is called in log lines, where its name alone could be ambiguous.
    pub(crate) label: Arc<str>,
    signal: Signal,
    words: Arc<[String]>,
    rules: Rules,
    /// Whether flagman can stop a run of it.
    can_be_stopped: bool,
    pub(crate) actor: Box<dyn Actor>,
    /// Why it closed, until that is logged.
    pub(crate) reason: Option<String>,
}

/// What may change in a reload while an action keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rules {
    policy: Policy,
    /// The limit for a run.
    timeout: Option<Duration>,
}

/// How a plan differs from the actions that stand.
#[derive(Debug, Default)]
pub(crate) struct Fitted {
    /// All bundles of the plan, in the order of set-up.
    pub(crate) bundles: Vec<Bundle>,
    /// What is new, in that order. It is in the table already.
    pub(crate) added: Vec<ActionId>,
    /// What the plan does not have.
    pub(crate) gone: Vec<ActionId>,
    /// What stays, with what it is called and follows from now on.
    kept: Vec<(ActionId, Arc<str>, Rules)>,
    /// How many of those that stay follow other rules than before.
    pub(crate) changed: usize,
}

/// Finds the plan's actions in the table, and adds those that are new. An action is the same if signal, name
/// and words are, and its place among equals.
pub(crate) fn fit(plan: &mut Plan, actions: &mut Table<Player>) -> Fitted {
    let mut fitted = Fitted { gone: actions.ids().collect(), ..Fitted::default() };
    let planned = std::mem::take(&mut plan.bundles);
    let mut labels = cli::labels(&planned).into_iter();
    for (signal, planned) in planned {
        let member = |planned: Planned| {
            let label = labels.next().unwrap_or_default().into();
            let policy = planned.policies.on_failed_run;
            let rules = Rules { policy, timeout: plan.timeout_of(&planned) };
            Member { action: fitted.place(signal, planned, (label, rules), actions), policy }
        };
        let members = planned.into_iter().map(member).collect();
        fitted.bundles.push(Bundle {
            id: bundle_of(signal),
            signal,
            overlap: plan.overlap_of(signal),
            quiet_period: plan.quiet_period_of(signal),
            members,
        });
    }
    fitted
}

/// Whether flagman can stop a run of such an action.
fn can_be_stopped(source: &Source) -> bool {
    match source {
        Source::InProcess { .. } | Source::Reload => false,
        Source::Exec | Source::Program(_) => true,
    }
}

/// Whether an action of the plan lives in another process. In-process ones that start programs are not known.
pub(crate) fn starts_programs(plan: &Plan) -> bool {
    let mut actions = plan.bundles.iter().flat_map(|(_, planned)| planned);
    actions.any(|planned| can_be_stopped(&planned.known.source))
}

impl Fitted {
    /// The action of the table that this one is, or a new one.
    fn place(
        &mut self,
        signal: Signal,
        planned: Planned,
        (label, rules): (Arc<str>, Rules),
        actions: &mut Table<Player>,
    ) -> ActionId {
        let is_it = |action: &ActionId| {
            actions.get(*action).is_some_and(|player| player.is(signal, &planned))
        };
        let Some(place) = self.gone.iter().position(is_it) else {
            let action = actions.add(Player::new(signal, planned, label, rules));
            self.added.push(action);
            return action;
        };
        let action = self.gone.remove(place);
        let follows = actions.get(action).is_some_and(|player| player.follows(&rules));
        self.changed += usize::from(!follows);
        self.kept.push((action, label, rules));
        action
    }

    /// How many actions stay.
    pub(crate) fn kept_in_all(&self) -> usize {
        self.kept.len()
    }

    /// Has the actions that stay follow the plan's rules.
    pub(crate) fn adopt(&self, actions: &mut Table<Player>) {
        for (action, label, rules) in &self.kept {
            if let Some(player) = actions.get_mut(*action) {
                player.actor.limit(rules.timeout);
                player.label = Arc::clone(label);
                player.rules = rules.clone();
            }
        }
    }
}

impl Player {
    fn new(signal: Signal, planned: Planned, label: Arc<str>, rules: Rules) -> Self {
        let Planned { known: Known { name, source, .. }, words, .. } = planned;
        let (timeout, words) = (rules.timeout, Arc::from(words));
        let can_be_stopped = can_be_stopped(&source);
        let kept = Arc::clone(&words);
        let actor: Box<dyn Actor> = match source {
            Source::InProcess { set_up, .. } => {
                Box::new(InProcess::new(Arc::clone(&name), set_up, words))
            }
            Source::Exec => Box::new(Exec::new(words, timeout)),
            Source::Program(path) => {
                Box::new(Program::new(Arc::clone(&name), path, words, timeout))
            }
            Source::Reload => Box::new(Reload),
        };
        let label = if *name == *label { Arc::clone(&name) } else { label };
        Self { name, label, signal, words: kept, rules, can_be_stopped, actor, reason: None }
    }

    /// The limit for one run of it.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.rules.timeout
    }

    /// How often a failed run of it is tried at the most.
    pub(crate) fn tries(&self) -> u32 {
        u32::from(self.rules.policy.retries) + 1
    }

    /// Whether it acts by these rules already. A limit changes nothing where no run can be stopped.
    fn follows(&self, rules: &Rules) -> bool {
        let has_limit = !self.can_be_stopped || self.rules.timeout == rules.timeout;
        has_limit && self.rules.policy == rules.policy
    }

    fn is(&self, signal: Signal, planned: &Planned) -> bool {
        self.signal == signal && self.name == planned.known.name && *self.words == *planned.words
    }
}
