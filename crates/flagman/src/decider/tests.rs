//! The sentences of the contract that the exhaustive test does not spell out one by one.

use std::time::Duration;

use flagman_base::{Sender, Signal};

use super::{
    ActionId, Bundle, Decider, Ending, Event, Grace, InProgress, Overlap, RanResult, Report,
    SetUpResult, Step, Stop, Urgent,
};

const GRACE: Duration = Duration::from_secs(8);

fn bundle(signal: Signal, overlap: Overlap, actions: &[usize]) -> Bundle {
    Bundle { signal, overlap, actions: actions.iter().copied().map(ActionId).collect() }
}

/// HUP, USR1 and USR2 with one action each, set up and idle.
fn serving(overlap: Overlap) -> Decider {
    let bundles = [Signal::HUP, Signal::USR1, Signal::USR2];
    let bundles = bundles.iter().enumerate().map(|(id, signal)| bundle(*signal, overlap, &[id]));
    let mut decider = Decider::new(Grace(GRACE), bundles.collect());
    for id in 0..3 {
        assert_eq!(decider.next(), Step::SetUp(ActionId(id)));
        decider.handle(Event::SetUp(SetUpResult::Ready));
    }
    assert_eq!(decider.next(), Step::AnnounceReady);
    assert_eq!(decider.next(), Step::Sleep);
    decider
}

fn arrive(decider: &mut Decider, signal: Signal) {
    assert_eq!(decider.handle(Event::Arrived { signal, sender: None }), None);
}

fn terminate(decider: &mut Decider, at: Duration) -> Option<Urgent> {
    decider.handle(Event::ShutdownAsked { by: Stop::Term, at })
}

/// The signal of the run that starts now.
fn started(decider: &mut Decider) -> Signal {
    match decider.next() {
        Step::Run(_, arrival) => arrival.signal,
        step => panic!("no run started but {step:?}"),
    }
}

fn end_run(decider: &mut Decider) -> Report {
    decider.handle(Event::Ran(RanResult::Stays));
    match decider.next() {
        Step::Report(report) => report,
        step => panic!("the run did not end but {step:?}"),
    }
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
    assert_eq!(decider.next(), Step::Sleep);
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
fn a_run_counts_what_was_folded_and_names_the_first_sender() {
    let mut decider = serving(Overlap::Ignore);
    let first = Some(Sender { pid: 7, uid: 1 });
    decider.handle(Event::Arrived { signal: Signal::HUP, sender: first });
    arrive(&mut decider, Signal::HUP);
    let Step::Run(_, arrival) = decider.next() else { panic!("no run") };
    assert_eq!((arrival.count, arrival.sender), (2, first));
}

#[test]
fn an_arrival_seen_by_the_look_after_the_last_action_belongs_to_the_run() {
    let mut decider = serving(Overlap::Ignore);
    arrive(&mut decider, Signal::HUP);
    started(&mut decider);
    decider.handle(Event::Ran(RanResult::Stays));
    arrive(&mut decider, Signal::HUP);
    let report = decider.next();
    assert!(matches!(report, Step::Report(Report { ignored: 1, .. })), "{report:?}");
    arrive(&mut decider, Signal::HUP);
    assert_eq!(started(&mut decider), Signal::HUP);
}

#[test]
fn the_last_action_closing_while_shutdown_is_asked_ends_as_requested() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0])];
    let mut decider = Decider::new(Grace(GRACE), bundles);
    decider.next();
    decider.handle(Event::SetUp(SetUpResult::Ready));
    decider.next();
    arrive(&mut decider, Signal::HUP);
    started(&mut decider);
    terminate(&mut decider, GRACE);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(decider.next(), Step::Remove(ActionId(0)));
    decider.handle(Event::TornDown);
    assert!(matches!(decider.next(), Step::Report(_)));
    assert_eq!(decider.next(), Step::Exit(Ending::Requested));
}

