//! The types in which the decider is told what happened, and in which it answers.

use std::time::Duration;

use flagman_base::{Arrival, Sender, Signal};

/// Time since flagman started, on the monotonic clock.
pub(crate) type Time = Duration;

/// An action. Ids count up, and none is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ActionId(pub(crate) u32);

/// A bundle: the ordered actions of one signal. A request for a run names the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BundleId(pub(crate) u32);

/// An arrival. Tickets count up across all bundles. A run answers every ticket of its bundle up to the
/// one that its report names, so anyone who asked for a run can be told when it was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

/// What caused an arrival. The decider only passes it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The bundle's signal was received, from this sender if the kernel names one, with this value if it
    /// carried one.
    Signal { sender: Option<Sender>, value: Option<i32> },
    /// The failure of an action has begun a shutdown.
    Failure,
}

impl Cause {
    /// `count` arrivals of `signal`, the first of which it caused.
    pub(crate) fn arrival(self, signal: Signal, count: u64) -> Arrival {
        Arrival::new(signal).times(count).sent_by(self.sender()).carrying(self.value())
    }

    /// Who caused it, if that is known.
    pub(crate) fn sender(self) -> Option<Sender> {
        match self {
            Self::Signal { sender, .. } => sender,
            Self::Failure => None,
        }
    }

    /// The value that came with it.
    pub(crate) fn value(self) -> Option<i32> {
        match self {
            Self::Signal { value, .. } => value,
            Self::Failure => None,
        }
    }
}

/// What becomes of an arrival while its own bundle is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// It is dropped and counted: the run in progress answers it.
    Ignore,
    /// It gets one more run, shared by all arrivals that come while the bundle runs.
    Rerun,
    /// It gets a run of its own, after those of the arrivals before it. For real-time signals only.
    Each,
}

/// What becomes of a failed run of one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// How often it is tried again, for the same arrival.
    pub(crate) retries: u8,
    /// How long flagman waits before the first retry. This doubles for each further one, up to a minute,
    /// and varies by a quarter.
    pub(crate) retry_delay: Duration,
    /// How long after the start of its first try no further one starts.
    pub(crate) give_up: Duration,
    /// What happens when the last try has failed.
    pub(crate) on_failure: OnFailure,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retries: 0,
            retry_delay: Duration::from_secs(1),
            give_up: Duration::from_mins(10),
            on_failure: OnFailure::Continue,
        }
    }
}

/// What happens when the last try of an action has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    /// The bundle goes on with its next action.
    Continue,
    /// The run ends here.
    Stop,
    /// flagman shuts down in order, with status 4.
    Exit,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A run of this bundle is wanted.
    Arrived { bundle: BundleId, cause: Cause, at: Time },
    /// SIGTERM or SIGINT was received.
    ShutdownAsked { by: Stop, cause: Cause, at: Time },
    /// It is now this time. Sent when a deadline may have passed.
    TimePassed { now: Time },
    /// The set-up that was asked for has ended.
    SetUp(SetUpResult),
    /// The action's run that was asked for has ended.
    Ran(RanResult),
    /// The tear-down that was asked for has ended, successfully or not.
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

impl Stop {
    /// The signal.
    pub(crate) fn signal(self) -> Signal {
        match self {
            Self::Term => Signal::TERM,
            Self::Int => Signal::INT,
        }
    }
}

/// How a set-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetUpResult {
    /// The action is set up.
    Ready,
    /// It is not set up, and there is nothing to tear down.
    Failed,
}

/// How an action's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RanResult {
    /// It is done.
    Done,
    /// It closed itself.
    Closed,
    /// It failed in this way.
    Failed(FailureKind),
}

/// The way in which an action failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// It reported an error.
    Error,
    /// It ran out of time.
    OutOfTime,
    /// Its process was killed or exited with an error status.
    Crashed,
    /// Its process could not be started.
    NotStarted,
    /// It panicked.
    Panicked,
    /// Its process broke the protocol.
    Protocol,
}

/// What `handle` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reaction {
    /// What the thread that passed the event must do at once.
    pub(crate) urgent: Option<Urgent>,
    /// Whether the main thread now has something to do. It may be asleep.
    pub(crate) work: Work,
    /// What became of the arrival, if the event was one.
    pub(crate) arrival: Option<Admission>,
}

