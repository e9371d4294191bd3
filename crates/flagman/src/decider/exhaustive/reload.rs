//! Plays every sequence of events up to a length in which plans are read again, and compares the decider
//! with a model.
//!
//! SIGHUP has the action that reloads and one more; another signal has one action. Each new plan keeps the
//! first of these, replaces the second, and has the third for the other of SIGUSR1 and SIGUSR2.

use std::collections::BTreeMap;

use flagman_base::Signal;

use super::super::{
    ActionId, Bundle, Change, Decider, Ending, Event, FailureKind, Fate, Grace, Member, Overlap,
    Policy, RanResult, Reloaded, SetUpResult, Step, Stop, Time, Urgent,
};
use super::common::{Shown, cause, id, tell};

const NOW: Time = Time::ZERO;

/// The action that reloads, which each plan has.
const RELOAD: u32 = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Arrive(Signal),
    Terminate,
    /// What is in progress ends well: the plan is read, or an action is set up, done or torn down.
    EndWell,
    /// It fails.
    EndBadly,
}

const SYMBOLS: [Symbol; 6] = [
    Symbol::Arrive(Signal::HUP),
    Symbol::Arrive(Signal::USR1),
    Symbol::Arrive(Signal::USR2),
    Symbol::Terminate,
    Symbol::EndWell,
    Symbol::EndBadly,
];

/// What varies from plan to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    /// SIGHUP's second action.
    second: u32,
    /// The other signal and its action.
    other: (Signal, u32),
}

const FIRST: Plan = Plan { second: 1, other: (Signal::USR1, 2) };

impl Plan {
    /// The next plan, with actions from this number on.
    fn next(self, first: u32) -> Self {
        let signal = if self.other.0 == Signal::USR1 { Signal::USR2 } else { Signal::USR1 };
        Self { second: first, other: (signal, first + 1) }
    }

    /// Its actions that change from plan to plan, in the order of set-up.
    fn own(self) -> [u32; 2] {
        [self.second, self.other.1]
    }

    fn bundles(self) -> Vec<Bundle> {
        let (signal, third) = self.other;
        let of = [(Signal::HUP, vec![RELOAD, self.second]), (signal, vec![third])];
        of.into_iter().map(|(signal, actions)| bundle(signal, &actions)).collect()
    }
}

