//! What a run handles: the signal, how often it arrived, its sender as the kernel reports it, and the value
//! that it carried.

use serde::Serialize;

use crate::signal::Signal;

/// The process that sent a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sender {
    /// Its process id, in flagman's pid namespace.
    pub pid: u32,
    /// Its real user id.
    pub uid: u32,
}

impl Sender {
    /// The process `pid`, of the user `uid`.
    #[must_use]
    pub const fn new(pid: u32, uid: u32) -> Self {
        Self { pid, uid }
    }
}

/// What one run of a bundle handles: one signal, received once or more.
///
/// flagman creates these. Tests of actions create their own with [`new`](Self::new):
///
/// ```
/// use flagman_action::{Arrival, Sender, Signal};
///
/// let arrival = Arrival::new(Signal::USR1).times(3).sent_by(Sender::new(7, 0));
/// assert_eq!(arrival.count, 3);
///
/// let queued = Arrival::new(Signal::parse("RTMIN+1").unwrap()).carrying(-5);
/// assert_eq!(queued.value, Some(-5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Arrival {
    /// The signal.
    pub signal: Signal,
    /// How often it arrived since its last run started. This is a lower bound: the kernel merges
    /// standard signals while they are pending (`signal(7)`).
    pub count: u64,
    /// The sender of the first one; `None` if the kernel cannot name it, because the sender is in
    /// another pid namespace or is the kernel itself. Do not decide by it what is allowed: of a signal that
    /// is sent with `sigqueue(3)` the kernel does not check who it says has sent it.
    pub sender: Option<Sender>,
    /// The value that the first one carried: the `sival_int` of `sigqueue(3)`, of a timer
    /// (`timer_create(2)`) or of a message queue (`mq_notify(3)`). `None` if the first one carried none, as
    /// with `kill(2)`, even if a later one that this run answers did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<i32>,
}

impl Arrival {
    /// One arrival of `signal`, sender unknown.
    #[must_use]
    pub const fn new(signal: Signal) -> Self {
        Self { signal, count: 1, sender: None, value: None }
    }

    /// The same, having arrived `count` times.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self { count, ..self }
    }

    /// The same, from `sender`, if it is known.
    #[must_use]
    pub fn sent_by(self, sender: impl Into<Option<Sender>>) -> Self {
        Self { sender: sender.into(), ..self }
    }

    /// The same, carrying `value`, if there is one.
    #[must_use]
    pub fn carrying(self, value: impl Into<Option<i32>>) -> Self {
        Self { value: value.into(), ..self }
    }
}
