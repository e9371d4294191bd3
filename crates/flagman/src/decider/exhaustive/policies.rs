//! Plays every sequence of events up to a length with bundles that have policies, a quiet period, `each`,
//! and a run of the shutdown, and compares the decider with a model.
//!
//! The model reads the history, with the time of each step. It derives from the arrivals, the results of
//! the actions and the policies which steps may come, and also whether the main thread may sleep.

mod model;

use std::time::Duration;

use flagman_base::Signal;
use nix::libc;

use model::Model;

use super::super::vocabulary::OnFailure;
use super::super::{
    ActionId, Admission, Bundle, Decider, Event, FailureKind, Grace, Member, Overlap, Policy,
    RanResult, SetUpResult, Step, Stop, Time, Urgent,
};
use super::common::{Shown, cause, id, tell};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    /// An arrival of one of the signals below.
    Arrive(usize),
    Terminate,
    /// What is in progress ends well, or fails.
    EndWell,
    EndBadly,
    /// Time passes until something is due.
    Wait,
}

const SYMBOLS: [Symbol; 7] = [
    Symbol::Arrive(0),
    Symbol::Arrive(1),
    Symbol::Arrive(2),
    Symbol::Terminate,
    Symbol::EndWell,
    Symbol::EndBadly,
    Symbol::Wait,
];

/// USR1 has policies, USR2 a quiet period, and each arrival of SIGRTMIN has a run of its own.
fn signals() -> [Signal; 3] {
    [Signal::USR1, Signal::USR2, Signal::from_number(libc::SIGRTMIN())]
}

/// What varies.
#[derive(Clone, Copy, Debug)]
struct Setting {
    /// Of USR1 and USR2.
    overlap: Overlap,
    /// Of USR1's first action, which is tried twice, and of SIGTERM's.
    on_failure: OnFailure,
}

const DELAY: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_millis(1500);
const GRACE: Duration = Duration::from_secs(8);

