//! What should have happened, derived from the history alone.

use std::time::Duration;

use flagman_base::Signal;

use super::super::super::vocabulary::{Cut, OnFailure};
use super::super::super::{
    ActionId, Bundle, Ending, Fate, Overlap, Policy, Report, Retry, Step, Time,
};
use super::{DELAY, QUIET, Seen, Setting, bundles, signals};

/// The run in progress, as the model sees it.
#[derive(Debug)]
struct Passage {
    signal: Signal,
    /// The actions that it has not begun.
    left: Vec<ActionId>,
    /// The action that it has begun, and how often that has failed.
    current: Option<(ActionId, u8)>,
    /// Its current action is tried again then.
    pause: Option<Time>,
    /// When its current action was first tried.
    first_try: Time,
    cut: Option<Cut>,
    ignored: u64,
}

/// How far a shutdown has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shutdown {
    NotAsked,
    Asked,
    LastCall,
}

/// What should have happened.
pub(super) struct Model {
    setting: Setting,
    bundles: Vec<Bundle>,
    now: Time,
    /// How many arrivals of each signal wait, and from when on a run may start and must start.
    owed: [u64; 3],
    due: [Time; 3],
    latest: [Time; 3],
    /// The signals that wait, in order.
    order: Vec<usize>,
    run: Option<Passage>,
    /// A try has just failed, and there must be another.
    owes_retry: bool,
    shutdown: Shutdown,
    /// A shutdown has begun, and its own run has not.
    owes_run: bool,
    /// The action whose failure ends flagman, once its run has been reported.
    exits: Option<ActionId>,
    torn_down: Vec<u32>,
}

