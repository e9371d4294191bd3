//! A command line, and the file that it names, as they were understood.

use std::path::PathBuf;
use std::time::Duration;

use flagman_base::{Seconds, Signal};

use super::policies::{Limit, Policies};
use super::settings::overlap_word;
use super::{Mistake, Settings};
use crate::decider::{Grace, Overlap};
use crate::log::Verbosity;
use crate::registry::{Known, Source};

/// One action with its words, checked.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) known: Known,
    pub(crate) words: Vec<String>,
    pub(crate) policies: Policies,
}

impl Planned {
    /// All its words as they follow a signal option: its policies, its name, its arguments.
    pub(super) fn all_words(&self) -> Vec<String> {
        let name = self.known.name.to_string();
        [self.policies.words(), vec![name], self.words.clone()].concat()
    }
}

/// Whether flagman may talk to systemd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Systemd {
    /// It does, where `NOTIFY_SOCKET` says so.
    Notify,
    /// It never does.
    Silent,
}

/// The exit status when no action is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenEmpty {
    /// 1.
    Failure,
    /// 0.
    Success,
}

/// What flagman is to do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The bundles, in the order of set-up; none is empty.
    pub(crate) bundles: Vec<(Signal, Vec<Planned>)>,
    /// How long one run of an action in a process of its own may take.
    pub(crate) timeout: Option<Duration>,
    pub(crate) grace: Grace,
    pub(crate) verbosity: Verbosity,
    pub(crate) systemd: Systemd,
    /// The signal by which systemd asks for a reload.
    pub(crate) reload: Option<Signal>,
    pub(crate) when_empty: WhenEmpty,
    /// The file that tells flagman's process id.
    pub(crate) pid_file: Option<PathBuf>,
    /// What to warn of when it starts, and under `--check`.
    pub(crate) warnings: Vec<String>,
    /// All values as they were given.
    pub(crate) settings: Settings,
}

const GRACE: Duration = Duration::from_secs(8);

impl Plan {
    /// The plan of these values and actions.
    ///
    /// # Errors
    /// They do not fit together.
    pub(crate) fn new(
        settings: Settings,
        actions: impl IntoIterator<Item = (Signal, Planned)>,
        warnings: Vec<String>,
    ) -> Result<Self, Mistake> {
        let is_set = |flag: Option<bool>| flag.unwrap_or(false);
        let mut plan = Self {
            bundles: Vec::new(),
            timeout: settings.timeout,
            grace: Grace(settings.grace.unwrap_or(GRACE)),
            verbosity: settings.verbosity(),
            systemd: if is_set(settings.no_systemd) { Systemd::Silent } else { Systemd::Notify },
            reload: is_set(settings.notify_reload).then_some(Signal::HUP),
            when_empty: if is_set(settings.successful_empty) {
                WhenEmpty::Success
            } else {
                WhenEmpty::Failure
            },
            pid_file: settings.pid_file.clone(),
            warnings,
            settings,
        };
        for (signal, planned) in actions {
            plan.add(signal, planned);
        }
        plan.check()?;
        plan.warn_of_idle_values();
        Ok(plan)
    }

    /// What an arrival of `signal` does while its own bundle runs. A reload that was dropped would
    /// keep systemd waiting. What is said of all signals does not reach real-time signals.
    pub(crate) fn overlap_of(&self, signal: Signal) -> Overlap {
        if self.reload == Some(signal) {
            return Overlap::Rerun;
        }
        self.settings.own_overlap(signal).unwrap_or(if signal.is_real_time() {
            Overlap::Each
        } else {
            self.settings.overlap.unwrap_or(Overlap::Ignore)
        })
    }

    /// For how long no further arrival of `signal` must have come before its run starts; zero for none. What
    /// is said of all signals does not reach those that have none: the ones that ask for shutdown, and
    /// those with a run for each arrival.
    pub(crate) fn quiet_period_of(&self, signal: Signal) -> Duration {
        if asks_for_shutdown(signal) || self.overlap_of(signal) == Overlap::Each {
            return Duration::ZERO;
        }
        let own = self.settings.own_quiet_period(signal);
        own.or(self.settings.quiet_period).unwrap_or_default()
    }

