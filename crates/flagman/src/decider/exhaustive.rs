//! Plays every sequence of events up to a length, with both bundles under the same overlap policy and
//! with one under each, and compares the decider with a model.
//!
//! The model has no states. It reads the history of events and of the decider's answers, and derives
//! from the arrivals alone what each run must have answered, which actions must have run, and what
//! must have been torn down.

mod common;

mod policies;

mod reload;

use std::time::Duration;

use flagman_base::Signal;

use common::{cause, id, tell};

use super::{
    ActionId, Admission, Bundle, Decider, Ending, Event, FailureKind, Fate, Grace, Member, Overlap,
    Policy, RanResult, Reaction, SetUpResult, Step, Stop, Ticket, Urgent,
};

/// What can happen next. The last three say how the action in progress ends.
const SYMBOLS: [Symbol; 6] = [
    Symbol::Usr1,
    Symbol::Usr2,
    Symbol::Terminate,
    Symbol::EndWell,
    Symbol::EndBadly,
    Symbol::Close,
];

/// No time passes.
const NOW: Duration = Duration::ZERO;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Usr1,
    Usr2,
    Terminate,
    /// A set-up succeeds, an action is done, a tear-down ends.
    EndWell,
    /// A set-up or an action fails, a tear-down ends.
    EndBadly,
    /// An action closes; a set-up or tear-down succeeds.
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Arrived(Signal, Admission),
    Terminated,
    Forced,
    Did(Step),
    SetUp(ActionId),
    Closed(ActionId),
}

/// The overlap policies of USR1 and of USR2.
type Overlaps = [Overlap; 2];

const POLICIES: [Overlaps; 3] = [
    [Overlap::Ignore, Overlap::Ignore],
    [Overlap::Rerun, Overlap::Rerun],
    [Overlap::Rerun, Overlap::Ignore],
];

fn bundles([first, second]: Overlaps) -> Vec<Bundle> {
    vec![
        Bundle {
            id: id(Signal::USR1),
            signal: Signal::USR1,
            overlap: first,
            quiet_period: Duration::ZERO,
            members: members(&[0]),
        },
        Bundle {
            id: id(Signal::USR2),
            signal: Signal::USR2,
            overlap: second,
            quiet_period: Duration::ZERO,
            members: members(&[1, 2]),
        },
    ]
}

fn members(actions: &[u32]) -> Vec<Member> {
    let member = |id: &u32| Member { action: ActionId(*id), policy: Policy::default() };
    actions.iter().map(member).collect()
}

/// A decider, what it has in progress, and the history.
#[derive(Clone)]
struct Play {
    decider: Decider,
    overlaps: Overlaps,
    in_progress: Option<Step>,
    seen: Vec<Seen>,
}

impl Play {
    fn new(overlaps: Overlaps) -> Self {
        let grace = Grace(Duration::from_secs(8));
        let decider = Decider::new(grace, bundles(overlaps), 1);
        let mut play = Self { decider, overlaps, in_progress: None, seen: Vec::new() };
        play.advance();
        play
    }

    fn serving(overlaps: Overlaps) -> Self {
        let mut play = Self::new(overlaps);
        for _ in 0..3 {
            play.happen(Symbol::EndWell);
        }
        play
    }

    fn is_over(&self) -> bool {
        matches!(self.seen.last(), Some(Seen::Did(Step::Exit(_)) | Seen::Forced))
    }

    fn happen(&mut self, symbol: Symbol) {
        match symbol {
            Symbol::Usr1 => self.arrive(Signal::USR1),
            Symbol::Usr2 => self.arrive(Signal::USR2),
            Symbol::Terminate => self.terminate(),
            Symbol::EndWell => self.end(SetUpResult::Ready, RanResult::Done),
            Symbol::EndBadly => {
                self.end(SetUpResult::Failed, RanResult::Failed(FailureKind::Error));
            }
            Symbol::Close => self.end(SetUpResult::Ready, RanResult::Closed),
        }
        self.advance();
    }

    fn arrive(&mut self, signal: Signal) {
        let reaction = tell(
            &mut self.decider,
            Event::Arrived { bundle: id(signal), cause: cause(), at: NOW },
            NOW,
        );
        assert_eq!(reaction.urgent, None);
        let admission = reaction.arrival.expect("it is an arrival");
        self.seen.push(Seen::Arrived(signal, admission));
    }

    fn terminate(&mut self) {
        let is_request = |seen: &&Seen| matches!(seen, Seen::Terminated | Seen::Forced);
        let before = self.seen.iter().filter(is_request).count();
        let event = Event::ShutdownAsked { by: Stop::Term, cause: cause(), at: NOW };
        match (tell(&mut self.decider, event, NOW).urgent, before) {
            (Some(Urgent::AnnounceStopping), 0) | (Some(Urgent::ForceOut(_)), 1) | (None, 2..) => {}
            (urgent, _) => panic!("{urgent:?} at a request for shutdown: {:?}", self.seen),
        }
        if before > 0 {
            assert_eq!(
                self.decider.next(NOW),
                Step::Sleep,
                "nothing begins any more: {:?}",
                self.seen
            );
        }
        self.seen.push(if before > 0 { Seen::Forced } else { Seen::Terminated });
    }

