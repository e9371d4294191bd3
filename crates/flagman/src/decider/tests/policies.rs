//! What becomes of a failed run of one action: retries, the pauses before them, and `on-failure`.

use std::time::Duration;

use flagman_base::Signal;

use super::super::retry;
use super::super::vocabulary::{Cut, OnFailure};
use super::{
    ActionId, Activity, DONE, Decider, Ending, Event, FAILED, Fate, GRACE, Member, NOW, Overlap,
    Policy, RanResult, Retry, SEED, Step, Time, Urgent, Work, arrive, before, bundle, pass,
    reported, runs, seconds, serving_all, tears_down, terminate, time_passes,
};

/// An action whose failed run is tried again so often.
fn retried(retries: u8) -> Policy {
    Policy { retries, ..Policy::default() }
}

fn on_failure(on_failure: OnFailure) -> Policy {
    Policy { on_failure, ..Policy::default() }
}

/// Bundles that serve: HUP has one action for each policy, and USR1 has action 10.
fn serving(overlap: Overlap, policies: &[Policy]) -> Decider {
    let mut hup = bundle(Signal::HUP, overlap, &[]);
    let member = |(id, policy): (u32, &Policy)| Member { action: ActionId(id), policy: *policy };
    hup.members = (0..).zip(policies).map(member).collect();
    serving_all(vec![hup, bundle(Signal::USR1, overlap, &[10])])
}

/// The same, with HUP's first action running.
fn running(overlap: Overlap, policies: &[Policy]) -> Decider {
    let mut decider = serving(overlap, policies);
    arrive(&mut decider, Signal::HUP);
    assert_eq!(runs(&mut decider, NOW), ActionId(0));
    decider
}

/// The same, whose first try has failed, with the end of the pause.
fn pausing(overlap: Overlap, policies: &[Policy]) -> (Decider, Time) {
    let mut decider = running(overlap, policies);
    let retry = fails(&mut decider, NOW).expect("it is tried again");
    (decider, NOW + retry.after)
}

/// The action that runs fails at this time. What is logged if there will be another try; else what comes
/// next is left to the test.
fn fails(decider: &mut Decider, now: Time) -> Option<Retry> {
    assert_eq!(decider.handle(FAILED).work, Work::Due);
    let Step::Retry(retry) = decider.clone().next(now) else { return None };
    decider.next(now);
    Some(retry)
}

#[test]
fn a_failed_run_is_tried_again_as_often_as_its_policy_says_for_the_same_arrival() {
    for retries in [0, 1, 2, 100] {
        let give_up = seconds(1_000_000);
        let mut decider = running(Overlap::Ignore, &[Policy { give_up, ..retried(retries) }]);
        let mut now = NOW;
        for _ in 0..retries {
            let retry = fails(&mut decider, now).expect("it is tried again");
            assert_eq!((retry.action, retry.arrival.signal), (ActionId(0), Signal::HUP));
            now += retry.after;
            assert_eq!(decider.next(now), Step::Run(ActionId(0), retry.arrival));
        }
        assert_eq!(fails(&mut decider, now), None);
        assert_eq!(reported(&mut decider, now).cut, None);
    }
}

#[test]
fn pauses_double_and_vary_by_the_chance_that_was_given() {
    let policy = Policy { retry_delay: seconds(3), ..retried(6) };
    let mut decider = running(Overlap::Ignore, &[policy]);
    let (mut chance, mut now) = (fastrand::Rng::with_seed(SEED), NOW);
    for tries in 1..=6 {
        let after = fails(&mut decider, now).map(|retry| retry.after);
        assert_eq!(after, Some(retry::pause(seconds(3), tries, &mut chance)));
        now += after.unwrap_or_default();
        runs(&mut decider, now);
    }
}

#[test]
fn the_main_thread_is_woken_when_a_pause_ends_and_not_before() {
    let (mut decider, end) = pausing(Overlap::Ignore, &[retried(1)]);
    assert_eq!(decider.deadline(), Some(end));
    assert_eq!(time_passes(&mut decider, before(end)), Work::Nothing);
    assert_eq!(decider.next(before(end)), Step::Sleep);
    assert_eq!(time_passes(&mut decider, end), Work::Due);
    assert_eq!(decider.deadline(), Some(NOW + seconds(60)), "this one has been told");
    assert_eq!(runs(&mut decider, end), ActionId(0));
    assert_eq!(decider.deadline(), Some(NOW + seconds(60)), "a long run is logged");
}

#[test]
fn a_try_that_succeeds_ends_the_tries_and_the_next_action_has_tries_of_its_own() {
    let (mut decider, end) = pausing(Overlap::Ignore, &[retried(1), retried(1)]);
    runs(&mut decider, end);
    decider.handle(DONE);
    assert_eq!(runs(&mut decider, end), ActionId(1));
    let retry = fails(&mut decider, end).expect("it is tried again");
    assert_eq!(retry.action, ActionId(1));
    assert_eq!(runs(&mut decider, end + retry.after), ActionId(1));
    assert_eq!(fails(&mut decider, end + retry.after), None);
    reported(&mut decider, end + retry.after);
    arrive(&mut decider, Signal::HUP);
    assert_eq!(runs(&mut decider, end + retry.after), ActionId(0));
    assert!(fails(&mut decider, end + retry.after).is_some(), "a new run has tries of its own");
}

