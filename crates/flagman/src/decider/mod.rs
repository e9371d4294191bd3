//! The deciding type: it is told what happened ([`Event`]) and says what to do next ([`Step`]).
//!
//! It does no I/O, reads no clock (times are given to it, as time since flagman started) and never
//! blocks. Two threads tell it events, under one lock: the main thread, and the watcher while the
//! main thread is inside an action. Only the main thread asks for steps.
//!
//! Ordering rule: before [`Decider::next`] is asked, everything that is pending has been handled.
//! Then shutdown comes first, the look after a bundle's last action belongs to its run (I4), and
//! no signal waits longer than one run of each other (I5). The numbers are those of ARCHITECTURE.md.

mod vocabulary;

mod bundles;

mod run;

mod shutdown;

#[cfg(test)]
mod exhaustive;

#[cfg(test)]
mod tests;

use std::mem;

use flagman_base::{Arrival, Sender, Signal};

pub(crate) use bundles::Bundle;
use bundles::{Bundles, Waiting};
use run::{Run, Stage};
pub(crate) use shutdown::Grace;
use shutdown::{Passed, Request, Shutdown};
pub(crate) use vocabulary::{
    ActionId, Ending, Event, InProgress, Overlap, RanResult, Report, SetUpResult, Step, Stop, Time,
    Urgent,
};

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before serving: the next action to set up, and whether it is being set up now.
    SettingUp { next: usize, busy: bool },
    /// Serving, and no run in progress.
    Idle,
    /// A run is in progress.
    Running(Run),
    /// On the way out, and the action being torn down now.
    TearingDown { ending: Ending, busy: Option<ActionId> },
    /// The exit has been given out.
    Over(Ending),
}

/// The deciding type; see the module.
#[derive(Clone, Debug)]
pub(crate) struct Decider {
    bundles: Bundles,
    actions: usize,
    /// The actions that are set up, in that order.
    standing: Vec<ActionId>,
    state: State,
    shutdown: Shutdown,
    forced: Forced,
}

/// Whether it has been said that flagman is forced out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forced {
    NotYet,
    /// It has: nothing begins any more, whichever thread was told and however long it takes to exit.
    Out,
}

impl Decider {
    /// Begins with nothing set up. `bundles` are in the order of set-up; the ids of their actions must
    /// count up from 0 through all of them.
    pub(crate) fn new(grace: Grace, bundles: Vec<Bundle>) -> Self {
        let actions = bundles.iter().map(|bundle| bundle.actions.len()).sum();
        Self {
            bundles: Bundles::new(bundles),
            actions,
            standing: Vec::with_capacity(actions),
            state: State::SettingUp { next: 0, busy: false },
            shutdown: Shutdown::new(grace),
            forced: Forced::NotYet,
        }
    }

    /// Takes note of what happened.
    pub(crate) fn handle(&mut self, event: Event) -> Option<Urgent> {
        match event {
            Event::Arrived { signal, sender } => self.arrived(signal, sender),
            Event::ShutdownAsked { by, at } => return self.shutdown_asked(by, at),
            Event::TimePassed { now } => return self.time_passed(now),
            Event::SetUp(result) => self.set_up(result),
            Event::Ran(result) => self.ran(result),
            Event::TornDown => self.torn_down(),
        }
        None
    }

    /// What the main thread does next. Call it only when all that is pending has been handled.
    pub(crate) fn next(&mut self) -> Step {
        if self.forced == Forced::Out {
            return Step::Sleep;
        }
        match self.state {
            State::SettingUp { next, busy: false } => self.next_set_up(next),
            State::Idle => self.next_run(),
            State::Running(run) => self.next_in_run(run),
            State::TearingDown { ending, busy: None } => self.next_tear_down(ending),
            State::SettingUp { busy: true, .. } | State::TearingDown { busy: Some(_), .. } => {
                Step::Sleep
            }
            State::Over(ending) => Step::Exit(ending),
        }
    }