    /// How long one run of this action may take.
    pub(crate) fn timeout_of(&self, planned: &Planned) -> Option<Duration> {
        match planned.policies.timeout {
            Some(Limit::Unlimited) => None,
            Some(Limit::Of(time)) => Some(time),
            None => self.timeout,
        }
    }

    fn check(&self) -> Result<(), Mistake> {
        if self.bundles.is_empty() {
            return Err(Mistake::NoActions);
        }
        if self.settings.config.is_none() && self.reloads() {
            return Err(Mistake::ReloadWithoutFile);
        }
        if !self.reload.is_none_or(|reload| self.has(reload)) {
            return Err(Mistake::NothingToReload);
        }
        let quiet = self.settings.quiet_periods.iter().map(|(signal, _)| *signal);
        let period = |signal: &Signal| self.settings.own_quiet_period(*signal).unwrap_or_default();
        let mut quiet = quiet.filter(|signal| !period(signal).is_zero());
        match quiet.find(|signal| self.overlap_of(*signal) == Overlap::Each) {
            Some(signal) => Err(Mistake::QuietEach { signal }),
            None => Ok(()),
        }
    }

    /// Warns of values that have no effect.
    fn warn_of_idle_values(&mut self) {
        let overlaps = self.settings.overlaps.iter().map(|(signal, _)| ("overlap", *signal));
        let periods =
            self.settings.quiet_periods.iter().map(|(signal, _)| ("quiet-period", *signal));
        let idle = overlaps.chain(periods).filter(|(_, signal)| !self.has(*signal));
        let mut warnings: Vec<String> = idle
            .map(|(name, signal)| {
                format!("the `{name}` of {signal} has no effect: {signal} has no actions")
            })
            .collect();
        warnings.dedup();
        for (signal, planned) in self
            .bundles
            .iter()
            .flat_map(|(signal, all)| all.iter().map(|planned| (*signal, planned)))
        {
            warnings.extend(planned.policies.idle().map(|word| {
                let name = &planned.known.name;
                format!(
                    "the policy `{word}` of `{name}` for {signal} has no effect without `retries=`"
                )
            }));
        }
        self.warnings.extend(warnings);
    }

    /// What differs from what holds for a signal when nothing is said of it, as options: their names and
    /// their values.
    pub(super) fn own_settings(&self, signal: Signal) -> Vec<(&'static str, String)> {
        let mut own = Vec::new();
        let usual = if signal.is_real_time() { Overlap::Each } else { Overlap::Ignore };
        let (overlap, period) = (self.overlap_of(signal), self.quiet_period_of(signal));
        if overlap != usual && !asks_for_shutdown(signal) {
            own.push(("overlap", overlap_word(overlap).to_owned()));
        }
        if !period.is_zero() {
            own.push(("quiet-period", Seconds(period).to_string()));
        }
        own
    }

    /// Whether an action of the plan is `reload`.
    fn reloads(&self) -> bool {
        let mut actions = self.bundles.iter().flat_map(|(_, actions)| actions);
        actions.any(|planned| matches!(planned.known.source, Source::Reload))
    }

    /// Whether `signal` has an action.
    fn has(&self, signal: Signal) -> bool {
        self.bundles.iter().any(|(of, _)| *of == signal)
    }

    /// Adds an action to the end of the bundle of `signal`.
    fn add(&mut self, signal: Signal, planned: Planned) {
        if let Some((_, actions)) = self.bundles.iter_mut().find(|(of, _)| *of == signal) {
            actions.push(planned);
            return;
        }
        let place = self.bundles.partition_point(|(of, _)| *of < signal);
        self.bundles.insert(place, (signal, vec![planned]));
    }
}

/// Whether `signal` asks for shutdown.
pub(crate) fn asks_for_shutdown(signal: Signal) -> bool {
    [Signal::TERM, Signal::INT].contains(&signal)
}
