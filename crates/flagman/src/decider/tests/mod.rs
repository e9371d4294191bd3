//! Promises of the contract that the exhaustive test does not check one by one.

mod arrivals;

mod each;

mod of_shutdown;

mod policies;

mod quiet;

mod reload;

use std::time::Duration;

use flagman_base::{Sender, Signal};

use super::{
    ActionId, Activity, Admission, Bundle, BundleId, Cause, Change, Decider, Ending, Event,
    FailureKind, Fate, Grace, Member, Overlap, Policy, RanResult, Reaction, Reloaded, Report,
    Retry, SetUpResult, Step, Stop, Ticket, Time, Unanswered, Urgent, Work,
};

const GRACE: Duration = Duration::from_secs(8);

/// A cause that says nothing.
const UNKNOWN: Cause = Cause::Signal { sender: None, value: None };

const NOW: Duration = Duration::from_secs(50);

/// Chooses the chance by which pauses vary.
const SEED: u64 = 1;

const FAILED: Event = Event::Ran(RanResult::Failed(FailureKind::Error));
const DONE: Event = Event::Ran(RanResult::Done);

/// A bundle whose id is the number of its signal.
fn bundle(signal: Signal, overlap: Overlap, actions: &[u32]) -> Bundle {
    let member = |id: &u32| Member { action: ActionId(*id), policy: Policy::default() };
    let (quiet_period, members) = (Duration::ZERO, actions.iter().map(member).collect());
    Bundle { id: id(signal), signal, overlap, quiet_period, members }
}

fn id(signal: Signal) -> BundleId {
    BundleId(signal.number().cast_unsigned())
}

fn next(decider: &mut Decider) -> Step {
    decider.next(NOW)
}

fn urgent(decider: &mut Decider, event: Event) -> Option<Urgent> {
    decider.handle(event).urgent
}

fn pass(decider: &mut Decider, now: Duration) -> Option<Urgent> {
    urgent(decider, Event::TimePassed { now })
}

/// HUP, USR1 and USR2 with one action each, set up and idle.
fn serving(overlap: Overlap) -> Decider {
    let bundles = [Signal::HUP, Signal::USR1, Signal::USR2];
    let bundles = (0..).zip(bundles).map(|(action, signal)| bundle(signal, overlap, &[action]));
    serving_all(bundles.collect())
}

/// These bundles, set up and idle.
fn serving_all(bundles: Vec<Bundle>) -> Decider {
    let members: Vec<Member> = bundles.iter().flat_map(|bundle| bundle.members.clone()).collect();
    let mut decider = Decider::new(Grace(GRACE), bundles, SEED);
    for member in members {
        assert_eq!(next(&mut decider), Step::SetUp(member.action));
        decider.handle(Event::SetUp(SetUpResult::Ready));
    }
    assert_eq!(next(&mut decider), Step::AnnounceReady);
    assert_eq!(next(&mut decider), Step::Sleep);
    decider
}

fn arrive(decider: &mut Decider, signal: Signal) -> Admission {
    arrive_from(decider, signal, None)
}

fn arrive_from(decider: &mut Decider, signal: Signal, sender: Option<Sender>) -> Admission {
    let cause = Cause::Signal { sender, value: None };
    let Reaction { urgent, arrival, .. } =
        decider.handle(Event::Arrived { bundle: id(signal), cause, at: NOW });
    assert_eq!(urgent, None);
    arrival.expect("it is an arrival")
}

fn terminate(decider: &mut Decider, at: Duration) -> Option<Urgent> {
    urgent(decider, Event::ShutdownAsked { by: Stop::Term, cause: UNKNOWN, at })
}

/// The signal of the run that starts now.
fn started(decider: &mut Decider) -> Signal {
    match next(decider) {
        Step::Run(_, arrival) => arrival.signal,
        step => panic!("no run started but {step:?}"),
    }
}

fn end_run(decider: &mut Decider) -> Report {
    decider.handle(DONE);
    reported(decider, NOW)
}

/// The report of the run that ends at this time.
fn reported(decider: &mut Decider, now: Time) -> Report {
    match decider.next(now) {
        Step::Report(report) => report,
        step => panic!("the run did not end but {step:?}"),
    }
}

/// The action that runs at this time.
fn runs(decider: &mut Decider, now: Time) -> ActionId {
    match decider.next(now) {
        Step::Run(action, _) => action,
        step => panic!("no action runs but {step:?}"),
    }
}