    fn end(&mut self, set_up: SetUpResult, ran: RanResult) {
        let event = match self.in_progress.take() {
            None => return,
            Some(Step::SetUp(action)) => {
                if set_up == SetUpResult::Ready {
                    self.seen.push(Seen::SetUp(action));
                }
                Event::SetUp(set_up)
            }
            Some(Step::Run(action, _)) => {
                if ran == RanResult::Closed {
                    self.seen.push(Seen::Closed(action));
                }
                Event::Ran(ran)
            }
            Some(_) => Event::TornDown,
        };
        let Reaction { urgent, arrival, .. } = tell(&mut self.decider, event, NOW);
        assert_eq!((urgent, arrival), (None, None));
    }

    /// Does what the main thread does, up to the next step that waits for an action.
    fn advance(&mut self) {
        while self.in_progress.is_none() && !self.is_over() {
            let step = self.decider.next(NOW);
            if step == Step::Sleep {
                return;
            }
            self.seen.push(Seen::Did(step));
            match step {
                Step::SetUp(_) | Step::Run(..) | Step::Remove(_) | Step::TearDown(_) => {
                    self.in_progress = Some(step);
                }
                Step::AnnounceReady
                | Step::Report(_)
                | Step::Retry(_)
                | Step::Adopt
                | Step::ReloadEnded(_)
                | Step::ShutDown(_)
                | Step::Sleep
                | Step::Exit(_) => {}
            }
        }
        if self.in_progress.is_some() && !self.is_over() {
            assert_eq!(self.decider.next(NOW), Step::Sleep, "one thing at a time");
        }
    }

    /// Ends whatever is in progress until nothing waits any more, which takes only a few steps.
    fn drain(&mut self) {
        for _ in 0..100 {
            if self.in_progress.is_none() || self.is_over() {
                return;
            }
            self.happen(Symbol::EndWell);
        }
        panic!("it has no end: {:?}", self.seen);
    }
}

/// What should have happened, derived from the arrivals alone.
struct Model {
    overlaps: Overlaps,
    /// Arrivals of USR1 and USR2 that the next run of each must count.
    owed: [u64; 2],
    /// Signals in the order in which they began to wait.
    order: Vec<Signal>,
    /// The last ticket, and the last of each signal.
    tickets: (Ticket, [Ticket; 2]),
    /// The signal whose run is in progress, the actions that it must still run, and how many arrivals it
    /// has ignored.
    run: Option<(Signal, Vec<ActionId>, u64)>,
    /// The last ticket that the run in progress answers.
    answers: Ticket,
    bundles: Vec<Bundle>,
    standing: Vec<ActionId>,
    leaving: Option<Ending>,
    terminated: bool,
    ready: bool,
}

fn index(signal: Signal) -> usize {
    usize::from(signal == Signal::USR2)
}

impl Model {
    fn new(overlaps: Overlaps) -> Self {
        let (standing, bundles) = (Vec::new(), bundles(overlaps));
        let (run, leaving) = (None, None);
        let (order, owed, terminated) = (Vec::new(), [0; 2], false);
        let (ready, tickets, answers) = (false, Default::default(), Ticket::default());
        Self {
            overlaps,
            owed,
            order,
            tickets,
            run,
            answers,
            bundles,
            standing,
            leaving,
            terminated,
            ready,
        }
    }

    fn bundle(&mut self, signal: Signal) -> &mut Vec<Member> {
        &mut self.bundles[index(signal)].members
    }

    fn read(&mut self, seen: Seen) {
        match seen {
            Seen::Arrived(signal, admission) => {
                let fate = self.arrived(signal);
                let ticket = self.tickets.0;
                assert_eq!(admission, Admission { ticket, fate, is_full: false }, "{signal}");
            }
            Seen::Terminated => self.terminated = true,
            Seen::SetUp(action) => self.standing.push(action),
            Seen::Closed(_) | Seen::Forced => {}
            Seen::Did(step) => self.did(step),
        }
    }

    fn arrived(&mut self, signal: Signal) -> Fate {
        self.tickets.0.0 += 1;
        let is_leaving = self.leaving.is_some() || self.terminated;
        if let Some((running, _, ignored)) = &mut self.run
            && *running == signal
            && self.overlaps[index(signal)] == Overlap::Ignore
        {
            *ignored += 1;
            return Fate::Ignored;
        }
        let is_first = self.order.is_empty() && self.run.is_none() && self.ready;
        self.tickets.1[index(signal)] = self.tickets.0;
        self.owed[index(signal)] += 1;
        if !self.order.contains(&signal) {
            self.order.push(signal);
        }
        match (is_leaving, is_first) {
            (true, _) => Fate::Unserved,
            (false, true) => Fate::Starts,
            (false, false) => Fate::Waits,
        }
    }

