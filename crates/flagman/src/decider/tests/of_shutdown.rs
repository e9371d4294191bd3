//! The bundle of SIGTERM or SIGINT as the first part of a shutdown.

use std::time::Duration;

use flagman_base::{Sender, Signal};

use super::super::vocabulary::{Cut, OnFailure};
use super::{
    ActionId, Activity, Cause, DONE, Decider, Ending, Event, FAILED, GRACE, Grace, NOW, Overlap,
    Policy, RanResult, SetUpResult, Step, Stop, Ticket, Time, Urgent, Work, arrive, before, bundle,
    end_run, id, next, pass, reported, runs, seconds, serving_all, tears_down, terminate,
    time_passes, urgent,
};

/// When the last call is given if shutdown is asked for now.
const LAST_CALL: Time = Duration::from_secs(50 + 8 - 2);

/// USR1 has action 0, and TERM the actions 1 and 2, which follow these policies.
fn with_policy(policy: Policy) -> Decider {
    let mut term = bundle(Signal::TERM, Overlap::Ignore, &[1, 2]);
    term.members.iter_mut().for_each(|member| member.policy = policy);
    serving_all(vec![bundle(Signal::USR1, Overlap::Ignore, &[0]), term])
}

fn serving() -> Decider {
    with_policy(Policy::default())
}

fn ask(decider: &mut Decider, by: Stop, at: Time) -> Option<Urgent> {
    let cause = Cause::Signal { sender: Some(Sender::new(7, 0)), value: Some(3) };
    urgent(decider, Event::ShutdownAsked { by, cause, at })
}

#[test]
fn the_bundle_of_sigterm_runs_once_and_then_all_is_torn_down() {
    let mut decider = serving();
    assert_eq!(ask(&mut decider, Stop::Term, NOW), Some(Urgent::AnnounceStopping));
    assert_eq!(time_passes(&mut decider, NOW), Work::Due);
    let Step::Run(ActionId(1), arrival) = next(&mut decider) else { panic!("no run") };
    assert_eq!((arrival.signal, arrival.count), (Signal::TERM, 1));
    assert_eq!((arrival.sender, arrival.value), (Some(Sender::new(7, 0)), Some(3)));
    assert_eq!(time_passes(&mut decider, NOW), Work::Nothing, "it is awaited");
    decider.handle(DONE);
    assert_eq!(runs(&mut decider, NOW), ActionId(2));
    let report = end_run(&mut decider);
    assert_eq!((report.bundle, report.answers), (id(Signal::TERM), Ticket(1)));
    assert_eq!(tears_down(&mut decider, NOW), (vec![2, 1, 0], Ending::Requested));
}

#[test]
fn it_runs_after_the_run_in_progress_and_instead_of_those_that_wait() {
    let mut decider = serving();
    arrive(&mut decider, Signal::USR1);
    assert_eq!(runs(&mut decider, NOW), ActionId(0));
    terminate(&mut decider, NOW);
    assert_eq!(next(&mut decider), Step::Sleep);
    decider.handle(DONE);
    assert_eq!(reported(&mut decider, NOW).bundle, id(Signal::USR1));
    assert_eq!(time_passes(&mut decider, NOW), Work::Due);
    assert_eq!(runs(&mut decider, NOW), ActionId(1));
}

#[test]
fn sigint_runs_its_own_bundle_or_else_that_of_sigterm() {
    let mut decider = serving();
    ask(&mut decider, Stop::Int, NOW);
    let Step::Run(ActionId(1), arrival) = next(&mut decider) else { panic!("no run") };
    assert_eq!(arrival.signal, Signal::INT);

    let int = bundle(Signal::INT, Overlap::Ignore, &[5]);
    let term = bundle(Signal::TERM, Overlap::Ignore, &[6]);
    for (by, action) in [(Stop::Int, 5), (Stop::Term, 6)] {
        let mut decider = serving_all(vec![int.clone(), term.clone()]);
        ask(&mut decider, by, NOW);
        assert_eq!(runs(&mut decider, NOW), ActionId(action));
        end_run(&mut decider);
        assert_eq!(tears_down(&mut decider, NOW).1, Ending::Requested, "only one of them runs");
    }

    let mut decider = serving_all(vec![int]);
    ask(&mut decider, Stop::Term, NOW);
    assert!(matches!(next(&mut decider), Step::TearDown(_)), "SIGTERM does not run that of SIGINT");
}

#[test]
fn an_echo_of_the_request_does_not_run_it_again() {
    let mut decider = serving();
    ask(&mut decider, Stop::Int, NOW);
    assert_eq!(ask(&mut decider, Stop::Term, NOW), None);
    runs(&mut decider, NOW);
    decider.handle(DONE);
    runs(&mut decider, NOW);
    end_run(&mut decider);
    assert_eq!(tears_down(&mut decider, NOW).0, [2, 1, 0]);
}