/// The actions that are torn down until flagman exits, and how it ends.
fn tears_down(decider: &mut Decider, now: Time) -> (Vec<u32>, Ending) {
    let mut all = Vec::new();
    loop {
        match decider.next(now) {
            Step::TearDown(action) => all.push(action.0),
            Step::Exit(ending) => return (all, ending),
            step => panic!("it does not end but {step:?}"),
        }
        decider.handle(Event::TornDown);
    }
}

fn time_passes(decider: &mut Decider, now: Time) -> Work {
    decider.handle(Event::TimePassed { now }).work
}

/// The moment before this one.
fn before(time: Time) -> Time {
    time.saturating_sub(Duration::from_nanos(1))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_worked_example_has_exactly_its_runs() {
    let mut decider = serving(Overlap::Ignore);
    arrive(&mut decider, Signal::USR1);
    assert_eq!(started(&mut decider), Signal::USR1);
    arrive(&mut decider, Signal::USR2);
    end_run(&mut decider);
    assert_eq!(started(&mut decider), Signal::USR2);
    arrive(&mut decider, Signal::USR1);
    arrive(&mut decider, Signal::USR2);
    arrive(&mut decider, Signal::HUP);
    assert_eq!(end_run(&mut decider).ignored, 1);
    assert_eq!(started(&mut decider), Signal::USR1);
    end_run(&mut decider);
    assert_eq!(started(&mut decider), Signal::HUP);
    end_run(&mut decider);
    assert_eq!(next(&mut decider), Step::Sleep);
}

#[test]
fn a_flood_of_one_signal_lets_each_other_pass_it_once() {
    let mut decider = serving(Overlap::Rerun);
    arrive(&mut decider, Signal::USR1);
    started(&mut decider);
    arrive(&mut decider, Signal::USR1);
    arrive(&mut decider, Signal::USR2);
    end_run(&mut decider);
    assert_eq!(started(&mut decider), Signal::USR1);
    arrive(&mut decider, Signal::USR1);
    end_run(&mut decider);
    assert_eq!(started(&mut decider), Signal::USR2);
}

#[test]
fn a_run_counts_the_arrivals_that_it_answers_and_names_the_first_sender() {
    let mut decider = serving(Overlap::Ignore);
    let first = Some(Sender::new(7, 1));
    arrive_from(&mut decider, Signal::HUP, first);
    arrive(&mut decider, Signal::HUP);
    let Step::Run(_, arrival) = next(&mut decider) else { panic!("no run") };
    assert_eq!((arrival.count, arrival.sender), (2, first));
}

#[test]
fn an_arrival_seen_by_the_look_after_the_last_action_belongs_to_the_run() {
    let mut decider = serving(Overlap::Ignore);
    arrive(&mut decider, Signal::HUP);
    started(&mut decider);
    decider.handle(Event::Ran(RanResult::Done));
    arrive(&mut decider, Signal::HUP);
    let report = next(&mut decider);
    assert!(matches!(report, Step::Report(Report { ignored: 1, .. })), "{report:?}");
    arrive(&mut decider, Signal::HUP);
    assert_eq!(started(&mut decider), Signal::HUP);
}

#[test]
fn the_last_action_closing_while_shutdown_is_asked_ends_as_requested() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0])];
    let mut decider = Decider::new(Grace(GRACE), bundles, 1);
    next(&mut decider);
    decider.handle(Event::SetUp(SetUpResult::Ready));
    next(&mut decider);
    arrive(&mut decider, Signal::HUP);
    started(&mut decider);
    terminate(&mut decider, GRACE);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(next(&mut decider), Step::Remove(ActionId(0)));
    decider.handle(Event::TornDown);
    assert!(matches!(next(&mut decider), Step::Report(_)));
    assert_eq!(next(&mut decider), Step::Exit(Ending::Requested));
}