    fn began(&mut self, signal: Signal, count: u64) {
        assert_eq!(self.order.remove(0), signal, "first come, first served");
        assert_eq!(std::mem::take(&mut self.owed[index(signal)]), count, "all that waited");
        let actions = self.bundle(signal).iter().map(|member| member.action).collect();
        self.answers = self.tickets.1[index(signal)];
        self.run = Some((signal, actions, 0));
    }

    fn did(&mut self, step: Step) {
        match step {
            Step::SetUp(action) => {
                assert_eq!(usize::try_from(action.0), Ok(self.standing.len()));
            }
            Step::AnnounceReady => {
                assert_eq!(self.standing.len(), 3);
                self.ready = true;
            }
            Step::Run(action, arrival) => {
                assert!(!self.terminated, "no action starts after SIGTERM");
                if self.run.is_none() {
                    self.began(arrival.signal, arrival.count);
                }
                let (signal, left, _) = self.run.as_mut().expect("a run is in progress");
                assert_eq!((*signal, left.remove(0)), (arrival.signal, action), "in order");
            }
            Step::Remove(action) => self.removed(action),
            Step::Report(report) => self.reported(report),
            Step::TearDown(action) => {
                assert_eq!(self.run, None, "a run ends before the tear-down");
                self.leaving.get_or_insert(Ending::Requested);
                assert_eq!(self.standing.pop(), Some(action), "last set up, first torn down");
            }
            Step::Exit(ending) => self.exited(ending),
            Step::Sleep => {}
            Step::Retry(_) | Step::Adopt | Step::ReloadEnded(_) | Step::ShutDown(_) => {
                panic!("{step:?}")
            }
        }
    }

    fn removed(&mut self, action: ActionId) {
        let (signal, _, _) = self.run.as_ref().expect("an action closes in a run");
        let signal = *signal;
        self.bundle(signal).retain(|kept| kept.action != action);
        self.standing.retain(|kept| *kept != action);
    }

    fn reported(&mut self, report: super::Report) {
        let signal = report.arrival.signal;
        if self.run.is_none() {
            assert!(self.bundle(signal).is_empty(), "only an empty bundle runs nothing");
            self.began(signal, report.arrival.count);
        }
        let (of, left, ignored) = self.run.take().expect("a run is in progress");
        assert_eq!((of, ignored), (signal, report.ignored));
        assert_eq!((id(of), self.answers), (report.bundle, report.answers));
        assert!(left.is_empty() || self.terminated, "every action of the bundle ran");
    }

    fn exited(&mut self, ending: Ending) {
        assert!(self.standing.is_empty() && self.run.is_none(), "all is torn down");
        match ending {
            Ending::Requested => assert!(self.terminated),
            Ending::NoActions => {
                assert!(self.bundles.iter().all(|bundle| bundle.members.is_empty()));
                assert!(!self.terminated || self.leaving.is_some());
            }
            Ending::ActionFailed => panic!("no policy asks for that"),
            Ending::SetUpFailed => assert!(!self.ready, "only a set-up can fail to be one"),
        }
    }
}

/// Plays every sequence of at most `length` more symbols and checks each history.
fn play_all(play: &Play, length: usize, histories: &mut usize) {
    check(play);
    *histories += 1;
    if length == 0 || play.is_over() {
        return;
    }
    for symbol in SYMBOLS {
        let mut next = play.clone();
        next.happen(symbol);
        play_all(&next, length - 1, histories);
    }
}

fn check(play: &Play) {
    let mut drained = play.clone();
    drained.drain();
    let mut model = Model::new(drained.overlaps);
    for seen in &drained.seen {
        model.read(*seen);
    }
    if !drained.is_over() {
        assert!(!model.terminated, "SIGTERM ends flagman: {:?}", drained.seen);
        assert!(!model.standing.is_empty(), "no actions end flagman: {:?}", drained.seen);
        assert_eq!(model.owed, [0, 0], "every arrival is answered: {:?}", drained.seen);
    }
}

#[test]
fn every_sequence_from_the_start_agrees_with_the_model() {
    for overlaps in POLICIES {
        let mut histories = 0;
        play_all(&Play::new(overlaps), 7, &mut histories);
        assert!(histories > 10_000, "{histories}");
    }
}

#[test]
fn every_sequence_while_serving_agrees_with_the_model() {
    for overlaps in POLICIES {
        let mut histories = 0;
        play_all(&Play::serving(overlaps), 7, &mut histories);
        assert!(histories > 10_000, "{histories}");
    }
}
