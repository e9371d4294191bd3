//! What a run answers: the signal, how often it was seen, and what the kernel says of its sender.

use serde::Serialize;

use crate::signal::Signal;

/// The process that sent a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// Its process id, in flagman's pid namespace.
    pub pid: u32,
    /// Its real user id.
    pub uid: u32,
}

/// What one run of a bundle answers: one signal, received once or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Arrival {
    /// The signal.
    pub signal: Signal,
    /// How many times it was seen since its last run started. A lower bound: the kernel merges
    /// signals that wait.
    pub count: u64,
    /// The first one's sender; `None` when the kernel cannot name it (it is in another pid
    /// namespace, or the kernel itself sent the signal).
    pub sender: Option<Sender>,
}