#[test]
fn the_end_of_the_grace_period_forces_flagman_out_and_names_what_did_not_end() {
    let mut decider = serving(Overlap::Ignore);
    arrive(&mut decider, Signal::USR1);
    started(&mut decider);
    let at = Duration::from_secs(100);
    assert_eq!(terminate(&mut decider, at), Some(Urgent::AnnounceStopping));
    let running = Activity::Running(ActionId(1), Signal::USR1);
    let notice = decider.deadline().expect("something is due");
    let said = pass(&mut decider, notice);
    assert_eq!(said, Some(Urgent::LogAwaited(running)));
    let last_call = at + GRACE.saturating_sub(Duration::from_secs(2));
    assert_eq!(pass(&mut decider, last_call), Some(Urgent::LastCall));
    assert_eq!(decider.deadline(), Some(at + GRACE));
    let early = at + GRACE.saturating_sub(Duration::from_nanos(1));
    assert_eq!(pass(&mut decider, early), None);
    let forced = Urgent::ForceOut(Activity::Running(ActionId(1), Signal::USR1));
    assert_eq!(pass(&mut decider, at + GRACE), Some(forced));
}

#[test]
fn a_second_request_names_the_set_up_or_tear_down_that_blocks() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0])];
    let mut setting_up = Decider::new(Grace(GRACE), bundles, 1);
    next(&mut setting_up);
    terminate(&mut setting_up, GRACE);
    let forced = terminate(&mut setting_up, GRACE);
    assert_eq!(forced, Some(Urgent::ForceOut(Activity::SettingUp(ActionId(0)))));

    let mut tearing_down = serving(Overlap::Ignore);
    terminate(&mut tearing_down, GRACE);
    assert_eq!(next(&mut tearing_down), Step::TearDown(ActionId(2)));
    let forced = terminate(&mut tearing_down, GRACE);
    assert_eq!(forced, Some(Urgent::ForceOut(Activity::TearingDown(ActionId(2)))));
}

#[test]
fn once_flagman_is_forced_out_nothing_begins_while_it_exits() {
    let mut decider = serving(Overlap::Ignore);
    terminate(&mut decider, GRACE);
    let forced = Some(Urgent::ForceOut(Activity::Nothing));
    assert_eq!(terminate(&mut decider, GRACE), forced);
    assert_eq!((next(&mut decider), decider.standing().len()), (Step::Sleep, 3));
    let mut late = serving(Overlap::Ignore);
    terminate(&mut late, Duration::ZERO);
    assert_eq!(pass(&mut late, GRACE), forced);
    assert_eq!(next(&mut late), Step::Sleep);
}

#[test]
fn a_shutdown_that_waits_for_nothing_logs_no_notice() {
    let mut decider = serving(Overlap::Ignore);
    terminate(&mut decider, GRACE);
    let notice = decider.deadline().expect("something is due");
    assert_eq!(pass(&mut decider, notice), None);
}

#[test]
fn an_exit_that_blocks_is_forced_like_anything_else() {
    let mut decider = serving(Overlap::Ignore);
    terminate(&mut decider, GRACE);
    for _ in 0..3 {
        next(&mut decider);
        decider.handle(Event::TornDown);
    }
    assert_eq!(next(&mut decider), Step::Exit(Ending::Requested));
    let forced = Some(Urgent::ForceOut(Activity::Exiting));
    assert_eq!(pass(&mut decider, GRACE * 2), forced);
}

#[test]
fn flagman_is_forced_out_once() {
    let mut decider = serving(Overlap::Ignore);
    for forced in [Some(Urgent::AnnounceStopping), Some(Urgent::ForceOut(Activity::Nothing)), None]
    {
        assert_eq!(terminate(&mut decider, GRACE), forced);
    }
    assert_eq!(pass(&mut decider, GRACE * 2), None);
}

#[test]
fn a_set_up_that_fails_tears_down_those_before_it() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1])];
    let mut decider = Decider::new(Grace(GRACE), bundles, 1);
    next(&mut decider);
    decider.handle(Event::SetUp(SetUpResult::Ready));
    next(&mut decider);
    decider.handle(Event::SetUp(SetUpResult::Failed));
    assert_eq!(next(&mut decider), Step::TearDown(ActionId(0)));
    decider.handle(Event::TornDown);
    assert_eq!(next(&mut decider), Step::Exit(Ending::SetUpFailed));
}