/// Whether `next` may now have something new for the main thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// It has not: the main thread may stay asleep.
    #[default]
    Nothing,
    /// It may: if the main thread is asleep, it must be woken.
    Due,
}

/// An arrival and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    /// Its number.
    pub(crate) ticket: Ticket,
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// Whether so many arrivals of its bundle wait now that no more should be taken from the kernel.
    pub(crate) is_full: bool,
}

/// What becomes of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its run starts now.
    Starts,
    /// It waits until what is in progress, and what arrived before it, is over.
    Waits,
    /// It waits until no further one has come for the quiet period.
    WaitsForQuiet,
    /// It is dropped: the run in progress answers it.
    Ignored,
    /// flagman is shutting down: it is not served.
    Unserved,
    /// Its signal has no actions any more.
    NoActions,
}

/// What the main thread does next. A step that involves an action is answered with one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Set up this action.
    SetUp(ActionId),
    /// Everything is set up: announce it.
    AnnounceReady,
    /// Run this action for this arrival.
    Run(ActionId, Arrival),
    /// This try has failed: log that there will be another.
    Retry(Retry),
    /// Tear down this action, while flagman goes on: it has closed, or a reload removes it.
    Remove(ActionId),
    /// What is new in a reload has been set up: from now on the new plan holds.
    Adopt,
    /// A reload has ended: record that as the result of its action, and answer with that.
    ReloadEnded(Reloaded),
    /// An action has failed under `on-failure=exit`, and a shutdown has begun.
    ShutDown(ActionId),
    /// A run has ended: log its line.
    Report(Report),
    /// Tear down this action before the exit.
    TearDown(ActionId),
    /// Wait until something happens.
    Sleep,
    /// Exit.
    Exit(Ending),
}

/// A run that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Whose run it was.
    pub(crate) bundle: BundleId,
    /// What it answered.
    pub(crate) arrival: Arrival,
    /// The last ticket that it answered.
    pub(crate) answers: Ticket,
    /// How many arrivals were dropped while it ran (a lower bound).
    pub(crate) ignored: u64,
    /// When it started.
    pub(crate) started: Time,
    /// What cut it short, if a policy did.
    pub(crate) cut: Option<Cut>,
    /// How many actions of a shutdown's run did not start, because the grace was nearly over.
    pub(crate) left_out: usize,
}

/// The end of a run before its last action, because an action has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The action.
    pub(crate) action: ActionId,
    /// Whether flagman exits therefore.
    pub(crate) exits: bool,
}

/// A try that has failed and will be followed by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    pub(crate) action: ActionId,
    pub(crate) arrival: Arrival,
    /// After this pause.
    pub(crate) after: Duration,
}

/// How a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reloaded {
    /// The new plan holds.
    Done,
    /// A set-up has failed, and the old plan holds.
    Undone,
    /// A shutdown has begun before all was set up.
    CutShort,
}

/// What the thread that passed the event does at once, even while the main thread is inside an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgent {
    /// A shutdown has begun; what is in progress may finish.
    AnnounceStopping,
    /// It has not ended yet: log what it is waiting for.
    LogAwaited(Activity),
    /// The grace period is nearly over: ask actions in processes of their own to end.
    LastCall,
    /// The grace period is over, or shutdown was asked for again: exit without waiting any longer.
    ForceOut(Activity),
    /// A run has taken this long so far: log that, with what waits behind it.
    LogLongRun { activity: Activity, lasted: Duration },
}

/// What is in progress right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// A set-up.
    SettingUp(ActionId),
    /// An action's run for this signal.
    Running(ActionId, Signal),
    /// The pause before another try of this action for this signal.
    Pausing(ActionId, Signal),
    /// A tear-down.
    TearingDown(ActionId),
    /// The exit itself: flagman writes what actions left in the buffer of standard output.
    Exiting,
    /// Nothing, but some actions may not be torn down yet.
    Nothing,
}

/// Arrivals of one signal that no run has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unanswered {
    /// The signal.
    pub(crate) signal: Signal,
    /// How many of them wait for a run (a lower bound).
    pub(crate) waiting: u64,
    /// How many were ignored in a run that has not ended (a lower bound).
    pub(crate) ignored: u64,
}

/// Why flagman ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SIGTERM or SIGINT was received.
    Requested,
    /// No action is left in any bundle.
    NoActions,
    /// An action could not be set up.
    SetUpFailed,
    /// An action has failed under `on-failure=exit`.
    ActionFailed,
}
