//! `each`: every arrival of a real-time signal has a run of its own.

use flagman_base::{Sender, Signal};
use nix::libc;

use super::{
    Admission, Cause, Decider, Event, Fate, NOW, Overlap, Step, Ticket, Unanswered, arrive, bundle,
    end_run, id, next, serving_all, started, terminate,
};

/// A real-time signal under `each`, and USR1 and USR2, which serve.
fn serving() -> Decider {
    serving_all(vec![
        bundle(queued(), Overlap::Each, &[0]),
        bundle(Signal::USR1, Overlap::Rerun, &[1]),
        bundle(Signal::USR2, Overlap::Rerun, &[2]),
    ])
}

fn queued() -> Signal {
    Signal::from_number(libc::SIGRTMIN())
}

/// An arrival that carries this value, from a sender with this pid.
fn carry(decider: &mut Decider, value: i32) -> Admission {
    let sender = Some(Sender::new(value.unsigned_abs(), 0));
    let cause = Cause::Signal { sender, value: Some(value) };
    let event = Event::Arrived { bundle: id(queued()), cause, at: NOW };
    decider.handle(event).arrival.expect("it is an arrival")
}

#[test]
fn each_arrival_has_a_run_of_its_own_in_order_with_its_own_value_and_sender() {
    let mut decider = serving();
    assert_eq!(carry(&mut decider, 1).fate, Fate::Starts);
    for value in 2..=5 {
        assert_eq!(carry(&mut decider, value).fate, Fate::Waits);
    }
    for value in 1..=7 {
        let Step::Run(_, arrival) = next(&mut decider) else { panic!("no run for {value}") };
        assert_eq!((arrival.signal, arrival.count), (queued(), 1));
        assert_eq!(arrival.value, Some(value));
        assert_eq!(arrival.sender, Some(Sender::new(value.unsigned_abs(), 0)));
        if value <= 2 {
            assert_eq!(carry(&mut decider, value + 5).fate, Fate::Waits, "it is not ignored");
        }
        let answers = Ticket(u64::from(value.unsigned_abs()));
        let report = end_run(&mut decider);
        assert_eq!((report.answers, report.ignored), (answers, 0));
    }
    assert_eq!(next(&mut decider), Step::Sleep);
}

#[test]
fn others_pass_between_two_runs_of_the_same_signal() {
    let mut decider = serving();
    for value in 0..3 {
        carry(&mut decider, value);
    }
    arrive(&mut decider, Signal::USR1);
    arrive(&mut decider, Signal::USR2);
    let order = [queued(), Signal::USR1, Signal::USR2, queued(), Signal::USR1, queued()];
    for (turn, signal) in order.into_iter().enumerate() {
        assert_eq!(started(&mut decider), signal, "turn {turn}");
        if turn == 2 {
            arrive(&mut decider, Signal::USR1);
        }
        end_run(&mut decider);
    }
    assert_eq!(next(&mut decider), Step::Sleep);
}

#[test]
fn a_bundle_is_full_before_4096_wait_and_has_room_again_when_half_are_served() {
    let mut decider = serving();
    let rtmin = id(queued());
    let waits = |decider: &mut Decider| carry(decider, 7).is_full;
    let full = (1..5000).find(|_| waits(&mut decider)).expect("it is full at some time");
    assert_eq!(full, 4000);
    assert!(!decider.has_room(rtmin) && waits(&mut decider));
    assert!(decider.has_room(id(Signal::USR1)), "others are not full");
    assert!(!arrive(&mut decider, Signal::USR1).is_full);
    let mut served = 0;
    while !decider.has_room(rtmin) {
        if started(&mut decider) == queued() {
            served += 1;
        }
        end_run(&mut decider);
    }
    assert_eq!((served, decider.waiting(rtmin)), (2001, 2000));
    assert!(!waits(&mut decider));
    assert!(decider.has_room(id(Signal::HUP)), "a bundle that is gone has room");
}

#[test]
fn what_no_run_has_answered_is_counted_one_by_one() {
    let mut decider = serving();
    for value in 0..5 {
        carry(&mut decider, value);
    }
    started(&mut decider);
    assert_eq!(decider.waiting(id(queued())), 4);
    terminate(&mut decider, NOW);
    assert_eq!(carry(&mut decider, 9).fate, Fate::Unserved);
    let left = Unanswered { signal: queued(), waiting: 5, ignored: 0 };
    assert_eq!(decider.unanswered(), [left]);
}
