//! A reload: what is new is set up, then the new plan holds, then what is gone is torn down.

mod shutdown;

use std::time::Duration;

use flagman_base::Signal;

use super::super::vocabulary::{Cut, OnFailure};
use super::{
    ActionId, Activity, Bundle, Change, DONE, Decider, Ending, Event, FAILED, Fate, GRACE, Grace,
    Member, NOW, Overlap, Policy, RanResult, Reloaded, SetUpResult, Step, Urgent, Work, arrive,
    bundle, end_run, id, next, pass, reported, runs, seconds, serving_all, started, tears_down,
    terminate, time_passes,
};

const READY: Event = Event::SetUp(SetUpResult::Ready);
const NOT_READY: Event = Event::SetUp(SetUpResult::Failed);

/// The bundles before a reload: HUP has the action that reloads, which is 0, and then 1.
fn old_plan() -> Vec<Bundle> {
    vec![
        bundle(Signal::HUP, Overlap::Rerun, &[0, 1]),
        bundle(Signal::USR1, Overlap::Rerun, &[2, 3]),
    ]
}

/// After it: 2 and 3 are gone, 10 and 11 are new.
fn new_plan() -> Change {
    change(
        vec![
            bundle(Signal::HUP, Overlap::Rerun, &[0, 1, 10]),
            bundle(Signal::USR1, Overlap::Rerun, &[11]),
        ],
        &[10, 11],
        &[2, 3],
    )
}

fn change(bundles: Vec<Bundle>, added: &[u32], gone: &[u32]) -> Change {
    let ids = |ids: &[u32]| ids.iter().copied().map(ActionId).collect();
    Change { bundles, grace: Grace(GRACE), added: ids(added), gone: ids(gone) }
}

/// A decider whose action 0 is running and has read this plan.
fn reloading(change: Change) -> Decider {
    let mut decider = serving_all(old_plan());
    arrive(&mut decider, Signal::HUP);
    assert_eq!(runs(&mut decider, NOW), ActionId(0));
    decider.reload(change);
    decider
}

/// The same, after these answers to the steps that come. The last of these is answered by the test.
fn reloading_after(change: Change, answers: &[(Step, Option<Event>)]) -> Decider {
    let mut decider = reloading(change);
    for (step, answer) in answers {
        assert_eq!(time_passes(&mut decider, NOW), Work::Due, "before {step:?}");
        assert_eq!(next(&mut decider), *step);
        if let Some(answer) = answer {
            assert_eq!(time_passes(&mut decider, NOW), Work::Nothing, "{step:?} is in progress");
            assert_eq!(next(&mut decider), Step::Sleep);
            decider.handle(*answer);
        }
    }
    decider
}

fn set_up(action: u32) -> (Step, Option<Event>) {
    (Step::SetUp(ActionId(action)), Some(READY))
}

fn not_set_up(action: u32) -> (Step, Option<Event>) {
    (Step::SetUp(ActionId(action)), Some(NOT_READY))
}

fn remove(action: u32) -> (Step, Option<Event>) {
    (Step::Remove(ActionId(action)), Some(Event::TornDown))
}

const ADOPT: (Step, Option<Event>) = (Step::Adopt, None);

/// Its action ends, well or badly, as the stage tells it.
fn ended(how: Reloaded) -> (Step, Option<Event>) {
    let event = if how == Reloaded::Done { DONE } else { FAILED };
    (Step::ReloadEnded(how), Some(event))
}

fn standing(decider: &Decider) -> Vec<u32> {
    decider.standing().iter().map(|action| action.0).collect()
}

#[test]
fn what_is_new_is_set_up_then_the_plan_holds_and_then_what_is_gone_is_torn_down_last_first() {
    let steps = [set_up(10), set_up(11), ADOPT, remove(3), remove(2), ended(Reloaded::Done)];
    let mut decider = reloading_after(new_plan(), &steps);
    assert_eq!(standing(&decider), [0, 1, 10, 11]);
    assert_eq!(runs(&mut decider, NOW), ActionId(1), "the run goes on after the reload");
    decider.handle(DONE);
    assert_eq!(runs(&mut decider, NOW), ActionId(10), "in the new bundle");
    end_run(&mut decider);
    arrive(&mut decider, Signal::USR1);
    assert_eq!(runs(&mut decider, NOW), ActionId(11));
    end_run(&mut decider);
    terminate(&mut decider, NOW);
    assert_eq!(tears_down(&mut decider, NOW), (vec![11, 10, 1, 0], Ending::Requested));
}