#[test]
fn an_action_that_closes_when_it_is_tried_again_is_removed() {
    let (mut decider, end) = pausing(Overlap::Ignore, &[retried(1)]);
    runs(&mut decider, end);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(decider.next(end), Step::Remove(ActionId(0)));
    decider.handle(Event::TornDown);
    assert_eq!(reported(&mut decider, end).cut, None);
}

#[test]
fn no_try_starts_once_the_time_to_give_up_has_come() {
    let policy = Policy { retry_delay: seconds(8), give_up: seconds(30), ..retried(100) };
    let mut decider = running(Overlap::Ignore, &[policy]);
    let (mut now, mut tries) = (NOW, 1);
    while let Some(retry) = fails(&mut decider, now) {
        now += retry.after;
        assert!(now < NOW + seconds(30), "no pause ends too late");
        assert_eq!(runs(&mut decider, now), ActionId(0));
        tries += 1;
    }
    assert_eq!(tries, 3, "after pauses of about 8 and 16 seconds; one of 32 is too long");
    reported(&mut decider, now);
}

#[test]
fn a_pause_that_would_end_exactly_when_the_time_is_over_is_not_begun() {
    let first = retry::pause(seconds(1), 1, &mut fastrand::Rng::with_seed(SEED));
    let policy = |give_up| Policy { give_up, ..retried(1) };
    let mut decider = running(Overlap::Ignore, &[policy(first)]);
    assert_eq!(fails(&mut decider, NOW), None);
    let mut decider = running(Overlap::Ignore, &[policy(first + Duration::from_nanos(1))]);
    assert!(fails(&mut decider, NOW).is_some());
}

#[test]
fn a_pause_that_ends_late_is_not_followed_by_a_try_after_the_time_to_give_up() {
    let stop = on_failure(OnFailure::Stop);
    let policy = Policy { retries: 5, give_up: seconds(30), ..stop };
    let (mut decider, _) = pausing(Overlap::Ignore, &[policy]);
    let mut late = decider.clone();
    assert_eq!(runs(&mut decider, before(NOW + seconds(30))), ActionId(0));
    let cut = Cut { action: ActionId(0), exits: false };
    assert_eq!(reported(&mut late, NOW + seconds(30)).cut, Some(cut));
}

#[test]
fn giving_up_ends_no_try_that_is_in_progress() {
    let policy = Policy { give_up: seconds(10), ..retried(5) };
    let mut decider = running(Overlap::Ignore, &[policy]);
    let late = NOW + seconds(59);
    let reaction = decider.handle(Event::TimePassed { now: late });
    assert_eq!((reaction.urgent, reaction.work), (None, Work::Nothing));
    assert_eq!(decider.next(late), Step::Sleep);
    assert_eq!(fails(&mut decider, late), None, "but no other one starts");
    reported(&mut decider, late);
}

#[test]
fn without_retries_the_time_to_give_up_does_not_count() {
    let never = Policy { give_up: Duration::ZERO, ..on_failure(OnFailure::Continue) };
    let mut decider = running(Overlap::Ignore, &[never, never]);
    decider.handle(FAILED);
    assert_eq!(runs(&mut decider, NOW), ActionId(1));
}

#[test]
fn under_continue_the_bundle_goes_on_and_under_stop_the_run_ends() {
    for (policy, goes_on) in [(OnFailure::Continue, true), (OnFailure::Stop, false)] {
        let mut decider = running(Overlap::Ignore, &[on_failure(policy), Policy::default()]);
        assert_eq!(fails(&mut decider, NOW), None);
        if goes_on {
            assert_eq!(runs(&mut decider, NOW), ActionId(1));
            decider.handle(DONE);
        }
        let cut = Cut { action: ActionId(0), exits: false };
        assert_eq!(reported(&mut decider, NOW).cut, (!goes_on).then_some(cut));
        arrive(&mut decider, Signal::HUP);
        assert_eq!(runs(&mut decider, NOW), ActionId(0), "the next run is whole again");
        decider.handle(DONE);
        assert_eq!(runs(&mut decider, NOW), ActionId(1));
    }
}

#[test]
fn on_failure_counts_when_the_last_try_has_failed() {
    let policy = Policy { retries: 1, ..on_failure(OnFailure::Stop) };
    let (mut decider, end) = pausing(Overlap::Ignore, &[policy, Policy::default()]);
    let mut again = decider.clone();
    runs(&mut decider, end);
    decider.handle(DONE);
    assert_eq!(runs(&mut decider, end), ActionId(1));
    runs(&mut again, end);
    assert_eq!(fails(&mut again, end), None);
    assert!(reported(&mut again, end).cut.is_some());
}