impl Model {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            setting,
            bundles: bundles(setting),
            now: Time::ZERO,
            owed: [0; 3],
            due: [Time::ZERO; 3],
            latest: [Time::ZERO; 3],
            order: Vec::new(),
            run: None,
            owes_retry: false,
            shutdown: Shutdown::NotAsked,
            owes_run: false,
            exits: None,
            torn_down: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, at: Time, seen: Seen) {
        self.now = at;
        match seen {
            Seen::Arrived(which, admission) => {
                assert_eq!(self.arrived(which), admission.fate);
            }
            Seen::Asked => {
                // After a failure has begun the shutdown, its run is owed or over.
                self.owes_run |= !self.is_asked();
                self.shutdown = self.shutdown.max(Shutdown::Asked);
            }
            Seen::LastCall => self.shutdown = Shutdown::LastCall,
            Seen::Forced => {}
            Seen::Ran(is_done) => self.ran(is_done),
            Seen::Did(step) => {
                let is_retry = matches!(step, Step::Retry(_));
                assert_eq!(std::mem::take(&mut self.owes_retry), is_retry, "a retry is owed");
                self.did(step);
            }
        }
    }

    fn is_asked(&self) -> bool {
        self.shutdown >= Shutdown::Asked
    }

    fn is_last_call(&self) -> bool {
        self.shutdown == Shutdown::LastCall
    }

    fn arrived(&mut self, which: usize) -> Fate {
        let signal = signals()[which];
        let is_leaving = self.is_asked() || self.exits.is_some() || !self.torn_down.is_empty();
        let overlap = if which == 2 { Overlap::Each } else { self.setting.overlap };
        if let Some(run) = &mut self.run
            && (run.signal, overlap) == (signal, Overlap::Ignore)
        {
            run.ignored += 1;
            return Fate::Ignored;
        }
        let is_first = self.run.is_none() && self.first_due().is_none();
        let quiet = if which == 1 { QUIET } else { Duration::ZERO };
        if self.owed[which] == 0 {
            self.order.push(which);
            self.latest[which] = self.now + quiet * 10;
        }
        self.owed[which] += 1;
        self.due[which] = self.latest[which].min(self.now + quiet);
        match (is_leaving, which == 1, is_first) {
            (true, ..) => Fate::Unserved,
            (false, true, _) => Fate::WaitsForQuiet,
            (false, false, true) => Fate::Starts,
            (false, false, false) => Fate::Waits,
        }
    }

    /// The place of the signal whose turn it is.
    fn first_due(&self) -> Option<usize> {
        self.order.iter().position(|which| self.due[*which] <= self.now)
    }

    /// Whether an action may start in the run in progress.
    fn may_start(&self) -> bool {
        match &self.run {
            Some(run) if run.signal == Signal::TERM => !self.is_last_call(),
            Some(_) | None => !self.is_asked(),
        }
    }

    fn began(&mut self, signal: Signal, count: u64) {
        if signal == Signal::TERM {
            assert!(std::mem::take(&mut self.owes_run), "it runs once, in a shutdown");
        } else {
            let place = self.first_due().expect("somebody's turn");
            let which = self.order.remove(place);
            assert_eq!(signals()[which], signal, "first come, first served");
            let answered = if which == 2 { 1 } else { self.owed[which] };
            assert_eq!(answered, count);
            self.owed[which] -= answered;
            if self.owed[which] > 0 {
                self.order.push(which);
            }
        }
        let of = self.bundles.iter().find(|bundle| bundle.signal == signal).expect("a bundle");
        let left = of.members.iter().map(|member| member.action).collect();
        let (current, pause, cut, ignored, first_try) = (None, None, None, 0, self.now);
        self.run = Some(Passage { signal, left, current, pause, first_try, cut, ignored });
    }

    fn ran(&mut self, is_done: bool) {
        let may_start = self.may_start();
        let run = self.run.as_mut().expect("a run is in progress");
        let has_time = self.now.saturating_sub(run.first_try) + DELAY < Policy::default().give_up;
        let (action, failed) = run.current.take().expect("an action is in progress");
        let members = self.bundles.iter().flat_map(|bundle| &bundle.members);
        let policy = members.clone().find(|member| member.action == action).expect("it").policy;
        match (is_done, may_start, failed < policy.retries && has_time) {
            (true, ..) | (false, false, _) => {}
            (false, true, true) => {
                run.current = Some((action, failed + 1));
                self.owes_retry = true;
            }
            (false, true, false) => {
                let exits = policy.on_failure == OnFailure::Exit;
                if policy.on_failure != OnFailure::Continue {
                    run.cut = Some(Cut { action, exits });
                    run.left.clear();
                }
            }
        }
    }

    fn did(&mut self, step: Step) {
        match step {
            Step::Run(action, arrival) => {
                if self.run.is_none() {
                    self.began(arrival.signal, arrival.count);
                }
                assert!(self.may_start(), "nothing starts now");
                let now = self.now;
                let run = self.run.as_mut().expect("a run is in progress");
                assert_eq!(run.signal, arrival.signal);
                match (run.pause.take(), run.current) {
                    (Some(pause), Some((again, _))) => assert!(pause <= now && action == again),
                    (None, None) => {
                        assert_eq!(run.left.remove(0), action, "in order");
                        (run.current, run.first_try) = (Some((action, 0)), now);
                    }
                    other => panic!("{other:?}"),
                }
            }
            Step::Retry(Retry { action, after, .. }) => {
                let run = self.run.as_mut().expect("a run is in progress");
                assert_eq!(run.current, Some((action, 1)));
                assert!(after >= DELAY.mul_f64(0.75) && after <= DELAY.mul_f64(1.25));
                run.pause = Some(self.now + after);
            }
            Step::Report(report) => self.reported(report),
            Step::ShutDown(action) => {
                assert_eq!((self.exits, self.is_asked()), (Some(action), false));
                (self.shutdown, self.owes_run) = (Shutdown::Asked, true);
            }
            Step::TearDown(ActionId(action)) => {
                assert!(self.run.is_none() && self.is_asked() && !self.owes_run);
                self.torn_down.push(action);
            }
            Step::Exit(ending) => {
                assert_eq!(self.torn_down, [5, 4, 3, 2, 1, 0], "last set up, first torn down");
                let failed = self.exits.map(|_| Ending::ActionFailed);
                assert_eq!(ending, failed.unwrap_or(Ending::Requested));
            }
            Step::Sleep => assert!(self.may_sleep(), "it sleeps"),
            Step::SetUp(_)
            | Step::AnnounceReady
            | Step::Remove(_)
            | Step::Adopt
            | Step::ReloadEnded(_) => panic!("{step:?}"),
        }
    }

    /// Whether there is nothing to do now but to wait. No action is in progress.
    fn may_sleep(&self) -> bool {
        match &self.run {
            Some(run) => run.pause.is_some_and(|until| until > self.now) && self.may_start(),
            None => !self.is_asked() && self.exits.is_none() && self.first_due().is_none(),
        }
    }

    /// Nothing waits any more.
    pub(super) fn check_all_is_done(&self) {
        assert!(self.may_sleep(), "all has been done");
        assert_eq!(self.owed, [0; 3], "every arrival is answered");
    }

    fn reported(&mut self, report: Report) {
        if self.run.is_none() {
            assert!(self.is_last_call(), "only the last call leaves a run without any action");
            self.began(report.arrival.signal, report.arrival.count);
        }
        let may_start = self.may_start();
        let run = self.run.take().expect("a run is in progress");
        assert_eq!((run.signal, run.ignored), (report.arrival.signal, report.ignored));
        assert_eq!(run.cut, report.cut);
        assert!(!may_start || run.left.is_empty() && run.current.is_none(), "it has an end");
        self.exits = self.exits.or(run.cut.filter(|cut| cut.exits).map(|cut| cut.action));
    }
}