#[test]
fn it_does_not_run_during_set_up_or_once_nothing_is_served_any_more() {
    let term = bundle(Signal::TERM, Overlap::Ignore, &[0, 1]);
    let mut decider = Decider::new(Grace(GRACE), vec![term], 1);
    next(&mut decider);
    terminate(&mut decider, NOW);
    decider.handle(Event::SetUp(SetUpResult::Ready));
    assert_eq!(tears_down(&mut decider, NOW), (vec![0], Ending::Requested));

    let term = bundle(Signal::TERM, Overlap::Ignore, &[0, 1]);
    let mut failed = Decider::new(Grace(GRACE), vec![term], 1);
    next(&mut failed);
    failed.handle(Event::SetUp(SetUpResult::Ready));
    next(&mut failed);
    failed.handle(Event::SetUp(SetUpResult::Failed));
    assert_eq!(next(&mut failed), Step::TearDown(ActionId(0)));
    terminate(&mut failed, NOW);
    failed.handle(Event::TornDown);
    assert_eq!(next(&mut failed), Step::Exit(Ending::SetUpFailed));
}

#[test]
fn a_bundle_without_actions_is_no_part_of_the_shutdown() {
    let term = bundle(Signal::TERM, Overlap::Ignore, &[]);
    let usr1 = bundle(Signal::USR1, Overlap::Ignore, &[0]);
    let mut decider = serving_all(vec![usr1, term]);
    terminate(&mut decider, NOW);
    assert_eq!(tears_down(&mut decider, NOW).0, [0]);
}

#[test]
fn the_last_call_ends_it_before_its_next_action() {
    let mut decider = serving();
    terminate(&mut decider, NOW);
    runs(&mut decider, NOW);
    let running = Activity::Running(ActionId(1), Signal::TERM);
    let awaited = Urgent::LogAwaited(running);
    assert_eq!(pass(&mut decider, NOW + Duration::from_millis(500)), Some(awaited));
    let mut early = decider.clone();
    early.handle(DONE);
    assert_eq!(runs(&mut early, before(LAST_CALL)), ActionId(2));
    assert_eq!(pass(&mut decider, LAST_CALL), Some(Urgent::LastCall));
    decider.handle(DONE);
    reported(&mut decider, LAST_CALL);
    assert_eq!(tears_down(&mut decider, LAST_CALL), (vec![2, 1, 0], Ending::Requested));
}

#[test]
fn the_end_of_the_grace_and_a_second_request_force_out_an_action_of_it() {
    let stuck = Some(Urgent::ForceOut(Activity::Running(ActionId(1), Signal::TERM)));
    let mut decider = serving();
    terminate(&mut decider, NOW);
    runs(&mut decider, NOW);
    assert_eq!(terminate(&mut decider.clone(), NOW), stuck);
    assert_eq!(pass(&mut decider, NOW + GRACE), stuck);
    assert_eq!(next(&mut decider), Step::Sleep);
}

#[test]
fn after_the_last_call_none_of_its_actions_starts() {
    let mut decider = serving();
    arrive(&mut decider, Signal::USR1);
    runs(&mut decider, NOW);
    terminate(&mut decider, NOW);
    pass(&mut decider, NOW + Duration::from_millis(500));
    assert_eq!(pass(&mut decider, LAST_CALL), Some(Urgent::LastCall));
    decider.handle(DONE);
    assert_eq!(reported(&mut decider, LAST_CALL).bundle, id(Signal::USR1));
    assert_eq!(reported(&mut decider, LAST_CALL).bundle, id(Signal::TERM), "it is said so");
    assert_eq!(tears_down(&mut decider, LAST_CALL).0, [2, 1, 0]);
}

#[test]
fn a_failed_action_of_it_is_tried_again_until_the_last_call() {
    let policy = Policy { retries: 9, on_failure: OnFailure::Stop, ..Policy::default() };
    let mut decider = with_policy(policy);
    terminate(&mut decider, NOW);
    runs(&mut decider, NOW);
    decider.handle(FAILED);
    let Step::Retry(retry) = next(&mut decider) else { panic!("it is not tried again") };
    let end = NOW + retry.after;
    let notice = NOW + Duration::from_millis(500);
    let pausing = Activity::Pausing(ActionId(1), Signal::TERM);
    assert_eq!(pass(&mut decider, notice), Some(Urgent::LogAwaited(pausing)));
    assert_eq!((decider.next(notice), decider.deadline()), (Step::Sleep, Some(end)));
    assert_eq!(time_passes(&mut decider, end), Work::Due);
    let mut cut = decider.clone();
    assert_eq!(runs(&mut decider, end), ActionId(1));

    let reaction = cut.handle(Event::TimePassed { now: LAST_CALL });
    assert_eq!((reaction.urgent, reaction.work), (Some(Urgent::LastCall), Work::Due));
    assert_eq!(reported(&mut cut, LAST_CALL).cut, None, "on-failure does not apply");
    assert_eq!(tears_down(&mut cut, LAST_CALL).1, Ending::Requested);
}

