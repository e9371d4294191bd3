//! Stands in for flagman's command line: a plan is what a scenario says.

use std::ffi::OsString;
use std::time::Duration;

use crate::Signal;
use crate::decider::{Grace, Overlap, Policy};
use crate::log::Verbosity;
use crate::registry::{Known, Registry};

/// No mistake is left.
#[derive(Debug)]
pub(crate) enum Mistake {}

impl Mistake {
    pub(crate) fn sentence(&self) -> String {
        match *self {}
    }

    pub(crate) fn in_reload(&self) -> String {
        match *self {}
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenEmpty {
    Failure,
    Success,
}

/// What is asked for; always a plan.
#[derive(Debug)]
pub(crate) enum Request {
    Start(Plan),
    Help,
    Version,
    List(()),
    Check(()),
}

#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) request: Result<Request, Mistake>,
}

/// Reads the next plan of the scenario.
pub(crate) fn read(_: impl Iterator<Item = OsString>, registry: &Registry) -> Reading {
    Reading { request: Ok(Request::Start(registry.next())) }
}

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) bundles: Vec<(Signal, Vec<Planned>)>,
    pub(crate) overlap: Overlap,
    pub(crate) quiet_period: Duration,
    pub(crate) grace: Grace,
    pub(crate) verbosity: Verbosity,
    pub(crate) timeout: Option<Duration>,
    pub(crate) settings: Settings,
    pub(crate) warnings: Vec<String>,
}

/// No plan of a scenario has options that a reload cannot change.
#[derive(Debug)]
pub(crate) struct Settings;

impl Settings {
    pub(crate) fn fixed_but_changed(&self, _: &Self) -> Option<&'static str> {
        None
    }
}

#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) known: Known,
    pub(crate) words: Vec<String>,
    pub(crate) policies: Policies,
}

#[derive(Debug)]
pub(crate) struct Policies {
    pub(crate) on_failed_run: Policy,
}

impl Plan {
    pub(crate) fn overlap_of(&self, _: Signal) -> Overlap {
        self.overlap
    }

    pub(crate) fn quiet_period_of(&self, _: Signal) -> Duration {
        self.quiet_period
    }

    pub(crate) fn timeout_of(&self, _: &Planned) -> Option<Duration> {
        None
    }
}

/// Each action is called what its name is.
pub(crate) fn labels(bundles: &[(Signal, Vec<Planned>)]) -> Vec<String> {
    let all = bundles.iter().flat_map(|(_, planned)| planned);
    all.map(|planned| planned.known.name.to_string()).collect()
}
