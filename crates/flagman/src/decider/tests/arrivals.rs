//! What becomes of arrivals: their tickets, what is answered at once, and what nobody has answered.

use std::time::Duration;

use flagman_base::Signal;

use super::{
    ActionId, Activity, Decider, Event, Fate, GRACE, Grace, NOW, Overlap, RanResult, SetUpResult,
    Step, Ticket, Unanswered, Urgent, arrive, bundle, end_run, id, next, pass, serving, started,
    terminate,
};

#[test]
fn tickets_count_up_across_all_bundles_and_a_run_answers_those_up_to_its_last() {
    let mut decider = serving(Overlap::Rerun);
    let tickets = [Signal::HUP, Signal::USR1, Signal::HUP].map(|one| arrive(&mut decider, one));
    assert_eq!(tickets.map(|admission| admission.ticket), [1, 2, 3].map(Ticket));
    started(&mut decider);
    assert_eq!(arrive(&mut decider, Signal::HUP).ticket, Ticket(4));
    let report = end_run(&mut decider);
    assert_eq!((report.bundle, report.answers), (id(Signal::HUP), Ticket(3)));
    started(&mut decider);
    assert_eq!(end_run(&mut decider).answers, Ticket(2));
    started(&mut decider);
    assert_eq!(end_run(&mut decider).answers, Ticket(4));
}

#[test]
fn what_becomes_of_an_arrival_is_answered_at_once() {
    let fate = |decider: &mut Decider, signal| arrive(decider, signal).fate;
    let bundles = vec![bundle(Signal::HUP, Overlap::Ignore, &[0])];
    let mut setting_up = Decider::new(Grace(GRACE), bundles, 1);
    next(&mut setting_up);
    assert_eq!(fate(&mut setting_up, Signal::HUP), Fate::Waits);
    for (overlap, again) in [(Overlap::Ignore, Fate::Ignored), (Overlap::Rerun, Fate::Waits)] {
        let mut decider = serving(overlap);
        assert_eq!(fate(&mut decider, Signal::HUP), Fate::Starts);
        assert_eq!(fate(&mut decider, Signal::USR1), Fate::Waits);
        started(&mut decider);
        assert_eq!(fate(&mut decider, Signal::HUP), again);
        assert_eq!(fate(&mut decider, Signal::USR2), Fate::Waits);
        terminate(&mut decider, GRACE);
        assert_eq!(fate(&mut decider, Signal::USR2), Fate::Unserved);
    }
    let mut tearing_down =
        Decider::new(Grace(GRACE), vec![bundle(Signal::HUP, Overlap::Ignore, &[0, 1])], 1);
    next(&mut tearing_down);
    tearing_down.handle(Event::SetUp(SetUpResult::Ready));
    next(&mut tearing_down);
    tearing_down.handle(Event::SetUp(SetUpResult::Failed));
    next(&mut tearing_down);
    assert_eq!(fate(&mut tearing_down, Signal::HUP), Fate::Unserved);
}

#[test]
fn unanswered_arrivals_are_listed_by_signal_unless_their_bundle_is_empty() {
    let mut decider = serving(Overlap::Ignore);
    assert_eq!(decider.unanswered(), []);
    for signal in [Signal::USR1, Signal::USR1, Signal::USR2] {
        arrive(&mut decider, signal);
    }
    assert_eq!(started(&mut decider), Signal::USR1);
    arrive(&mut decider, Signal::USR1);
    terminate(&mut decider, GRACE);
    arrive(&mut decider, Signal::HUP);
    let of = |signal, waiting, ignored| Unanswered { signal, waiting, ignored };
    let all = [of(Signal::HUP, 1, 0), of(Signal::USR1, 0, 1), of(Signal::USR2, 1, 0)];
    assert_eq!(decider.unanswered(), all);
    end_run(&mut decider);
    while let Step::TearDown(_) = next(&mut decider) {
        decider.handle(Event::TornDown);
        arrive(&mut decider, Signal::USR2);
    }
    assert_eq!(decider.unanswered(), [of(Signal::HUP, 1, 0), of(Signal::USR2, 4, 0)]);

    let mut empty = serving(Overlap::Ignore);
    arrive(&mut empty, Signal::HUP);
    started(&mut empty);
    empty.handle(Event::Ran(RanResult::Closed));
    next(&mut empty);
    empty.handle(Event::TornDown);
    assert!(matches!(next(&mut empty), Step::Report(_)));
    arrive(&mut empty, Signal::HUP);
    assert_eq!(empty.unanswered(), []);
}

#[test]
fn a_long_run_is_logged_after_a_minute_unless_flagman_is_shutting_down() {
    let mut decider = serving(Overlap::Ignore);
    assert_eq!((decider.deadline(), pass(&mut decider.clone(), NOW * 9)), (None, None));
    arrive(&mut decider, Signal::USR1);
    started(&mut decider);
    let minute = Duration::from_mins(1);
    assert_eq!(decider.deadline(), Some(NOW + minute));
    let early = (NOW + minute).saturating_sub(Duration::from_nanos(1));
    assert_eq!(pass(&mut decider, early), None);
    let activity = Activity::Running(ActionId(1), Signal::USR1);
    let told = Urgent::LogLongRun { activity, lasted: minute };
    assert_eq!(pass(&mut decider, NOW + minute), Some(told));
    assert_eq!(decider.deadline(), Some(NOW + minute * 10));
    terminate(&mut decider, NOW + minute * 10);
    assert_eq!(decider.deadline(), Some(NOW + minute * 10 + Duration::from_millis(500)));
    assert_eq!(pass(&mut decider, NOW + minute * 10), None);
}