#[test]
fn under_exit_flagman_shuts_down_in_order_and_serves_nothing_more() {
    let policies = [on_failure(OnFailure::Exit), Policy::default()];
    let mut decider = running(Overlap::Rerun, &policies);
    arrive(&mut decider, Signal::USR1);
    assert_eq!(fails(&mut decider, NOW), None);
    let cut = Cut { action: ActionId(0), exits: true };
    assert_eq!(reported(&mut decider, NOW).cut, Some(cut));
    assert_eq!(arrive(&mut decider, Signal::USR1).fate, Fate::Unserved);
    assert_eq!(time_passes(&mut decider, NOW), Work::Due);
    assert_eq!(decider.next(NOW), Step::ShutDown(ActionId(0)));
    assert_eq!(arrive(&mut decider, Signal::HUP).fate, Fate::Unserved);
    assert_eq!(decider.deadline(), Some(NOW + Duration::from_millis(500)), "the grace runs");
    assert_eq!(tears_down(&mut decider, NOW), (vec![10, 1, 0], Ending::ActionFailed));
    let waiting = decider.unanswered().iter().map(|left| left.waiting).sum::<u64>();
    assert_eq!(waiting, 3);
}

#[test]
fn a_failure_that_comes_while_flagman_is_shutting_down_has_no_consequences() {
    let policy = Policy { retries: 3, ..on_failure(OnFailure::Exit) };
    let mut decider = running(Overlap::Ignore, &[policy, Policy::default()]);
    terminate(&mut decider, NOW);
    assert_eq!(fails(&mut decider, NOW), None);
    assert_eq!(reported(&mut decider, NOW).cut, None);
    assert_eq!(tears_down(&mut decider, NOW), (vec![10, 1, 0], Ending::Requested));
}

#[test]
fn a_shutdown_ends_a_pause_at_once_and_on_failure_does_not_apply() {
    for policy in [OnFailure::Stop, OnFailure::Exit] {
        let policies = [Policy { retries: 1, ..on_failure(policy) }, Policy::default()];
        let (mut decider, _) = pausing(Overlap::Ignore, &policies);
        let asked = terminate(&mut decider, NOW);
        assert_eq!(asked, Some(Urgent::AnnounceStopping));
        assert_eq!(time_passes(&mut decider, NOW), Work::Due);
        assert_eq!(reported(&mut decider, NOW).cut, None);
        assert_eq!(tears_down(&mut decider, NOW), (vec![10, 1, 0], Ending::Requested));
    }
}

#[test]
fn arrivals_in_a_pause_change_nothing_in_that_run() {
    for (overlap, fate, ignored) in
        [(Overlap::Ignore, Fate::Ignored, 3), (Overlap::Rerun, Fate::Waits, 0)]
    {
        let (mut decider, end) = pausing(overlap, &[retried(1), Policy::default()]);
        for _ in 0..3 {
            assert_eq!(arrive(&mut decider, Signal::HUP).fate, fate);
        }
        assert_eq!((decider.next(NOW), decider.deadline()), (Step::Sleep, Some(end)));
        let Step::Run(ActionId(0), arrival) = decider.next(end) else { panic!("no other try") };
        assert_eq!(arrival.count, 1);
        decider.handle(DONE);
        assert_eq!(runs(&mut decider, end), ActionId(1));
        decider.handle(DONE);
        let report = reported(&mut decider, end);
        assert_eq!((report.ignored, report.arrival.count), (ignored, 1));
        match (overlap, decider.next(end)) {
            (Overlap::Ignore, Step::Sleep) => {}
            (Overlap::Rerun, Step::Run(ActionId(0), arrival)) => assert_eq!(arrival.count, 3),
            (_, step) => panic!("under {overlap:?}: {step:?}"),
        }
    }
}

#[test]
fn other_bundles_wait_until_the_run_is_over() {
    let (mut decider, end) = pausing(Overlap::Rerun, &[retried(1)]);
    assert_eq!(arrive(&mut decider, Signal::USR1).fate, Fate::Waits);
    assert_eq!(time_passes(&mut decider, NOW), Work::Nothing);
    assert_eq!(decider.next(before(end)), Step::Sleep);
    assert_eq!(runs(&mut decider, end), ActionId(0));
    decider.handle(DONE);
    reported(&mut decider, end);
    assert_eq!(runs(&mut decider, end), ActionId(10));
}

#[test]
fn a_pause_is_named_when_a_run_takes_long_and_when_flagman_is_forced_out() {
    let policy = Policy { retry_delay: seconds(60), ..retried(3) };
    let mut decider = running(Overlap::Ignore, &[policy]);
    let late = NOW + seconds(50);
    fails(&mut decider, late);
    let activity = Activity::Pausing(ActionId(0), Signal::HUP);
    let minute = seconds(60);
    assert_eq!(decider.deadline(), Some(NOW + minute));
    let logged = Urgent::LogLongRun { activity, lasted: minute };
    assert_eq!(pass(&mut decider, NOW + minute), Some(logged));
    terminate(&mut decider, NOW + minute);
    assert_eq!(terminate(&mut decider, NOW + minute), Some(Urgent::ForceOut(activity)));
    assert_eq!(pass(&mut decider, NOW + GRACE * 60), None);
}
