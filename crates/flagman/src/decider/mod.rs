//! The deciding type: it is told what happened ([`Event`]) and says what to do next ([`Step`]).
//!
//! It does no I/O, reads no clock (it is given times, as time since flagman started) and never
//! blocks. Two threads pass events to it, under one lock: the main thread, and the watcher while the
//! main thread is inside an action. Only the main thread asks for steps.
//!
//! Ordering rule: everything pending must be handled before [`Decider::next`] is called. This ensures
//! that shutdown comes first, that the look after a bundle's last action belongs to its run (I4), and
//! that no bundle waits longer than one run of each other bundle (I5). ARCHITECTURE.md lists the
//! numbered invariants.

mod vocabulary;

mod bundles;

mod retry;

mod run;

mod reload;

mod shutdown;

mod view;

#[cfg(test)]
mod exhaustive;

#[cfg(test)]
mod tests;

use std::mem;

use flagman_base::Signal;

pub(crate) use bundles::{Bundle, Member};
use bundles::{Bundles, Taken};
pub(crate) use reload::Change;
use reload::Reload;
use run::{Kind, Phase, Run, Surroundings};
pub(crate) use shutdown::Grace;
use shutdown::{Passed, Request, Shutdown};
pub(crate) use vocabulary::{
    ActionId, Activity, Admission, BundleId, Cause, Ending, Event, FailureKind, Fate, OnFailure,
    Overlap, Policy, RanResult, Reaction, Reloaded, Report, Retry, SetUpResult, Step, Stop, Ticket,
    Time, Unanswered, Urgent, Work,
};

/// What flagman is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before serving. `done` actions have been set up; `busy` is being set up now.
    SettingUp { done: usize, busy: Option<ActionId> },
    /// Serving, with no run in progress.
    Idle,
    /// A run is in progress.
    Running(Run),
    /// Shutting down. `busy` is the action that is being torn down now.
    TearingDown { ending: Ending, busy: Option<ActionId> },
    /// `next` has said to exit.
    Over(Ending),
}

/// The deciding type; see the module.
#[derive(Clone, Debug)]
pub(crate) struct Decider {
    bundles: Bundles,
    /// The actions in the order in which they are set up.
    planned: Vec<ActionId>,
    /// The actions that are set up, in that order.
    standing: Vec<ActionId>,
    state: State,
    shutdown: Shutdown,
    forced: Forced,
    /// The last ticket that was issued.
    last: Ticket,
    /// The run that is the first part of the shutdown, until it starts.
    of_shutdown: Option<Taken>,
    /// The action whose failure ends flagman.
    failed: Option<ActionId>,
    /// The reload in progress.
    reload: Option<Reload>,
    /// Varies the pauses before retries.
    chance: fastrand::Rng,
    /// The latest time that was told.
    now: Time,
}

/// Whether flagman has been forced out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forced {
    NotYet,
    /// It has: nothing new begins, whichever thread was told and however long the exit takes.
    Out,
}

impl Decider {
    /// A decider with nothing set up yet. `bundles` are in the order of set-up. `seed` chooses the chance
    /// by which pauses before retries vary.
    pub(crate) fn new(grace: Grace, bundles: Vec<Bundle>, seed: u64) -> Self {
        let members = bundles.iter().flat_map(|bundle| &bundle.members);
        let planned: Vec<ActionId> = members.map(|member| member.action).collect();
        Self {
            bundles: Bundles::new(bundles),
            standing: Vec::with_capacity(planned.len()),
            planned,
            state: State::SettingUp { done: 0, busy: None },
            shutdown: Shutdown::new(grace),
            forced: Forced::NotYet,
            last: Ticket::default(),
            of_shutdown: None,
            failed: None,
            reload: None,
            chance: fastrand::Rng::with_seed(seed),
            now: Time::ZERO,
        }
    }

    /// Records what happened.
    pub(crate) fn handle(&mut self, event: Event) -> Reaction {
        let mut arrival = None;
        let mut urgent = None;
        match event {
            Event::Arrived { bundle, cause, at } => {
                self.now = self.now.max(at);
                arrival = Some(self.arrived(bundle, cause));
            }
            Event::ShutdownAsked { by, cause, at } => {
                self.now = self.now.max(at);
                urgent = self.shutdown_asked(by, cause, at);
            }
            Event::TimePassed { now } => {
                self.now = self.now.max(now);
                urgent = self.time_passed(now);
            }
            Event::SetUp(result) => self.set_up(result),
            Event::Ran(result) => self.ran(result),
            Event::TornDown => self.torn_down(),
        }
        Reaction { urgent, work: self.work(), arrival }
    }