#[test]
fn on_failure_holds_for_its_actions_too() {
    for (policy, ending) in
        [(OnFailure::Stop, Ending::Requested), (OnFailure::Exit, Ending::ActionFailed)]
    {
        let mut decider = with_policy(Policy { on_failure: policy, ..Policy::default() });
        terminate(&mut decider, NOW);
        runs(&mut decider, NOW);
        decider.handle(FAILED);
        let exits = policy == OnFailure::Exit;
        assert_eq!(reported(&mut decider, NOW).cut, Some(Cut { action: ActionId(1), exits }));
        assert_eq!(tears_down(&mut decider, NOW), (vec![2, 1, 0], ending));
    }
}

#[test]
fn an_action_of_it_that_closes_is_removed_and_the_next_one_runs() {
    let mut decider = serving();
    terminate(&mut decider, NOW);
    runs(&mut decider, NOW);
    decider.handle(Event::Ran(RanResult::Closed));
    assert_eq!(next(&mut decider), Step::Remove(ActionId(1)));
    decider.handle(Event::TornDown);
    assert_eq!(runs(&mut decider, NOW), ActionId(2));
    end_run(&mut decider);
    assert_eq!(tears_down(&mut decider, NOW).0, [2, 0]);
}

/// A shutdown that the failure of USR1's action has begun; SIGTERM's bundle is yet to run.
fn failed() -> Decider {
    let mut usr1 = bundle(Signal::USR1, Overlap::Ignore, &[0]);
    usr1.members[0].policy.on_failure = OnFailure::Exit;
    let int = bundle(Signal::INT, Overlap::Ignore, &[3]);
    let mut decider = serving_all(vec![usr1, bundle(Signal::TERM, Overlap::Ignore, &[1]), int]);
    arrive(&mut decider, Signal::USR1);
    runs(&mut decider, NOW);
    decider.handle(FAILED);
    reported(&mut decider, NOW);
    decider
}

#[test]
fn a_shutdown_that_a_failure_has_begun_runs_the_bundle_of_sigterm_too() {
    let mut decider = failed();
    assert_eq!(time_passes(&mut decider, NOW), Work::Due);
    assert_eq!(next(&mut decider), Step::ShutDown(ActionId(0)));
    let Step::Run(ActionId(1), arrival) = next(&mut decider) else { panic!("no run") };
    assert_eq!((arrival.signal, arrival.sender, arrival.value), (Signal::TERM, None, None));
    end_run(&mut decider);
    assert_eq!(tears_down(&mut decider, NOW), (vec![3, 1, 0], Ending::ActionFailed));
}

#[test]
fn the_first_request_after_a_failure_has_begun_a_shutdown_does_not_force_flagman_out() {
    let mut decider = failed();
    next(&mut decider);
    runs(&mut decider, NOW);
    assert_eq!(terminate(&mut decider, NOW + seconds(3)), None);
    end_run(&mut decider);
    let mut again = decider.clone();
    assert_eq!(tears_down(&mut decider, NOW), (vec![3, 1, 0], Ending::ActionFailed));
    let forced = Some(Urgent::ForceOut(Activity::Nothing));
    assert_eq!(terminate(&mut again, NOW + seconds(3)), forced);
}

#[test]
fn a_request_that_comes_before_the_failure_has_begun_a_shutdown_takes_its_place() {
    let mut decider = failed();
    ask(&mut decider, Stop::Int, NOW);
    assert_eq!(runs(&mut decider, NOW), ActionId(3));
    end_run(&mut decider);
    assert_eq!(tears_down(&mut decider, NOW), (vec![3, 1, 0], Ending::ActionFailed));
}

#[test]
fn an_echo_during_the_tear_down_runs_nothing_any_more() {
    let mut decider = serving();
    terminate(&mut decider, NOW);
    runs(&mut decider, NOW);
    decider.handle(DONE);
    runs(&mut decider, NOW);
    end_run(&mut decider);
    assert_eq!(next(&mut decider), Step::TearDown(ActionId(2)));
    assert_eq!(ask(&mut decider, Stop::Int, NOW), None);
    decider.handle(Event::TornDown);
    assert_eq!(next(&mut decider), Step::TearDown(ActionId(1)), "nothing runs any more");
}
