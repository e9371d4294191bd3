//! A quiet period: a run starts when no further arrival has come for so long.

use std::time::Duration;

use flagman_base::Signal;

use super::{
    Admission, Bundle, DONE, Decider, Event, Fate, GRACE, Grace, NOW, Overlap, Step, Time, UNKNOWN,
    Work, before, bundle, end_run, id, reported, seconds, serving_all, terminate, time_passes,
};

const PERIOD: Duration = Duration::from_secs(2);

fn quiet(overlap: Overlap) -> Bundle {
    Bundle { quiet_period: PERIOD, ..bundle(Signal::HUP, overlap, &[0]) }
}

/// HUP with a quiet period and USR1 without, which serve.
fn serving(overlap: Overlap) -> Decider {
    serving_all(vec![quiet(overlap), bundle(Signal::USR1, overlap, &[1])])
}

fn arrive(decider: &mut Decider, signal: Signal, at: Time) -> Admission {
    let event = Event::Arrived { bundle: id(signal), cause: UNKNOWN, at };
    decider.handle(event).arrival.expect("it is an arrival")
}

/// The signal of the run that starts at this time, and how many arrivals it is for.
fn starts(decider: &mut Decider, now: Time) -> (Signal, u64) {
    match decider.next(now) {
        Step::Run(_, arrival) => (arrival.signal, arrival.count),
        step => panic!("no run started but {step:?}"),
    }
}

#[test]
fn thirty_arrivals_in_a_second_cause_one_run_after_the_quiet_period() {
    let mut decider = serving(Overlap::Rerun);
    let mut last = NOW;
    for n in 0..30 {
        last = NOW + Duration::from_millis(n * 33);
        assert_eq!(arrive(&mut decider, Signal::HUP, last).fate, Fate::WaitsForQuiet);
        assert_eq!((decider.next(last), decider.deadline()), (Step::Sleep, Some(last + PERIOD)));
    }
    assert_eq!(time_passes(&mut decider, before(last + PERIOD)), Work::Nothing);
    assert_eq!(decider.next(before(last + PERIOD)), Step::Sleep);
    assert_eq!(time_passes(&mut decider, last + PERIOD), Work::Due);
    assert_eq!(decider.deadline(), None, "once it has been told there is nothing to wait for");
    assert_eq!(starts(&mut decider, last + PERIOD), (Signal::HUP, 30));
    end_run(&mut decider);
    assert_eq!((decider.next(last + PERIOD * 99), decider.deadline()), (Step::Sleep, None));
}

#[test]
fn a_run_starts_at_the_latest_ten_periods_after_the_first_arrival() {
    let mut decider = serving(Overlap::Rerun);
    let latest = NOW + PERIOD * 10;
    for n in 0..20 {
        arrive(&mut decider, Signal::HUP, NOW + PERIOD / 2 * n);
        assert_eq!(decider.next(NOW), Step::Sleep);
    }
    assert_eq!(decider.deadline(), Some(latest));
    assert_eq!(time_passes(&mut decider, before(latest)), Work::Nothing);
    assert_eq!(time_passes(&mut decider, latest), Work::Due);
    assert_eq!(starts(&mut decider, latest), (Signal::HUP, 20));
    arrive(&mut decider, Signal::HUP, latest);
    decider.handle(DONE);
    reported(&mut decider, latest);
    assert_eq!(decider.next(latest), Step::Sleep);
    assert_eq!(decider.deadline(), Some(latest + PERIOD), "the next run has a time of its own");
}

#[test]
fn other_bundles_pass_one_that_waits_for_quiet_and_it_keeps_its_place() {
    let mut decider = serving(Overlap::Rerun);
    arrive(&mut decider, Signal::HUP, NOW);
    assert_eq!(arrive(&mut decider, Signal::USR1, NOW).fate, Fate::Starts);
    assert_eq!(time_passes(&mut decider, NOW), Work::Due);
    assert_eq!(starts(&mut decider, NOW), (Signal::USR1, 1));
    assert_eq!(decider.deadline(), Some(NOW + seconds(60)), "nothing starts while it runs");
    arrive(&mut decider, Signal::USR1, NOW + PERIOD);
    decider.handle(DONE);
    reported(&mut decider, NOW + PERIOD);
    assert_eq!(starts(&mut decider, NOW + PERIOD), (Signal::HUP, 1));
    decider.handle(DONE);
    reported(&mut decider, NOW + PERIOD);
    assert_eq!(starts(&mut decider, NOW + PERIOD), (Signal::USR1, 1));
}

#[test]
fn an_arrival_behind_a_quiet_period_that_is_over_does_not_start_at_once() {
    let mut decider = serving(Overlap::Rerun);
    arrive(&mut decider, Signal::HUP, NOW);
    assert_eq!(arrive(&mut decider, Signal::USR1, NOW + PERIOD).fate, Fate::Waits);
}

#[test]
fn what_arrives_during_the_run_itself_follows_its_overlap_policy() {
    for (overlap, fate) in [(Overlap::Ignore, Fate::Ignored), (Overlap::Rerun, Fate::WaitsForQuiet)]
    {
        let mut decider = serving(overlap);
        arrive(&mut decider, Signal::HUP, NOW);
        let begin = NOW + PERIOD;
        starts(&mut decider, begin);
        assert_eq!(arrive(&mut decider, Signal::HUP, begin).fate, fate);
        decider.handle(DONE);
        reported(&mut decider, begin);
        assert_eq!(decider.next(begin), Step::Sleep);
        let due = (overlap == Overlap::Rerun).then_some(begin + PERIOD);
        assert_eq!(decider.deadline(), due);
    }
}

#[test]
fn what_arrives_before_flagman_is_ready_waits_for_quiet_too() {
    let mut decider = Decider::new(Grace(GRACE), vec![quiet(Overlap::Ignore)], 1);
    assert_eq!(arrive(&mut decider, Signal::HUP, NOW).fate, Fate::WaitsForQuiet);
    assert_eq!(decider.deadline(), None, "nothing starts before everything is set up");
}

#[test]
fn a_shutdown_does_not_wait_for_quiet() {
    let mut decider = serving(Overlap::Ignore);
    arrive(&mut decider, Signal::HUP, NOW);
    terminate(&mut decider, NOW);
    assert_eq!(arrive(&mut decider, Signal::HUP, NOW).fate, Fate::Unserved);
    assert!(matches!(decider.next(NOW), Step::TearDown(_)));
    assert_eq!(decider.unanswered().iter().map(|left| left.waiting).sum::<u64>(), 2);
}

#[test]
fn of_several_quiet_periods_the_first_that_ends_is_the_deadline() {
    let short = Bundle { quiet_period: PERIOD / 2, ..bundle(Signal::USR1, Overlap::Ignore, &[1]) };
    let mut decider = serving_all(vec![quiet(Overlap::Ignore), short]);
    arrive(&mut decider, Signal::HUP, NOW);
    arrive(&mut decider, Signal::USR1, NOW);
    assert_eq!(decider.deadline(), Some(NOW + PERIOD / 2));
    assert_eq!(starts(&mut decider, NOW + PERIOD / 2), (Signal::USR1, 1));
}