    /// What the main thread does next, at the time `now`. Call it only after everything pending has been
    /// handled.
    pub(crate) fn next(&mut self, now: Time) -> Step {
        self.now = self.now.max(now);
        let now = self.now;
        if self.forced == Forced::Out {
            return Step::Sleep;
        }
        match &mut self.state {
            State::SettingUp { done, busy: None } => {
                let done = *done;
                self.next_set_up(done)
            }
            State::Idle => self.next_run(now),
            State::Running(_) => self.next_in_run(now),
            State::TearingDown { ending, busy: None } => {
                let ending = *ending;
                self.next_tear_down(ending)
            }
            State::SettingUp { busy: Some(_), .. } | State::TearingDown { busy: Some(_), .. } => {
                Step::Sleep
            }
            State::Over(ending) => Step::Exit(*ending),
        }
    }

    /// Begins a reload: the action in progress has read a new plan, which differs from the present one
    /// like this.
    pub(crate) fn reload(&mut self, change: Change) {
        if let State::Running(run) = &mut self.state
            && let Phase::Acting(action) = run.phase
        {
            run.phase = Phase::Reloading(action);
            self.reload = Some(Reload::new(change));
        }
    }

    fn arrived(&mut self, bundle: BundleId, cause: Cause) -> Admission {
        self.last = Ticket(self.last.0 + 1);
        let ticket = self.last;
        let Some(found) = self.bundles.get(bundle) else {
            return Admission { ticket, fate: Fate::NoActions, is_full: false };
        };
        let (overlap, waits_for_quiet) = (found.overlap, !found.quiet_period.is_zero());
        let is_in_the_way = self.bundles.is_any_due(self.now);
        let fate = match (&mut self.state, overlap) {
            (State::Running(run), Overlap::Ignore) if run.bundle == bundle => {
                run.ignored += 1;
                return Admission { ticket, fate: Fate::Ignored, is_full: false };
            }
            (State::SettingUp { .. } | State::Idle | State::Running(_), _) if waits_for_quiet => {
                Fate::WaitsForQuiet
            }
            (State::Idle, _) if !is_in_the_way => Fate::Starts,
            (
                State::SettingUp { .. } | State::Idle | State::Running(_),
                Overlap::Ignore | Overlap::Rerun | Overlap::Each,
            ) => Fate::Waits,
            (State::TearingDown { .. } | State::Over(_), _) => Fate::Unserved,
        };
        let is_leaving = self.shutdown.is_asked() || self.failed.is_some();
        let fate = if is_leaving { Fate::Unserved } else { fate };
        self.bundles.wait(bundle, ticket, cause, self.now);
        Admission { ticket, fate, is_full: self.bundles.is_full(bundle) }
    }

    fn shutdown_asked(&mut self, by: Stop, cause: Cause, at: Time) -> Option<Urgent> {
        match self.shutdown.ask(by, at) {
            Request::First => {
                self.plan_run_of_shutdown(by, cause);
                Some(Urgent::AnnounceStopping)
            }
            Request::TooLate | Request::Counted => self.force_out(self.activity()),
            Request::Echo => None,
        }
    }

    /// The bundle of the signal, else that of SIGTERM, is the first part of a shutdown, unless that begins
    /// before flagman serves signals.
    fn plan_run_of_shutdown(&mut self, by: Stop, cause: Cause) {
        match self.state {
            State::Idle | State::Running(_) => {}
            State::SettingUp { .. } | State::TearingDown { .. } | State::Over(_) => return,
        }
        let signal = by.signal();
        let bundle = self.bundles.of(signal).or_else(|| self.bundles.of(Signal::TERM));
        if let Some(bundle) = bundle.map(|bundle| bundle.id) {
            self.last = Ticket(self.last.0 + 1);
            let arrival = cause.arrival(signal, 1);
            self.of_shutdown = Some(Taken { bundle, arrival, answers: self.last });
        }
    }

    fn time_passed(&mut self, now: Time) -> Option<Urgent> {
        match (self.shutdown.pass(now), self.activity()) {
            (Passed::NotShuttingDown, activity) => self.run_lasts(activity, now),
            (Passed::Nothing, _) | (Passed::Notice, Activity::Nothing) => None,
            (Passed::Notice, awaited) => Some(Urgent::LogAwaited(awaited)),
            (Passed::LastCall, _) => Some(Urgent::LastCall),
            (Passed::Grace, stuck) => self.force_out(stuck),
        }
    }