#[test]
fn a_plan_that_changes_no_action_holds_at_once() {
    let steps = [ADOPT, ended(Reloaded::Done)];
    let mut decider = reloading_after(change(old_plan(), &[], &[]), &steps);
    assert_eq!(runs(&mut decider, NOW), ActionId(1));
}

#[test]
fn a_set_up_that_fails_is_undone_last_first_and_the_old_plan_stays() {
    let mut plan = new_plan();
    plan.added.push(ActionId(12));
    plan.grace = Grace(seconds(1));
    let steps = [set_up(10), set_up(11), not_set_up(12), remove(11), remove(10)];
    let undone = [&steps[..], &[ended(Reloaded::Undone)]].concat();
    let mut decider = reloading_after(plan, &undone);
    assert_eq!(standing(&decider), [0, 1, 2, 3]);
    assert_eq!(runs(&mut decider, NOW), ActionId(1));
    assert_eq!(end_run(&mut decider).cut, None);
    arrive(&mut decider, Signal::USR1);
    assert_eq!(runs(&mut decider, NOW), ActionId(2));
    terminate(&mut decider, NOW);
    assert_eq!(pass(&mut decider, NOW + seconds(1)), Some(awaits(ActionId(2), Signal::USR1)));
}

fn awaits(action: ActionId, signal: Signal) -> Urgent {
    Urgent::LogAwaited(Activity::Running(action, signal))
}

#[test]
fn a_first_set_up_that_fails_leaves_nothing_to_undo() {
    let steps = [not_set_up(10), ended(Reloaded::Undone)];
    let mut decider = reloading_after(new_plan(), &steps);
    assert_eq!(standing(&decider), [0, 1, 2, 3]);
    assert_eq!(runs(&mut decider, NOW), ActionId(1));
}

#[test]
fn a_reload_that_failed_follows_the_policy_of_its_action_and_is_tried_again() {
    let policy = Policy { retries: 1, on_failure: OnFailure::Stop, ..Policy::default() };
    let mut plan = old_plan();
    plan[0].members[0].policy = policy;
    let mut decider = serving_all(plan);
    arrive(&mut decider, Signal::HUP);
    runs(&mut decider, NOW);
    decider.handle(FAILED);
    let Step::Retry(retry) = next(&mut decider) else { panic!("it is not tried again") };
    let end = NOW + retry.after;
    assert_eq!(runs(&mut decider, end), ActionId(0));
    decider.reload(new_plan());
    assert_eq!(decider.next(end), Step::SetUp(ActionId(10)));
    decider.handle(NOT_READY);
    assert_eq!(decider.next(end), Step::ReloadEnded(Reloaded::Undone));
    decider.handle(FAILED);
    let cut = Cut { action: ActionId(0), exits: false };
    assert_eq!(reported(&mut decider, end).cut, Some(cut));
}

#[test]
fn a_policy_that_has_changed_holds_from_the_reload_on() {
    let mut plan = old_plan();
    plan[0].members[1].policy.on_failure = OnFailure::Stop;
    plan[0].members.push(Member { action: ActionId(10), policy: Policy::default() });
    let steps = [set_up(10), ADOPT, ended(Reloaded::Done)];
    let mut decider = reloading_after(change(plan, &[10], &[]), &steps);
    assert_eq!(runs(&mut decider, NOW), ActionId(1));
    decider.handle(FAILED);
    let cut = Cut { action: ActionId(1), exits: false };
    assert_eq!(reported(&mut decider, NOW).cut, Some(cut));
}

#[test]
fn arrivals_of_signals_that_stay_are_kept_and_those_of_signals_that_are_gone_need_no_run() {
    let usr2 = bundle(Signal::USR2, Overlap::Rerun, &[4]);
    let old = [old_plan(), vec![usr2]].concat();
    let mut decider = serving_all(old);
    for signal in [Signal::HUP, Signal::USR1, Signal::USR2, Signal::USR1] {
        arrive(&mut decider, signal);
    }
    assert_eq!(runs(&mut decider, NOW), ActionId(0));
    decider.reload(new_plan());
    arrive(&mut decider, Signal::HUP);
    for _ in [10, 11] {
        assert!(matches!(next(&mut decider), Step::SetUp(_)));
        arrive(&mut decider, Signal::USR1);
        decider.handle(READY);
    }
    assert_eq!(decider.waiting(id(Signal::USR2)), 1);
    assert_eq!(next(&mut decider), Step::Adopt);
    assert_eq!(arrive(&mut decider, Signal::USR2).fate, Fate::NoActions);
    for _ in [3, 2] {
        assert!(matches!(next(&mut decider), Step::Remove(_)));
        arrive(&mut decider, Signal::USR1);
        decider.handle(Event::TornDown);
    }
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
    decider.handle(DONE);
    runs(&mut decider, NOW);
    decider.handle(DONE);
    runs(&mut decider, NOW);
    end_run(&mut decider);
    assert_eq!([Signal::USR1, Signal::USR2].map(|it| decider.waiting(id(it))), [6, 0]);
    assert_eq!(started(&mut decider), Signal::USR1);
    end_run(&mut decider);
    assert_eq!(started(&mut decider), Signal::HUP);
}

