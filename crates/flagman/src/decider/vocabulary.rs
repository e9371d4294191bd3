//! The words in which the decider is told what happened, and in which it answers.

use std::time::Duration;

use flagman_base::{Arrival, Sender, Signal};

/// Time since flagman started, on the monotonic clock.
pub(crate) type Time = Duration;

/// An action, by its place in the order of set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ActionId(pub(crate) usize);

/// What an arrival does while its own bundle is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// It is dropped and counted: the run in progress answers it.
    Ignore,
    /// It gets one more run, however many there are.
    Rerun,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A signal that has a bundle was received.
    Arrived { signal: Signal, sender: Option<Sender> },
    /// SIGTERM or SIGINT was received.
    ShutdownAsked { by: Stop, at: Time },
    /// The clock shows this; told when a deadline may have passed.
    TimePassed { now: Time },
    /// The action that was to be set up is, or is not.
    SetUp(SetUpResult),
    /// The action that was to run has ended.
    Ran(RanResult),
    /// The action that was to be torn down has been, well or badly.
    TornDown,
}

/// A signal that asks for shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// SIGTERM.
    Term,
    /// SIGINT.
    Int,
}

/// What a set-up came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetUpResult {
    /// The action stands.
    Ready,
    /// It could not be set up; there is nothing to tear down.
    Failed,
}

/// What an action's run came to, as far as deciding needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RanResult {
    /// Done or failed: it stays in its bundle.
    Stays,
    /// It closed itself.
    Closed,
}

/// What the main thread does next. A step that performs an action is answered by one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Set up this action.
    SetUp(ActionId),
    /// Everything is set up: say so.
    AnnounceReady,
    /// Run this action for this arrival.
    Run(ActionId, Arrival),
    /// This action closed: tear it down and say that it is removed.
    Remove(ActionId),
    /// A run has ended: write its line.
    Report(Report),
    /// Tear down this action before the end.
    TearDown(ActionId),
    /// Wait until something happens.
    Sleep,
    /// Exit.
    Exit(Ending),
}

/// What a run was, when it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// What it answered.
    pub(crate) arrival: Arrival,
    /// How many arrivals were dropped while it ran (a lower bound).
    pub(crate) ignored: u64,
}

/// What whoever told the event does at once, even while the main thread is inside an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgent {
    /// A shutdown has begun; what is in progress is left to end.
    AnnounceStopping,
    /// It has not ended yet: say what is waited for.
    SayWhatIsAwaited(InProgress),
    /// The grace is nearly over: ask what runs in a process of its own to end.
    LastCall,
    /// The grace is over, or shutdown was asked for again: exit without waiting any longer.
    ForceOut(InProgress),
}

/// What is in progress in a shutdown, or when flagman is forced out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InProgress {
    /// A set-up.
    SettingUp(ActionId),
    /// A run for this signal.
    Running(ActionId, Signal),
    /// A tear-down.
    TearingDown(ActionId),
    /// The exit itself: what actions left in the buffer of standard output is written.
    Exiting,
    /// Nothing; some actions may not be torn down yet.
    Nothing,
}

/// Why flagman ends of its own accord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SIGTERM or SIGINT asked for it.
    Requested,
    /// No action is left in any bundle.
    NoActions,
    /// An action could not be set up.
    SetUpFailed,
}