    fn run_lasts(&mut self, activity: Activity, now: Time) -> Option<Urgent> {
        match &mut self.state {
            State::Running(run) => {
                run.pass(now).map(|lasted| Urgent::LogLongRun { activity, lasted })
            }
            State::SettingUp { .. } | State::Idle | State::TearingDown { .. } | State::Over(_) => {
                None
            }
        }
    }

    /// Only once: the thread that is told first is about to exit.
    fn force_out(&mut self, stuck: Activity) -> Option<Urgent> {
        match mem::replace(&mut self.forced, Forced::Out) {
            Forced::NotYet => Some(Urgent::ForceOut(stuck)),
            Forced::Out => None,
        }
    }

    fn set_up(&mut self, result: SetUpResult) {
        if let Some(reload) = &mut self.reload {
            return reload.set_up(result, &mut self.standing);
        }
        self.state = match (self.state, result, self.shutdown.is_asked()) {
            (State::SettingUp { done, busy: Some(action) }, SetUpResult::Ready, _) => {
                self.standing.push(action);
                State::SettingUp { done: done + 1, busy: None }
            }
            (State::SettingUp { busy: Some(_), .. }, SetUpResult::Failed, true) => {
                Self::leaving(Ending::Requested)
            }
            (State::SettingUp { busy: Some(_), .. }, SetUpResult::Failed, false) => {
                Self::leaving(Ending::SetUpFailed)
            }
            (
                unasked @ (State::SettingUp { busy: None, .. }
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
            State::Running(run) if self.reload.is_none() => run.ended(result),
            State::SettingUp { .. }
            | State::Idle
            | State::Running(_)
            | State::TearingDown { .. }
            | State::Over(_) => {}
        }
    }

    fn torn_down(&mut self) {
        if let Some(reload) = &mut self.reload {
            return reload.torn_down();
        }
        match &mut self.state {
            State::Running(run) => run.removed(),
            State::TearingDown { busy, .. } => *busy = None,
            State::SettingUp { .. } | State::Idle | State::Over(_) => {}
        }
    }

    const fn leaving(ending: Ending) -> State {
        State::TearingDown { ending, busy: None }
    }

    fn next_set_up(&mut self, done: usize) -> Step {
        if self.shutdown.is_asked() {
            return self.next_tear_down(Ending::Requested);
        }
        if let Some(action) = self.planned.get(done).copied() {
            self.state = State::SettingUp { done, busy: Some(action) };
            return Step::SetUp(action);
        }
        self.state = State::Idle;
        Step::AnnounceReady
    }

    fn next_run(&mut self, now: Time) -> Step {
        if self.shutdown.is_asked() {
            return match self.of_shutdown.take() {
                Some(taken) => self.start(taken, Kind::OfShutdown, now),
                None => self.next_tear_down(self.requested()),
            };
        }
        if let Some(action) = self.failed {
            self.shutdown.ask_ourselves(now);
            self.plan_run_of_shutdown(Stop::Term, Cause::Failure);
            return Step::ShutDown(action);
        }
        if self.standing.is_empty() {
            return self.next_tear_down(Ending::NoActions);
        }
        match self.bundles.take_first_due(now) {
            Some(taken) => self.start(taken, Kind::Ordinary, now),
            None => Step::Sleep,
        }
    }

    fn start(&mut self, taken: Taken, kind: Kind, now: Time) -> Step {
        self.state = State::Running(Run::new(taken, kind, now));
        self.next_in_run(now)
    }

    fn next_in_run(&mut self, now: Time) -> Step {
        let State::Running(run) = &mut self.state else { return Step::Sleep };
        let (bundles, standing) = (&mut self.bundles, &mut self.standing);
        if let Some(reload) = &mut self.reload {
            let step = reload.next(bundles, standing, &mut self.shutdown);
            if let Step::Adopt = step {
                run.adopted(bundles);
            }
            if let Step::ReloadEnded(_) = step {
                self.reload = None;
            }
            return step;
        }
        let (shutdown, chance) = (&self.shutdown, &mut self.chance);
        let step = run.next(&mut Surroundings { bundles, standing, shutdown, chance, now });
        if let Step::Report(report) = step {
            self.state = State::Idle;
            let exits = report.cut.filter(|cut| cut.exits).map(|cut| cut.action);
            self.failed = self.failed.or(exits);
        }
        step
    }

    /// Why a shutdown has begun.
    fn requested(&self) -> Ending {
        self.failed.map_or(Ending::Requested, |_| Ending::ActionFailed)
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