#[test]
fn a_signal_that_is_new_is_served_once_the_plan_holds() {
    let usr2 = bundle(Signal::USR2, Overlap::Ignore, &[10]);
    let plan = change([old_plan(), vec![usr2]].concat(), &[10], &[]);
    let mut decider = reloading_after(plan, &[set_up(10)]);
    assert_eq!(arrive(&mut decider, Signal::USR2).fate, Fate::NoActions);
    assert_eq!(next(&mut decider), Step::Adopt);
    assert_eq!(arrive(&mut decider, Signal::USR2).fate, Fate::Waits);
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
    decider.handle(DONE);
    runs(&mut decider, NOW);
    end_run(&mut decider);
    assert_eq!(runs(&mut decider, NOW), ActionId(10));
}

#[test]
fn overlap_quiet_period_and_grace_hold_from_the_reload_on() {
    let mut plan = change(old_plan(), &[], &[]);
    plan.bundles[0].overlap = Overlap::Ignore;
    plan.bundles[1].quiet_period = seconds(3);
    plan.grace = Grace(seconds(100));
    let mut decider = reloading(plan);
    assert_eq!(arrive(&mut decider, Signal::HUP).fate, Fate::Waits);
    assert_eq!(arrive(&mut decider, Signal::USR1).fate, Fate::Waits);
    assert_eq!(next(&mut decider), Step::Adopt);
    assert_eq!(arrive(&mut decider, Signal::HUP).fate, Fate::Ignored);
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
    decider.handle(DONE);
    runs(&mut decider, NOW);
    assert_eq!(end_run(&mut decider).ignored, 1);
    assert_eq!(started(&mut decider), Signal::HUP, "what had waited has its run");
    decider.handle(DONE);
    runs(&mut decider, NOW);
    end_run(&mut decider);
    assert_eq!(started(&mut decider), Signal::USR1);
    assert_eq!(arrive(&mut decider, Signal::USR1).fate, Fate::WaitsForQuiet);
    terminate(&mut decider, NOW);
    assert!(pass(&mut decider, NOW + seconds(97)).is_some());
    assert_eq!(pass(&mut decider, NOW + seconds(97)), None);
    assert_eq!(pass(&mut decider, NOW + seconds(98)), Some(Urgent::LastCall));
}

#[test]
fn a_signal_whose_arrivals_are_not_counted_one_by_one_any_more_still_has_those_runs() {
    let each = |overlap| vec![bundle(Signal::HUP, overlap, &[0])];
    let mut decider = serving_all(each(Overlap::Each));
    for _ in 0..3 {
        arrive(&mut decider, Signal::HUP);
    }
    runs(&mut decider, NOW);
    decider.reload(change(each(Overlap::Rerun), &[], &[]));
    assert_eq!(next(&mut decider), Step::Adopt);
    arrive(&mut decider, Signal::HUP);
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
    end_run(&mut decider);
    for count in [1, 2] {
        let Step::Run(_, arrival) = next(&mut decider) else { panic!("no run") };
        assert_eq!(arrival.count, count);
        end_run(&mut decider);
    }
    assert_eq!(next(&mut decider), Step::Sleep);
}

#[test]
fn a_run_ends_with_the_reload_if_the_plan_has_its_action_or_its_bundle_no_more() {
    let without_action = vec![bundle(Signal::HUP, Overlap::Rerun, &[1])];
    let without_bundle = vec![bundle(Signal::USR1, Overlap::Rerun, &[2, 3])];
    for (plan, gone) in [(without_action, &[0, 2, 3][..]), (without_bundle, &[0, 1])] {
        let mut decider = reloading(change(plan, &[], gone));
        assert_eq!(next(&mut decider), Step::Adopt);
        for action in gone.iter().rev() {
            assert_eq!(next(&mut decider), Step::Remove(ActionId(*action)));
            decider.handle(Event::TornDown);
        }
        assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
        let report = end_run(&mut decider);
        assert_eq!((report.bundle, report.cut), (id(Signal::HUP), None));
        assert_eq!(next(&mut decider), Step::Sleep);
    }
}