#[test]
fn the_end_of_the_grace_forces_out_and_names_what_would_not_end() {
    let mut decider = serving(Overlap::Ignore);
    arrive(&mut decider, Signal::USR1);
    started(&mut decider);
    assert_eq!(decider.deadline(), None);
    let at = Duration::from_secs(100);
    assert_eq!(terminate(&mut decider, at), Some(Urgent::AnnounceStopping));
    let running = InProgress::Running(ActionId(1), Signal::USR1);
    let notice = decider.deadline().expect("something is due");
    let said = decider.handle(Event::TimePassed { now: notice });
    assert_eq!(said, Some(Urgent::SayWhatIsAwaited(running)));
    let last_call = at + GRACE.saturating_sub(Duration::from_secs(2));
    assert_eq!(decider.handle(Event::TimePassed { now: last_call }), Some(Urgent::LastCall));
    assert_eq!(decider.deadline(), Some(at + GRACE));
    let early = at + GRACE.saturating_sub(Duration::from_nanos(1));
    assert_eq!(decider.handle(Event::TimePassed { now: early }), None);
    let forced = Urgent::ForceOut(InProgress::Running(ActionId(1), Signal::USR1));
    assert_eq!(decider.handle(Event::TimePassed { now: at + GRACE }), Some(forced));
}

#[test]
fn a_second_request_names_the_set_up_or_tear_down_that_blocks() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0])];
    let mut setting_up = Decider::new(Grace(GRACE), bundles);
    setting_up.next();
    terminate(&mut setting_up, GRACE);
    let forced = terminate(&mut setting_up, GRACE);
    assert_eq!(forced, Some(Urgent::ForceOut(InProgress::SettingUp(ActionId(0)))));

    let mut tearing_down = serving(Overlap::Ignore);
    terminate(&mut tearing_down, GRACE);
    assert_eq!(tearing_down.next(), Step::TearDown(ActionId(2)));
    let forced = terminate(&mut tearing_down, GRACE);
    assert_eq!(forced, Some(Urgent::ForceOut(InProgress::TearingDown(ActionId(2)))));
}

#[test]
fn once_flagman_is_forced_out_nothing_begins_while_it_exits() {
    let mut decider = serving(Overlap::Ignore);
    terminate(&mut decider, GRACE);
    let forced = Some(Urgent::ForceOut(InProgress::Nothing));
    assert_eq!(terminate(&mut decider, GRACE), forced);
    assert_eq!((decider.next(), decider.standing().len()), (Step::Sleep, 3));
    let mut late = serving(Overlap::Ignore);
    terminate(&mut late, Duration::ZERO);
    assert_eq!(late.handle(Event::TimePassed { now: GRACE }), forced);
    assert_eq!(late.next(), Step::Sleep);
}

#[test]
fn nothing_is_said_of_a_shutdown_that_waits_for_nothing() {
    let mut decider = serving(Overlap::Ignore);
    terminate(&mut decider, GRACE);
    let notice = decider.deadline().expect("something is due");
    assert_eq!(decider.handle(Event::TimePassed { now: notice }), None);
}

#[test]
fn an_exit_that_blocks_is_forced_like_anything_else() {
    let mut decider = serving(Overlap::Ignore);
    terminate(&mut decider, GRACE);
    for _ in 0..3 {
        decider.next();
        decider.handle(Event::TornDown);
    }
    assert_eq!(decider.next(), Step::Exit(Ending::Requested));
    let forced = Some(Urgent::ForceOut(InProgress::Exiting));
    assert_eq!(decider.handle(Event::TimePassed { now: GRACE * 2 }), forced);
}

#[test]
fn flagman_is_forced_out_once() {
    let mut decider = serving(Overlap::Ignore);
    for forced in
        [Some(Urgent::AnnounceStopping), Some(Urgent::ForceOut(InProgress::Nothing)), None]
    {
        assert_eq!(terminate(&mut decider, GRACE), forced);
    }
    assert_eq!(decider.handle(Event::TimePassed { now: GRACE * 2 }), None);
}