    /// When [`Event::TimePassed`] is to be told at the latest; `None` while nothing is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.shutdown.deadline()
    }

    /// The actions that are set up and not torn down, in the order of set-up, without the one that
    /// is being torn down.
    pub(crate) fn standing(&self) -> &[ActionId] {
        &self.standing
    }

    /// Whether `signal` has arrived and its run has not started.
    pub(crate) fn is_waiting(&self, signal: Signal) -> bool {
        self.bundles.is_waiting(signal)
    }

    fn arrived(&mut self, signal: Signal, sender: Option<Sender>) {
        match (&mut self.state, self.bundles.overlap(signal)) {
            (State::Running(run), Overlap::Ignore) if run.arrival.signal == signal => {
                run.ignored += 1;
            }
            (
                State::SettingUp { .. } | State::Idle | State::Running(_),
                Overlap::Ignore | Overlap::Rerun,
            ) => self.bundles.wait(signal, sender),
            (State::TearingDown { .. } | State::Over(_), Overlap::Ignore | Overlap::Rerun) => {}
        }
    }

    fn shutdown_asked(&mut self, by: Stop, at: Time) -> Option<Urgent> {
        match self.shutdown.ask(by, at) {
            Request::First => Some(Urgent::AnnounceStopping),
            Request::TooLate | Request::Counted => self.force_out(self.in_progress()),
            Request::Echo => None,
        }
    }

    fn time_passed(&mut self, now: Time) -> Option<Urgent> {
        match (self.shutdown.pass(now), self.in_progress()) {
            (Passed::Nothing, _) | (Passed::Notice, InProgress::Nothing) => None,
            (Passed::Notice, awaited) => Some(Urgent::SayWhatIsAwaited(awaited)),
            (Passed::LastCall, _) => Some(Urgent::LastCall),
            (Passed::Grace, stuck) => self.force_out(stuck),
        }
    }

    /// Once only: whoever is told first is about to exit.
    fn force_out(&mut self, stuck: InProgress) -> Option<Urgent> {
        match mem::replace(&mut self.forced, Forced::Out) {
            Forced::NotYet => Some(Urgent::ForceOut(stuck)),
            Forced::Out => None,
        }
    }

    fn in_progress(&self) -> InProgress {
        match self.state {
            State::SettingUp { next, busy: true } => InProgress::SettingUp(ActionId(next)),
            State::Running(run) => match run.stage {
                Stage::Acting(action) => InProgress::Running(action, run.arrival.signal),
                Stage::Removing(action) => InProgress::TearingDown(action),
                Stage::Between | Stage::Closed(_) => InProgress::Nothing,
            },
            State::TearingDown { busy: Some(action), .. } => InProgress::TearingDown(action),
            State::SettingUp { busy: false, .. }
            | State::Idle
            | State::TearingDown { busy: None, .. } => InProgress::Nothing,
            State::Over(_) => InProgress::Exiting,
        }
    }

    fn set_up(&mut self, result: SetUpResult) {
        self.state = match (self.state, result, self.shutdown.is_asked()) {
            (State::SettingUp { next, busy: true }, SetUpResult::Ready, _) => {
                self.standing.push(ActionId(next));
                State::SettingUp { next: next + 1, busy: false }
            }
            (State::SettingUp { busy: true, .. }, SetUpResult::Failed, true) => {
                Self::leaving(Ending::Requested)
            }
            (State::SettingUp { busy: true, .. }, SetUpResult::Failed, false) => {
                Self::leaving(Ending::SetUpFailed)
            }
            (
                unasked @ (State::SettingUp { busy: false, .. }
                | State::Idle
                | State::Running(_)
                | State::TearingDown { .. }
                | State::Over(_)),
                SetUpResult::Ready | SetUpResult::Failed,
                _,
            ) => unasked,
        };
    }

    fn ran(&mut self, result: RanResult) {
        match &mut self.state {
            State::Running(run) => run.ended(result),
            State::SettingUp { .. } | State::Idle | State::TearingDown { .. } | State::Over(_) => {}
        }
    }

    fn torn_down(&mut self) {
        match &mut self.state {
            State::Running(run) => run.removed(),
            State::TearingDown { busy, .. } => *busy = None,
            State::SettingUp { .. } | State::Idle | State::Over(_) => {}
        }
    }

    const fn leaving(ending: Ending) -> State {
        State::TearingDown { ending, busy: None }
    }

    fn next_set_up(&mut self, next: usize) -> Step {
        if self.shutdown.is_asked() {
            return self.next_tear_down(Ending::Requested);
        }
        if next < self.actions {
            self.state = State::SettingUp { next, busy: true };
            return Step::SetUp(ActionId(next));
        }
        self.state = State::Idle;
        Step::AnnounceReady
    }

    fn next_run(&mut self) -> Step {
        if self.shutdown.is_asked() {
            return self.next_tear_down(Ending::Requested);
        }
        if self.standing.is_empty() {
            return self.next_tear_down(Ending::NoActions);
        }
        let Some(Waiting { signal, count, sender }) = self.bundles.take_first_waiting() else {
            return Step::Sleep;
        };
        let arrival = Arrival { signal, count, sender };
        self.next_in_run(Run::new(arrival))
    }

    fn next_in_run(&mut self, run: Run) -> Step {
        let signal = run.arrival.signal;
        let (stage, step) = match run.stage {
            Stage::Between => match self.bundles.action(signal, run.passed) {
                Some(action) if !self.shutdown.is_asked() => {
                    (Stage::Acting(action), Step::Run(action, run.arrival))
                }
                Some(_) | None => {
                    self.state = State::Idle;
                    return Step::Report(Report { arrival: run.arrival, ignored: run.ignored });
                }
            },
            Stage::Closed(action) => {
                self.bundles.remove(signal, action);
                self.standing.retain(|standing| *standing != action);
                (Stage::Removing(action), Step::Remove(action))
            }
            stage @ (Stage::Acting(_) | Stage::Removing(_)) => (stage, Step::Sleep),
        };
        self.state = State::Running(Run { stage, ..run });
        step
    }

    fn next_tear_down(&mut self, ending: Ending) -> Step {
        let last = self.standing.pop();
        self.state = match last {
            Some(_) => State::TearingDown { ending, busy: last },
            None => State::Over(ending),
        };
        last.map_or(Step::Exit(ending), Step::TearDown)
    }
}
