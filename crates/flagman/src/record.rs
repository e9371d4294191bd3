//! The record of a run: data that is collected once, when the run has ended. The log line and
//! `STATUS=` are made from it.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::Arrival;

use crate::decider::{BundleId, Ticket, Time};
use crate::outcome::Outcome;

/// One run of a bundle, from its first action to the look after its last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunRecord {
    /// Its number; runs count up from 1.
    pub(crate) run: u64,
    pub(crate) bundle: BundleId,
    /// What it answered.
    pub(crate) arrival: Arrival,
    /// The last ticket that it answered.
    pub(crate) answers: Ticket,
    /// Where the arrival came from, in words; empty if that is unknown or not logged.
    pub(crate) from: String,
    /// How many arrivals were dropped while it ran (a lower bound).
    pub(crate) ignored: u64,
    /// The action by whose failure a policy has ended the run, if one has.
    pub(crate) cut_by: Option<Arc<str>>,
    /// How many actions of a shutdown's run did not start, because the grace was nearly over.
    pub(crate) left_out: usize,
    pub(crate) started: Time,
    pub(crate) ended: Time,
    /// Its actions, in order.
    pub(crate) actions: Vec<ActionRecord>,
}

/// What one action of a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActionRecord {
    /// What it is called in log lines.
    pub(crate) label: Arc<str>,
    /// The outcome of its last try.
    pub(crate) outcome: Outcome,
    /// How often it was tried.
    pub(crate) tries: u32,
    /// How long its tries took together, without the pauses between them.
    pub(crate) took: Duration,
}
