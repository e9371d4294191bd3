//! A shutdown that is asked for in the middle of a reload, at each of its stages.

use flagman_base::Signal;

use super::{
    ADOPT, ActionId, Activity, DONE, Ending, Event, FAILED, NOT_READY, NOW, Overlap, READY,
    Reloaded, Step, Urgent, Work, arrive, bundle, change, new_plan, next, not_set_up, old_plan,
    reloading, reloading_after, reported, runs, serving_all, set_up, tears_down, terminate,
    time_passes,
};

#[test]
fn a_shutdown_before_the_plan_holds_cuts_the_reload_short_and_all_that_stands_is_torn_down() {
    let stages: [&[(Step, Option<Event>)]; 3] = [&[], &[set_up(10)], &[set_up(10), set_up(11)]];
    for (stage, left) in stages.into_iter().zip([&[][..], &[10], &[11, 10]]) {
        let mut decider = reloading_after(new_plan(), stage);
        assert_eq!(terminate(&mut decider, NOW), Some(Urgent::AnnounceStopping));
        assert_eq!(time_passes(&mut decider, NOW), Work::Due);
        assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::CutShort));
        decider.handle(FAILED);
        assert_eq!(reported(&mut decider, NOW).cut, None);
        let all = [left, &[3, 2, 1, 0]].concat();
        assert_eq!(tears_down(&mut decider, NOW), (all, Ending::Requested));
    }
}

#[test]
fn a_shutdown_during_a_set_up_waits_for_it_whether_that_succeeds_or_fails() {
    for (answer, how, all) in [
        (READY, Reloaded::CutShort, vec![10, 3, 2, 1, 0]),
        (NOT_READY, Reloaded::Undone, vec![3, 2, 1, 0]),
    ] {
        let mut decider = reloading(new_plan());
        assert_eq!(next(&mut decider), Step::SetUp(ActionId(10)));
        terminate(&mut decider, NOW);
        assert_eq!(
            (time_passes(&mut decider, NOW), next(&mut decider)),
            (Work::Nothing, Step::Sleep)
        );
        let setting_up = Activity::SettingUp(ActionId(10));
        let forced = terminate(&mut decider.clone(), NOW);
        assert_eq!(forced, Some(Urgent::ForceOut(setting_up)));
        decider.handle(answer);
        assert_eq!(next(&mut decider), Step::ReloadEnded(how));
        decider.handle(FAILED);
        reported(&mut decider, NOW);
        assert_eq!(tears_down(&mut decider, NOW), (all, Ending::Requested));
    }
}

#[test]
fn a_shutdown_after_the_plan_holds_lets_the_reload_end() {
    let mut decider = reloading_after(new_plan(), &[set_up(10), set_up(11), ADOPT]);
    assert_eq!(next(&mut decider), Step::Remove(ActionId(3)));
    terminate(&mut decider, NOW);
    let forced = terminate(&mut decider.clone(), NOW);
    assert_eq!(forced, Some(Urgent::ForceOut(Activity::TearingDown(ActionId(3)))));
    decider.handle(Event::TornDown);
    assert_eq!(next(&mut decider), Step::Remove(ActionId(2)));
    decider.handle(Event::TornDown);
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Done));
    decider.handle(DONE);
    reported(&mut decider, NOW);
    assert_eq!(tears_down(&mut decider, NOW), (vec![11, 10, 1, 0], Ending::Requested));
}

#[test]
fn a_shutdown_while_a_reload_is_undone_lets_that_end() {
    let mut decider = reloading_after(new_plan(), &[set_up(10), not_set_up(11)]);
    assert_eq!(next(&mut decider), Step::Remove(ActionId(10)));
    terminate(&mut decider, NOW);
    decider.handle(Event::TornDown);
    assert_eq!(next(&mut decider), Step::ReloadEnded(Reloaded::Undone));
    decider.handle(FAILED);
    reported(&mut decider, NOW);
    assert_eq!(tears_down(&mut decider, NOW), (vec![3, 2, 1, 0], Ending::Requested));
}

#[test]
fn a_shutdown_runs_the_bundle_of_sigterm_that_the_plan_has_which_holds_then() {
    let with_term = |action| {
        let mut plan = old_plan();
        plan.push(bundle(Signal::TERM, Overlap::Ignore, &[action]));
        plan
    };
    for (adopted, action) in [(false, 4), (true, 10)] {
        let mut decider = serving_all(with_term(4));
        arrive(&mut decider, Signal::HUP);
        runs(&mut decider, NOW);
        decider.reload(change(with_term(10), &[10], &[4]));
        next(&mut decider);
        decider.handle(READY);
        if adopted {
            assert_eq!(next(&mut decider), Step::Adopt);
        }
        terminate(&mut decider, NOW);
        while let step @ (Step::Remove(_) | Step::ReloadEnded(_)) = next(&mut decider) {
            let is_end = matches!(step, Step::ReloadEnded(_));
            decider.handle(if is_end { DONE } else { Event::TornDown });
        }
        assert_eq!(runs(&mut decider, NOW), ActionId(action));
    }
}
