//! The command line: from the words that were typed to a plan of bundles, or to the first mistake.
//!
//! Ordering rule: every mistake is found here, before anything is set up or said (I2).

mod action;

mod check;

#[cfg(test)]
mod generate;

mod help;

mod label;

mod list;

mod mistake;

mod options;

mod quoting;

mod read;

mod suspect;

mod width;

#[cfg(any(test, fuzzing))]
mod shell;

#[cfg(any(test, fuzzing))]
mod inert;

#[cfg(any(test, fuzzing))]
pub(crate) mod properties;

#[cfg(test)]
mod dice;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use flagman_base::Signal;

pub(crate) use check::{bundle_lines, start_fields};
pub(crate) use help::{help, version};
pub(crate) use label::labels;
pub(crate) use list::{Emphasis, list};
pub(crate) use mistake::Mistake;
pub(crate) use read::read;
pub(crate) use width::Width;

use crate::decider::{Grace, Overlap, Policy};
use crate::log::Verbosity;
use crate::registry::Known;

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// Print the help.
    Help,
    /// Print the version.
    Version,
    /// List the known actions, looking for programs in these directories first.
    List(Vec<PathBuf>),
    /// Say how this plan was understood.
    Check(Plan),
    /// Carry it out.
    Start(Plan),
}

/// One action with its words, checked.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) known: Known,
    pub(crate) words: Vec<String>,
    pub(crate) policies: Policies,
}

/// The policies of one action, as far as they were given: the words NAME=VALUE before its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    /// What it is called in lines, status and metrics.
    pub(crate) name: Option<String>,
    /// How long one run of it may take, in the place of `--timeout`.
    pub(crate) timeout: Option<Limit>,
    /// What becomes of a failed run.
    pub(crate) on_failed_run: Policy,
}

/// A limit on the time of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// `timeout=none`: it may take any time.
    Unlimited,
    /// It may take this long.
    Of(Duration),
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

/// A command line as it was understood.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The bundles, in the order of set-up; none is empty.
    pub(crate) bundles: Vec<(Signal, Vec<Planned>)>,
    pub(crate) overlap: Overlap,
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
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            bundles: Vec::new(),
            overlap: Overlap::Ignore,
            timeout: None,
            grace: Grace(Duration::from_secs(8)),
            verbosity: Verbosity::Warning,
            systemd: Systemd::Notify,
            reload: None,
            when_empty: WhenEmpty::Failure,
            pid_file: None,
            warnings: Vec::new(),
        }
    }
}

impl Plan {
    /// What an arrival of `signal` does while its own bundle runs. A reload that was dropped would
    /// keep systemd waiting.
    pub(crate) fn overlap_of(&self, signal: Signal) -> Overlap {
        if self.reload == Some(signal) { Overlap::Rerun } else { self.overlap }
    }

    /// For how long no further arrival of `signal` must have come before its run starts; zero for none.
    pub(crate) fn quiet_period_of(&self, _signal: Signal) -> Duration {
        Duration::ZERO
    }

    /// How long one run of this action may take.
    pub(crate) fn timeout_of(&self, planned: &Planned) -> Option<Duration> {
        match planned.policies.timeout {
            Some(Limit::Unlimited) => None,
            Some(Limit::Of(time)) => Some(time),
            None => self.timeout,
        }
    }

    /// Whether there is an action for the signal by which systemd asks for a reload, if it does.
    fn can_reload(&self) -> bool {
        self.reload.is_none_or(|reload| self.bundles.iter().any(|(signal, _)| *signal == reload))
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