fn bundles(setting: Setting) -> Vec<Bundle> {
    let [usr1, usr2, queued] = signals();
    let retried = Policy {
        retries: 1,
        retry_delay: DELAY,
        on_failure: setting.on_failure,
        ..Policy::default()
    };
    let bundle = |signal, overlap, policies: &[(u32, Policy)]| Bundle {
        id: id(signal),
        signal,
        overlap,
        quiet_period: if signal == usr2 { QUIET } else { Duration::ZERO },
        members: policies
            .iter()
            .map(|(action, policy)| Member { action: ActionId(*action), policy: *policy })
            .collect(),
    };
    let plain = Policy::default();
    vec![
        bundle(usr1, setting.overlap, &[(0, retried), (1, plain)]),
        bundle(usr2, setting.overlap, &[(2, plain)]),
        bundle(queued, Overlap::Each, &[(3, plain)]),
        bundle(Signal::TERM, Overlap::Ignore, &[(4, retried), (5, plain)]),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Arrived(usize, Admission),
    Asked,
    LastCall,
    Forced,
    /// An action has ended: whether it is done.
    Ran(bool),
    Did(Step),
}

/// A decider, what it has in progress, and the history.
#[derive(Clone)]
struct Play {
    decider: Decider,
    setting: Setting,
    now: Time,
    in_progress: Option<Step>,
    seen: Vec<(Time, Seen)>,
}

impl Play {
    fn serving(setting: Setting) -> Self {
        let mut decider = Decider::new(Grace(GRACE), bundles(setting), 1);
        for action in 0..6 {
            assert_eq!(decider.next(Time::ZERO), Step::SetUp(ActionId(action)));
            decider.handle(Event::SetUp(SetUpResult::Ready));
        }
        assert_eq!(decider.next(Time::ZERO), Step::AnnounceReady);
        Self { decider, setting, now: Time::ZERO, in_progress: None, seen: Vec::new() }
    }

    fn saw(&mut self, seen: Seen) {
        self.seen.push((self.now, seen));
    }

    fn is_over(&self) -> bool {
        matches!(self.seen.last(), Some((_, Seen::Did(Step::Exit(_)) | Seen::Forced)))
    }

    /// Whether the symbol means anything now.
    fn can(&self, symbol: Symbol) -> bool {
        match symbol {
            Symbol::Arrive(_) | Symbol::Terminate => true,
            Symbol::EndWell => self.in_progress.is_some(),
            Symbol::EndBadly => matches!(self.in_progress, Some(Step::Run(..))),
            Symbol::Wait => self.decider.deadline().is_some(),
        }
    }

    fn happen(&mut self, symbol: Symbol) {
        match symbol {
            Symbol::Arrive(which) => self.arrive(which),
            Symbol::Terminate => self.terminate(),
            Symbol::EndWell => self.end(RanResult::Done),
            Symbol::EndBadly => self.end(RanResult::Failed(FailureKind::Error)),
            Symbol::Wait => self.wait(),
        }
        self.advance();
    }

    fn arrive(&mut self, which: usize) {
        let bundle = id(signals()[which]);
        let event = Event::Arrived { bundle, cause: cause(), at: self.now };
        let reaction = tell(&mut self.decider, event, self.now);
        self.saw(Seen::Arrived(which, reaction.arrival.expect("it is an arrival")));
    }

    fn terminate(&mut self) {
        let event = Event::ShutdownAsked { by: Stop::Term, cause: cause(), at: self.now };
        let has = |wanted: fn(&Seen) -> bool| self.seen.iter().any(|(_, seen)| wanted(seen));
        let asked = has(|seen| *seen == Seen::Asked);
        let by_itself = has(|seen| matches!(seen, Seen::Did(Step::ShutDown(_))));
        let urgent = tell(&mut self.decider, event, self.now).urgent;
        match (urgent, asked, by_itself) {
            (Some(Urgent::AnnounceStopping), false, false) | (None, false, true) => {
                self.saw(Seen::Asked);
            }
            (Some(Urgent::ForceOut(_)), true, _) => self.saw(Seen::Forced),
            _ => panic!("{urgent:?} at a request for shutdown: {:#?}", self.seen),
        }
    }

    fn wait(&mut self) {
        let Some(due) = self.decider.deadline() else { return };
        self.now = self.now.max(due);
        let event = Event::TimePassed { now: self.now };
        match tell(&mut self.decider, event, self.now).urgent {
            Some(Urgent::LastCall) => self.saw(Seen::LastCall),
            Some(Urgent::ForceOut(_)) => self.saw(Seen::Forced),
            Some(Urgent::LogAwaited(_) | Urgent::LogLongRun { .. }) | None => {}
            Some(Urgent::AnnounceStopping) => panic!("nobody has asked: {:#?}", self.seen),
        }
    }

    fn end(&mut self, result: RanResult) {
        let event = match self.in_progress.take() {
            None => return,
            Some(Step::Run(..)) => {
                self.saw(Seen::Ran(result == RanResult::Done));
                Event::Ran(result)
            }
            Some(_) => Event::TornDown,
        };
        tell(&mut self.decider, event, self.now);
    }

    /// Does what the main thread does, up to the next step that waits for an action, or to its sleep.
    fn advance(&mut self) {
        while self.in_progress.is_none() && !self.is_over() {
            assert!(self.seen.len() < 1000, "it has no end: {:#?}", self.seen);
            let step = self.decider.next(self.now);
            self.saw(Seen::Did(step));
            match step {
                Step::Sleep => return,
                Step::Run(..) | Step::TearDown(_) => self.in_progress = Some(step),
                Step::SetUp(_)
                | Step::AnnounceReady
                | Step::Retry(_)
                | Step::Remove(_)
                | Step::Adopt
                | Step::ReloadEnded(_)
                | Step::ShutDown(_)
                | Step::Report(_)
                | Step::Exit(_) => {}
            }
        }
    }

    /// Ends whatever is in progress, and lets time pass, until nothing waits any more.
    fn drain(&mut self) {
        for _ in 0..200 {
            let symbol = if self.in_progress.is_some() { Symbol::EndWell } else { Symbol::Wait };
            if self.is_over() || !self.can(symbol) {
                return;
            }
            self.happen(symbol);
        }
        panic!("it has no end: {:#?}", self.seen);
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
    let mut model = Model::new(drained.setting);
    for (at, seen) in &drained.seen {
        model.read(*at, *seen);
    }
    if !drained.is_over() {
        model.check_all_is_done();
    }
}

#[test]
fn every_sequence_with_policies_agrees_with_the_model() {
    for overlap in [Overlap::Ignore, Overlap::Rerun] {
        for on_failure in [OnFailure::Continue, OnFailure::Stop, OnFailure::Exit] {
            let mut histories = 0;
            let play = Play::serving(Setting { overlap, on_failure });
            play_all(&play, 6, &mut histories);
            assert!(histories > 10_000, "{histories}");
        }
    }
}