#[test]
fn a_set_up_that_fails_tears_down_those_before_it() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1])];
    let mut decider = Decider::new(Grace(GRACE), bundles);
    decider.next();
    decider.handle(Event::SetUp(SetUpResult::Ready));
    decider.next();
    decider.handle(Event::SetUp(SetUpResult::Failed));
    assert_eq!(decider.next(), Step::TearDown(ActionId(0)));
    decider.handle(Event::TornDown);
    assert_eq!(decider.next(), Step::Exit(Ending::SetUpFailed));
}

#[test]
fn an_action_stands_from_its_set_up_until_its_tear_down_begins() {
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1, 2])];
    let mut decider = Decider::new(Grace(GRACE), bundles);
    for standing in [&[][..], &[ActionId(0)], &[ActionId(0), ActionId(1)]] {
        decider.next();
        assert_eq!(decider.standing(), standing);
        decider.handle(Event::SetUp(SetUpResult::Ready));
    }
    assert_eq!(decider.next(), Step::AnnounceReady);
    arrive(&mut decider, Signal::HUP);
    started(&mut decider);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(decider.next(), Step::Remove(ActionId(0)));
    assert_eq!(decider.standing(), [ActionId(1), ActionId(2)]);
    decider.handle(Event::TornDown);
    terminate(&mut decider, GRACE);
    assert!(matches!(decider.next(), Step::Report(_)));
    assert_eq!(decider.next(), Step::TearDown(ActionId(2)));
    assert_eq!(decider.standing(), [ActionId(1)]);
}

#[test]
fn a_signal_waits_from_its_arrival_until_its_run_starts() {
    let mut decider = serving(Overlap::Rerun);
    assert!(!decider.is_waiting(Signal::HUP));
    arrive(&mut decider, Signal::HUP);
    assert!(decider.is_waiting(Signal::HUP) && !decider.is_waiting(Signal::USR1));
    started(&mut decider);
    assert!(!decider.is_waiting(Signal::HUP));
    arrive(&mut decider, Signal::HUP);
    assert!(decider.is_waiting(Signal::HUP));
}

/// A decider in each state that there is, as far as answers to steps are concerned.
fn in_each_state() -> Vec<(&'static str, Decider)> {
    let bundles = || vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1])];
    let not_begun = Decider::new(Grace(GRACE), bundles());
    let mut setting_up = not_begun.clone();
    setting_up.next();
    let idle = serving(Overlap::Ignore);
    let mut acting = idle.clone();
    arrive(&mut acting, Signal::HUP);
    started(&mut acting);
    let mut between = acting.clone();
    between.handle(Event::Ran(RanResult::Stays));
    let mut closed = acting.clone();
    closed.handle(Event::Ran(RanResult::Closed));
    let mut removing = closed.clone();
    removing.next();
    let mut tearing_down = idle.clone();
    terminate(&mut tearing_down, GRACE);
    tearing_down.next();
    let mut over = Decider::new(Grace(GRACE), Vec::new());
    over.next();
    over.next();
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
fn an_answer_to_what_was_not_asked_changes_nothing() {
    let answers = [
        (Event::SetUp(SetUpResult::Ready), &["setting up"][..]),
        (Event::SetUp(SetUpResult::Failed), &["setting up"]),
        (Event::Ran(RanResult::Stays), &["acting"]),
        (Event::Ran(RanResult::Closed), &["acting"]),
        (Event::TornDown, &["removing", "tearing down"]),
    ];
    for (answer, asked_in) in answers {
        for (state, before) in in_each_state() {
            let mut after = before.clone();
            assert_eq!(after.handle(answer), None, "{answer:?} while {state}");
            let changed = format!("{before:?}") != format!("{after:?}");
            assert_eq!(changed, asked_in.contains(&state), "{answer:?} while {state}");
        }
    }
}

#[test]
fn whoever_asks_again_after_the_exit_is_given_it_again() {
    let mut decider = Decider::new(Grace(GRACE), Vec::new());
    assert_eq!(decider.next(), Step::AnnounceReady);
    for _ in 0..2 {
        assert_eq!(decider.next(), Step::Exit(Ending::NoActions));
    }
}