fn bundle(signal: Signal, actions: &[u32]) -> Bundle {
    let member = |id: &u32| Member { action: ActionId(*id), policy: Policy::default() };
    Bundle {
        id: id(signal),
        signal,
        overlap: Overlap::Rerun,
        quiet_period: Time::ZERO,
        members: actions.iter().map(member).collect(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Arrived(Signal, Fate),
    Asked,
    Forced,
    /// This plan has been read.
    Read(Plan),
    SetUp(bool),
    Did(Step),
}

#[derive(Clone)]
struct Play {
    decider: Decider,
    /// The plan that holds, the one that was read last, and the number of the next new action.
    held: Plan,
    read: Plan,
    next: u32,
    in_progress: Option<Step>,
    seen: Vec<Seen>,
}

impl Play {
    fn serving() -> Self {
        let mut decider = Decider::new(Grace(Time::from_secs(8)), FIRST.bundles(), 1);
        for action in 0..3 {
            assert_eq!(decider.next(NOW), Step::SetUp(ActionId(action)));
            decider.handle(Event::SetUp(SetUpResult::Ready));
        }
        assert_eq!(decider.next(NOW), Step::AnnounceReady);
        let (in_progress, seen) = (None, Vec::new());
        Self { decider, held: FIRST, read: FIRST, next: 3, in_progress, seen }
    }

    fn is_over(&self) -> bool {
        matches!(self.seen.last(), Some(Seen::Did(Step::Exit(_)) | Seen::Forced))
    }

    /// Whether the symbol means anything now.
    fn can(&self, symbol: Symbol) -> bool {
        match symbol {
            Symbol::Arrive(_) | Symbol::Terminate => true,
            Symbol::EndWell => self.in_progress.is_some(),
            Symbol::EndBadly => {
                matches!(self.in_progress, Some(Step::Run(..) | Step::SetUp(_)))
            }
        }
    }

    fn happen(&mut self, symbol: Symbol) {
        match symbol {
            Symbol::Arrive(signal) => self.arrive(signal),
            Symbol::Terminate => self.terminate(),
            Symbol::EndWell => self.end(true),
            Symbol::EndBadly => self.end(false),
        }
        self.advance();
    }

    fn arrive(&mut self, signal: Signal) {
        let event = Event::Arrived { bundle: id(signal), cause: cause(), at: NOW };
        let admission = tell(&mut self.decider, event, NOW).arrival.expect("it is an arrival");
        self.seen.push(Seen::Arrived(signal, admission.fate));
    }

    fn terminate(&mut self) {
        let event = Event::ShutdownAsked { by: Stop::Term, cause: cause(), at: NOW };
        let seen = match tell(&mut self.decider, event, NOW).urgent {
            Some(Urgent::AnnounceStopping) => Seen::Asked,
            Some(Urgent::ForceOut(_)) => Seen::Forced,
            urgent => panic!("{urgent:?} at a request for shutdown: {:#?}", self.seen),
        };
        self.seen.push(seen);
    }

    fn end(&mut self, well: bool) {
        let event = match (self.in_progress.take(), well) {
            (Some(Step::Run(ActionId(RELOAD), _)), true) => return self.begin_reload(),
            (Some(Step::Run(..)), true) => Event::Ran(RanResult::Done),
            (Some(Step::Run(..)), false) => Event::Ran(RanResult::Failed(FailureKind::Error)),
            (Some(Step::SetUp(_)), _) => {
                self.seen.push(Seen::SetUp(well));
                let result = if well { SetUpResult::Ready } else { SetUpResult::Failed };
                Event::SetUp(result)
            }
            (Some(_), _) => Event::TornDown,
            (None, _) => return,
        };
        tell(&mut self.decider, event, NOW);
    }

    fn begin_reload(&mut self) {
        self.read = self.held.next(self.next);
        self.next += 2;
        let ids = |plan: Plan| plan.own().map(ActionId).to_vec();
        self.decider.reload(Change {
            bundles: self.read.bundles(),
            grace: Grace(Time::from_secs(8)),
            added: ids(self.read),
            gone: ids(self.held),
        });
        self.seen.push(Seen::Read(self.read));
    }

    /// Does what the main thread does, up to the next step that waits for an action, or to its sleep.
    fn advance(&mut self) {
        while self.in_progress.is_none() && !self.is_over() {
            assert!(self.seen.len() < 1000, "it has no end: {:#?}", self.seen);
            let step = self.decider.next(NOW);
            self.seen.push(Seen::Did(step));
            match step {
                Step::Sleep => return,
                Step::SetUp(_) | Step::Run(..) | Step::Remove(_) | Step::TearDown(_) => {
                    self.in_progress = Some(step);
                }
                Step::Adopt => self.held = self.read,
                Step::ReloadEnded(how) => {
                    let failed = RanResult::Failed(FailureKind::Error);
                    let result = if how == Reloaded::Done { RanResult::Done } else { failed };
                    tell(&mut self.decider, Event::Ran(result), NOW);
                }
                Step::AnnounceReady
                | Step::Retry(_)
                | Step::ShutDown(_)
                | Step::Report(_)
                | Step::Exit(_) => {}
            }
        }
    }

    /// Ends whatever is in progress until nothing waits any more. Each reload that begins ends.
    fn drain(&mut self) {
        for _ in 0..200 {
            if self.in_progress.is_none() || self.is_over() {
                return;
            }
            self.happen(Symbol::EndWell);
        }
        panic!("it has no end: {:#?}", self.seen);
    }
}

/// A reload, as the model sees it.
struct Reload {
    plan: Plan,
    /// What has been set up, and has not been undone.
    set_up: Vec<u32>,
    has_failed: bool,
    /// What must still be torn down, once the plan holds.
    gone: Option<Vec<u32>>,
}

struct Model {
    held: Plan,
    standing: Vec<u32>,
    /// How many arrivals of each signal wait, and the signals in order.
    owed: BTreeMap<Signal, u64>,
    order: Vec<Signal>,
    /// The signal whose run is in progress, and the actions that it has not begun.
    run: Option<(Signal, Vec<u32>)>,
    reload: Option<Reload>,
    is_asked: bool,
}

impl Model {
    fn new() -> Self {
        let (owed, order, standing) = (BTreeMap::new(), Vec::new(), vec![0, 1, 2]);
        Self { held: FIRST, standing, owed, order, run: None, reload: None, is_asked: false }
    }

    fn read(&mut self, seen: Seen) {
        match seen {
            Seen::Arrived(signal, fate) => assert_eq!(self.arrived(signal), fate),
            Seen::Asked => self.is_asked = true,
            Seen::Forced => {}
            Seen::Read(plan) => {
                let (set_up, has_failed, gone) = (Vec::new(), false, None);
                self.reload = Some(Reload { plan, set_up, has_failed, gone });
            }
            Seen::SetUp(well) => {
                let reload = self.reload.as_mut().expect("only a reload sets up");
                let action = reload.plan.own()[reload.set_up.len()];
                if well {
                    reload.set_up.push(action);
                    self.standing.push(action);
                }
                reload.has_failed |= !well;
            }
            Seen::Did(step) => self.did(step),
        }
    }

    fn arrived(&mut self, signal: Signal) -> Fate {
        if ![Signal::HUP, self.held.other.0].contains(&signal) {
            return Fate::NoActions;
        }
        let is_first = self.order.is_empty() && self.run.is_none();
        *self.owed.entry(signal).or_default() += 1;
        if !self.order.contains(&signal) {
            self.order.push(signal);
        }
        match (self.is_asked, is_first) {
            (true, _) => Fate::Unserved,
            (false, true) => Fate::Starts,
            (false, false) => Fate::Waits,
        }
    }

    fn did(&mut self, step: Step) {
        match step {
            Step::Run(ActionId(action), arrival) => {
                assert!(!self.is_asked && self.reload.is_none());
                if self.run.is_none() {
                    assert_eq!(self.order.remove(0), arrival.signal, "first come, first served");
                    assert_eq!(self.owed.remove(&arrival.signal), Some(arrival.count));
                    let left = match arrival.signal {
                        Signal::HUP => vec![RELOAD, self.held.second],
                        _ => vec![self.held.other.1],
                    };
                    self.run = Some((arrival.signal, left));
                }
                let (signal, left) = self.run.as_mut().expect("a run is in progress");
                assert_eq!((*signal, left.remove(0)), (arrival.signal, action));
                assert!(self.standing.contains(&action), "what runs stands");
            }
            Step::SetUp(ActionId(action)) => {
                let reload = self.reload.as_ref().expect("only a reload sets up");
                assert!(!self.is_asked && !reload.has_failed && reload.gone.is_none());
                assert_eq!(action, reload.plan.own()[reload.set_up.len()], "in order");
            }
            Step::Adopt => self.adopted(),
            Step::Remove(ActionId(action)) => {
                let reload = self.reload.as_mut().expect("only a reload tears down");
                assert_eq!(reload.has_failed, reload.gone.is_none());
                let of = reload.gone.as_mut().unwrap_or(&mut reload.set_up);
                assert_eq!(of.pop(), Some(action), "last set up, first torn down");
                assert!(self.standing.contains(&action));
                self.standing.retain(|standing| *standing != action);
            }
            Step::ReloadEnded(how) => self.reload_ended(how),
            Step::Report(report) => {
                let (signal, left) = self.run.take().expect("a run is in progress");
                assert_eq!(signal, report.arrival.signal);
                assert!(left.is_empty() || self.is_asked, "every action of the bundle ran");
            }
            Step::TearDown(ActionId(action)) => {
                assert!(self.is_asked && self.run.is_none());
                assert_eq!(self.standing.pop(), Some(action), "last set up, first torn down");
            }
            Step::Exit(ending) => {
                assert_eq!((ending, &*self.standing), (Ending::Requested, &[][..]));
            }
            Step::Sleep => {
                assert!(!self.is_asked && self.run.is_none() && self.order.is_empty());
            }
            Step::AnnounceReady | Step::Retry(_) | Step::ShutDown(_) => panic!("{step:?}"),
        }
    }

    fn adopted(&mut self) {
        let reload = self.reload.as_mut().expect("a plan has been read");
        assert!(!self.is_asked && !reload.has_failed);
        assert_eq!(reload.set_up, reload.plan.own(), "all that is new is set up");
        reload.gone = Some(self.held.own().to_vec());
        let lost = self.held.other.0;
        self.held = reload.plan;
        self.owed.remove(&lost);
        self.order.retain(|signal| *signal != lost);
        let (_, left) = self.run.as_mut().expect("a run is in progress");
        *left = vec![self.held.second];
    }

    fn reload_ended(&mut self, how: Reloaded) {
        let reload = self.reload.take().expect("a reload is in progress");
        let expected = match (&reload.gone, reload.has_failed) {
            (Some(gone), false) => {
                assert!(gone.is_empty(), "all that is gone is torn down");
                Reloaded::Done
            }
            (None, true) => {
                assert!(reload.set_up.is_empty(), "all that is new is torn down");
                Reloaded::Undone
            }
            (None, false) => {
                assert!(self.is_asked, "a shutdown cuts it short");
                Reloaded::CutShort
            }
            (Some(_), true) => panic!("a plan holds although a set-up has failed"),
        };
        assert_eq!(how, expected);
    }
}

/// Plays every sequence of at most `length` more symbols and checks each history.
fn play_all(play: &Play, length: usize, histories: &mut usize) {
    *histories += 1;
    if length == 0 || play.is_over() {
        return check(play);
    }
    for symbol in SYMBOLS.into_iter().filter(|symbol| play.can(*symbol)) {
        let mut next = play.clone();
        next.happen(symbol);
        play_all(&next, length - 1, histories);
    }
}

fn check(play: &Play) {
    let mut drained = play.clone();
    drained.drain();
    let _shown = Shown(&drained.seen);
    let mut model = Model::new();
    for seen in &drained.seen {
        model.read(*seen);
    }
    if !drained.is_over() {
        assert!(model.owed.is_empty(), "every arrival of a signal that stays is answered");
        let mut standing = model.standing;
        standing.sort_unstable();
        assert_eq!(standing, [RELOAD, model.held.second, model.held.other.1]);
    }
}

#[test]
fn every_sequence_with_reloads_agrees_with_the_model() {
    let serving = Play::serving();
    let mut reading = serving.clone();
    reading.happen(Symbol::Arrive(Signal::HUP));
    let mut reloading = reading.clone();
    reloading.happen(Symbol::EndWell);
    for (start, length) in [(serving, 6), (reading, 6), (reloading, 7)] {
        let mut histories = 0;
        play_all(&start, length, &mut histories);
        assert!(histories > 10_000, "{histories}");
    }
}