#[test]
fn a_run_goes_on_after_the_reload_wherever_that_stands_in_the_new_bundle() {
    for (place, after) in [(&[1, 0][..], None), (&[1, 0, 10], Some(10)), (&[0, 1], Some(1))] {
        let mut plan = old_plan();
        plan[0] = bundle(Signal::HUP, Overlap::Rerun, place);
        let added: &[u32] = if place.contains(&10) { &[10] } else { &[] };
        let mut decider = reloading(change(plan, added, &[]));
        for action in added {
            assert_eq!(next(&mut decider), Step::SetUp(ActionId(*action)));
            decider.handle(READY);
        }
        assert_eq!(next(&mut decider), Step::Adopt);
        assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
        decider.handle(DONE);
        match after {
            Some(action) => assert_eq!(runs(&mut decider, NOW), ActionId(action)),
            None => assert_eq!(reported(&mut decider, NOW).bundle, id(Signal::HUP)),
        }
    }
}

#[test]
fn a_plan_without_any_action_ends_flagman() {
    let mut decider = reloading(change(Vec::new(), &[], &[0, 1, 2, 3]));
    assert_eq!(next(&mut decider), Step::Adopt);
    for action in [3, 2, 1, 0] {
        assert_eq!(next(&mut decider), Step::Remove(ActionId(action)));
        decider.handle(Event::TornDown);
    }
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
    end_run(&mut decider);
    assert_eq!(time_passes(&mut decider, NOW), Work::Due);
    assert_eq!(next(&mut decider), Step::Exit(Ending::NoActions));
}

#[test]
fn an_action_that_has_closed_before_it_is_gone_is_not_torn_down_again() {
    let mut decider = serving_all(old_plan());
    arrive(&mut decider, Signal::USR1);
    runs(&mut decider, NOW);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(next(&mut decider), Step::Remove(ActionId(2)));
    decider.handle(Event::TornDown);
    runs(&mut decider, NOW);
    end_run(&mut decider);
    arrive(&mut decider, Signal::HUP);
    runs(&mut decider, NOW);
    decider.reload(new_plan());
    for _ in [10, 11] {
        next(&mut decider);
        decider.handle(READY);
    }
    assert_eq!(next(&mut decider), Step::Adopt);
    assert_eq!(next(&mut decider), Step::Remove(ActionId(3)));
    decider.handle(Event::TornDown);
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
}

#[test]
fn a_reload_that_takes_long_is_logged_with_what_it_is_doing() {
    let mut decider = reloading(new_plan());
    let minute = Duration::from_mins(1);
    assert_eq!(decider.deadline(), Some(NOW + minute));
    let mut between = decider.clone();
    let logged = |activity| Some(Urgent::LogLongRun { activity, lasted: minute });
    assert_eq!(pass(&mut between, NOW + minute), logged(Activity::Nothing));
    next(&mut decider);
    let setting_up = Activity::SettingUp(ActionId(10));
    assert_eq!(pass(&mut decider, NOW + minute), logged(setting_up));
}

#[test]
fn an_answer_that_was_not_asked_for_changes_nothing_in_a_reload() {
    let before = reloading(new_plan());
    let setting_up = reloading_after(new_plan(), &[(Step::SetUp(ActionId(10)), None)]);
    let adopted = reloading_after(new_plan(), &[set_up(10), set_up(11), ADOPT]);
    let mut tearing_down = adopted.clone();
    next(&mut tearing_down);
    let mut ended = reloading_after(change(old_plan(), &[], &[]), &[ADOPT]);
    next(&mut ended);
    let states = [
        ("before", before),
        ("setting up", setting_up),
        ("adopted", adopted),
        ("tearing down", tearing_down),
        ("ended", ended),
    ];
    for (answer, asked_in) in [
        (READY, "setting up"),
        (NOT_READY, "setting up"),
        (Event::TornDown, "tearing down"),
        (DONE, "ended"),
        (FAILED, "ended"),
        (Event::Ran(RanResult::Closed), "ended"),
    ] {
        for (state, before) in &states {
            let mut after = before.clone();
            after.handle(answer);
            let changed = format!("{before:?}") != format!("{after:?}");
            assert_eq!(changed, *state == asked_in, "{answer:?} while {state}");
        }
    }
}

#[test]
fn only_an_action_that_runs_can_begin_a_reload() {
    let mut idle = serving_all(old_plan());
    idle.reload(new_plan());
    assert_eq!(next(&mut idle), Step::Sleep);
    arrive(&mut idle, Signal::HUP);
    runs(&mut idle, NOW);
    idle.handle(DONE);
    idle.reload(new_plan());
    assert_eq!(runs(&mut idle, NOW), ActionId(1));
}