#[test]
fn an_action_stands_from_its_set_up_until_its_tear_down_begins() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1, 2])];
    let mut decider = Decider::new(Grace(GRACE), bundles, 1);
    for standing in [&[][..], &[ActionId(0)], &[ActionId(0), ActionId(1)]] {
        next(&mut decider);
        assert_eq!(decider.standing(), standing);
        decider.handle(Event::SetUp(SetUpResult::Ready));
    }
    assert_eq!(next(&mut decider), Step::AnnounceReady);
    arrive(&mut decider, Signal::HUP);
    started(&mut decider);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(next(&mut decider), Step::Remove(ActionId(0)));
    assert_eq!(decider.standing(), [ActionId(1), ActionId(2)]);
    decider.handle(Event::TornDown);
    terminate(&mut decider, GRACE);
    assert!(matches!(next(&mut decider), Step::Report(_)));
    assert_eq!(next(&mut decider), Step::TearDown(ActionId(2)));
    assert_eq!(decider.standing(), [ActionId(1)]);
}

#[test]
fn a_signal_waits_from_its_arrival_until_its_run_starts() {
    let mut decider = serving(Overlap::Rerun);
    assert_eq!(decider.waiting(id(Signal::HUP)), 0);
    arrive(&mut decider, Signal::HUP);
    arrive(&mut decider, Signal::HUP);
    assert_eq!([Signal::HUP, Signal::USR1].map(|signal| decider.waiting(id(signal))), [2, 0]);
    started(&mut decider);
    assert_eq!(decider.waiting(id(Signal::HUP)), 0);
    arrive(&mut decider, Signal::HUP);
    assert_eq!(decider.waiting(id(Signal::HUP)), 1);
}

/// A decider in each state, as far as the answers to steps depend on it.
fn in_each_state() -> Vec<(&'static str, Decider)> {
    let bundles = || vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1])];
    let not_begun = Decider::new(Grace(GRACE), bundles(), 1);
    let mut setting_up = not_begun.clone();
    next(&mut setting_up);
    let idle = serving(Overlap::Ignore);
    let mut acting = idle.clone();
    arrive(&mut acting, Signal::HUP);
    started(&mut acting);
    let mut between = acting.clone();
    between.handle(Event::Ran(RanResult::Done));
    let mut closed = acting.clone();
    closed.handle(Event::Ran(RanResult::Closed));
    let mut removing = closed.clone();
    next(&mut removing);
    let mut tearing_down = idle.clone();
    terminate(&mut tearing_down, GRACE);
    next(&mut tearing_down);
    let mut over = Decider::new(Grace(GRACE), Vec::new(), 1);
    next(&mut over);
    next(&mut over);
    vec![
        ("not begun", not_begun),
        ("setting up", setting_up),
        ("idle", idle),
        ("acting", acting),
        ("between", between),
        ("closed", closed),
        ("removing", removing),
        ("tearing down", tearing_down),
        ("over", over),
    ]
}

#[test]
fn an_answer_that_was_not_asked_for_changes_nothing() {
    let answers = [
        (Event::SetUp(SetUpResult::Ready), &["setting up"][..]),
        (Event::SetUp(SetUpResult::Failed), &["setting up"]),
        (Event::Ran(RanResult::Done), &["acting"]),
        (Event::Ran(RanResult::Closed), &["acting"]),
        (Event::Ran(RanResult::Failed(FailureKind::Crashed)), &["acting"]),
        (Event::TornDown, &["removing", "tearing down"]),
    ];
    for (answer, asked_in) in answers {
        for (state, before) in in_each_state() {
            let mut after = before.clone();
            let reaction = after.handle(answer);
            assert_eq!(
                (reaction.urgent, reaction.arrival),
                (None, None),
                "{answer:?} while {state}"
            );
            let changed = format!("{before:?}") != format!("{after:?}");
            assert_eq!(changed, asked_in.contains(&state), "{answer:?} while {state}");
        }
    }
}

#[test]
fn once_the_step_is_to_exit_it_stays_so() {
    let mut decider = Decider::new(Grace(GRACE), Vec::new(), 1);
    assert_eq!(next(&mut decider), Step::AnnounceReady);
    for _ in 0..2 {
        assert_eq!(next(&mut decider), Step::Exit(Ending::NoActions));
    }
}

#[test]
fn whether_the_main_thread_has_something_to_do_is_answered_in_each_state() {
    let nothing = Event::TimePassed { now: Duration::ZERO };
    for (state, mut decider) in in_each_state() {
        let work = decider.handle(nothing).work;
        let has_step = decider.clone().next(NOW) != Step::Sleep;
        assert_eq!(work == Work::Due, has_step, "{state}");
        terminate(&mut decider, GRACE);
        terminate(&mut decider, GRACE);
        assert_eq!(decider.handle(nothing).work, Work::Nothing, "{state}, forced out");
    }
}
