//! What a program's answers, silence, nonsense and death come to, without a program.

use std::time::Duration;

use flagman_base::process::Ended;
use flagman_base::protocol::{FromProgram, PROTOCOL, ToProgram};
use flagman_base::{Arrival, Completion, Signal};

use super::talk::{Ask, Do, Heard, Talk};
use crate::actor::Finished;

const NOW: Duration = Duration::from_secs(100);
const TIMEOUT: Duration = Duration::from_secs(3);
const ARRIVAL: Arrival = Arrival { signal: Signal::USR1, count: 1, sender: None };

/// What is to be done, in short.
fn short(all: Vec<Do>) -> Vec<String> {
    let of_one = |one| match one {
        Do::Start => "start".to_owned(),
        Do::Say(ToProgram::Run { id, .. }) => format!("say run {id}"),
        Do::Say(ToProgram::Hello { .. }) => "say hello".to_owned(),
        Do::Say(ToProgram::SetUp { .. }) => "say set_up".to_owned(),
        Do::Say(ToProgram::TearDown) => "say tear_down".to_owned(),
        Do::Say(ToProgram::Unknown(_)) => "say nothing".to_owned(),
        Do::Terminate => "terminate".to_owned(),
        Do::Discard => "discard".to_owned(),
        Do::Warn(warning) => format!("warn {warning}"),
        Do::Log { message, .. } => format!("log {message}"),
        Do::Finish(Finished::SetUp(result)) => format!("set up {result:?}"),
        Do::Finish(Finished::Ran(result)) => format!("ran {result:?}"),
        Do::Finish(Finished::TornDown(result)) => format!("torn down {result:?}"),
    };
    all.into_iter().map(of_one).collect()
}

fn hear(talk: &mut Talk, heard: Heard) -> Vec<String> {
    short(talk.hear(heard, NOW))
}

fn said(talk: &mut Talk, said: FromProgram) -> Vec<String> {
    hear(talk, Heard::Said(said))
}

fn greeted() -> Talk {
    let mut talk = Talk::new(vec!["a".to_owned()], Some(TIMEOUT));
    assert_eq!(hear(&mut talk, Heard::Asked(Ask::SetUp)), ["start", "say hello"]);
    assert_eq!(said(&mut talk, FromProgram::Hello { protocol: PROTOCOL }), ["say set_up"]);
    talk
}

fn idle() -> Talk {
    let mut talk = greeted();
    assert_eq!(said(&mut talk, FromProgram::Ready), ["set up Ok(())"]);
    assert_eq!(talk.deadline(), None);
    talk
}

fn running() -> Talk {
    let mut talk = idle();
    assert_eq!(hear(&mut talk, Heard::Asked(Ask::Run(ARRIVAL))), ["say run 1"]);
    assert_eq!(talk.deadline(), Some(NOW + TIMEOUT));
    talk
}

#[test]
fn each_answer_to_a_run_is_its_outcome() {
    let done = FromProgram::Done { id: 1 };
    assert_eq!(said(&mut running(), done), [format!("ran {:?}", Ok::<_, ()>(Completion::Done))]);
    let failed = FromProgram::Failed { id: Some(1), message: "no".to_owned() };
    assert_eq!(said(&mut running(), failed), ["ran Err(\"no\")"]);
    let closed = FromProgram::Closed { id: 1, reason: "enough".to_owned() };
    assert_eq!(said(&mut running(), closed), ["ran Ok(Closed(\"enough\"))"]);
}

#[test]
fn a_program_that_breaks_the_protocol_in_a_run_fails_it_and_is_discarded() {
    let cases = [
        Heard::Said(FromProgram::Done { id: 7 }),
        Heard::Said(FromProgram::Ready),
        Heard::Said(FromProgram::Failed { id: None, message: "no id".to_owned() }),
        Heard::Broke("it said nonsense".to_owned()),
        Heard::Ended(Ended::Killed(Signal::KILL)),
        Heard::Ended(Ended::Exited(0)),
    ];
    for case in cases {
        let shown = format!("{case:?}");
        let done = hear(&mut running(), case);
        assert_eq!(done[0], "discard", "{shown}");
        assert!(done[1].starts_with("ran Err(\"it "), "{shown}: {done:?}");
    }
}

#[test]
fn what_is_not_known_and_what_is_logged_disturbs_nothing() {
    let mut talk = running();
    assert_eq!(said(&mut talk, FromProgram::Unknown("news".to_owned())), [""; 0]);
    assert_eq!(said(&mut talk, FromProgram::Done { id: 1 }), ["ran Ok(Done)"]);
}

#[test]
fn a_program_that_speaks_a_newer_protocol_is_not_set_up() {
    let mut talk = Talk::new(Vec::new(), None);
    hear(&mut talk, Heard::Asked(Ask::SetUp));
    let done = said(&mut talk, FromProgram::Hello { protocol: 2 });
    assert_eq!(done, ["discard", "set up Err(\"it speaks protocol 2, and this flagman 1\")"]);
}

#[test]
fn a_run_that_is_out_of_time_is_terminated_and_two_seconds_later_killed() {
    let mut talk = running();
    assert_eq!(short(talk.hear(Heard::TimePassed, NOW)), [""; 0]);
    assert_eq!(short(talk.hear(Heard::TimePassed, NOW + TIMEOUT)), ["terminate"]);
    let last = NOW + TIMEOUT + Duration::from_secs(2);
    assert_eq!(talk.deadline(), Some(last));
    let done = short(talk.hear(Heard::TimePassed, last));
    assert_eq!(done, ["discard", "ran Err(\"it ran out of time (3 s)\")"]);
}

#[test]
fn silence_in_hello_set_up_and_tear_down_has_an_end() {
    let mut talk = Talk::new(Vec::new(), None);
    hear(&mut talk, Heard::Asked(Ask::SetUp));
    assert_eq!(talk.deadline(), Some(NOW + Duration::from_secs(5)));
    let done = short(talk.hear(Heard::TimePassed, NOW + Duration::from_secs(5)));
    assert_eq!(done, ["discard", "set up Err(\"it did not greet within 5 s\")"]);

    let mut talk = greeted();
    let done = short(talk.hear(Heard::TimePassed, NOW + TIMEOUT));
    assert_eq!(done, ["discard", "set up Err(\"it was not set up within 3 s\")"]);

    let mut talk = idle();
    assert_eq!(hear(&mut talk, Heard::Asked(Ask::TearDown)), ["say tear_down"]);
    let done = short(talk.hear(Heard::TimePassed, NOW + Duration::from_secs(5)));
    assert_eq!(done, ["discard", "torn down Err(\"it did not end within 5 s\")"]);
}

#[test]
fn a_program_that_exits_with_0_between_runs_has_closed() {
    for order in [vec![Heard::Ended(Ended::Exited(0))], vec![Heard::Closed]] {
        let mut talk = idle();
        for heard in order {
            hear(&mut talk, heard);
        }
        let mut done = hear(&mut talk, Heard::Asked(Ask::Run(ARRIVAL)));
        done.extend(hear(&mut talk, Heard::Ended(Ended::Exited(0))));
        let closed = "ran Ok(Closed(\"The program has exited with status 0\"))".to_owned();
        assert!(done.contains(&closed), "{done:?}");
        let done = hear(&mut talk, Heard::Asked(Ask::TearDown));
        assert_eq!(done, ["discard", "torn down Ok(())"]);
    }
}

#[test]
fn a_program_that_died_between_runs_is_started_again_with_a_warning() {
    let mut talk = idle();
    let done = hear(&mut talk, Heard::Ended(Ended::Exited(1)));
    assert_eq!(
        done,
        ["discard", "warn it exited with status 1; it is started again at its next signal"]
    );
    let done = hear(&mut talk, Heard::Asked(Ask::Run(ARRIVAL)));
    assert_eq!(done, ["warn starting it again; its state is lost", "start", "say hello"]);
    said(&mut talk, FromProgram::Hello { protocol: PROTOCOL });
    assert_eq!(said(&mut talk, FromProgram::Ready), ["say run 1"]);
}

#[test]
fn a_run_is_not_lost_to_a_program_that_had_closed_its_socket_and_dies() {
    let mut talk = idle();
    assert_eq!(hear(&mut talk, Heard::Closed), [""; 0]);
    assert_eq!(hear(&mut talk, Heard::Asked(Ask::Run(ARRIVAL))), [""; 0]);
    let done = hear(&mut talk, Heard::Ended(Ended::Exited(1)));
    let again = "warn starting it again; its state is lost";
    assert_eq!(done, ["discard", "warn it exited with status 1", again, "start", "say hello"]);
    assert_eq!(said(&mut talk, FromProgram::Hello { protocol: PROTOCOL }), ["say set_up"]);
    assert_eq!(said(&mut talk, FromProgram::Ready), ["say run 1"]);
}

#[test]
fn five_failed_starts_in_a_row_close_the_action() {
    let mut talk = idle();
    hear(&mut talk, Heard::Ended(Ended::Exited(1)));
    let mut now = NOW;
    for start in 1..=5 {
        talk.hear(Heard::Asked(Ask::Run(ARRIVAL)), now);
        let done = short(talk.hear(Heard::Broke("no luck".to_owned()), now));
        if start < 5 {
            assert_eq!(done, ["discard", "ran Err(\"cannot start it again: no luck\")"]);
            let early = short(talk.hear(Heard::Asked(Ask::Run(ARRIVAL)), now));
            assert!(early[0].starts_with("ran Err(\"it could not be started; it is"), "{early:?}");
        } else {
            let reason = "It could not be started 5 times in a row: no luck";
            assert_eq!(done, ["discard".to_owned(), format!("ran Ok(Closed(\"{reason}\"))")]);
        }
        now += Duration::from_secs(8);
    }
}

#[test]
fn a_tear_down_ends_when_the_program_has() {
    let mut talk = idle();
    hear(&mut talk, Heard::Asked(Ask::TearDown));
    assert_eq!(said(&mut talk, FromProgram::Gone), [""; 0]);
    assert_eq!(hear(&mut talk, Heard::Closed), [""; 0]);
    let done = hear(&mut talk, Heard::Ended(Ended::Exited(0)));
    assert_eq!(done, ["discard", "torn down Ok(())"]);
}

#[test]
fn what_it_says_after_its_time_was_over_does_not_count() {
    let mut talk = running();
    let over = NOW + TIMEOUT;
    assert_eq!(short(talk.hear(Heard::TimePassed, over)), ["terminate"]);
    assert_eq!(short(talk.hear(Heard::Said(FromProgram::Done { id: 1 }), over)), [""; 0]);
    let done = short(talk.hear(Heard::Ended(Ended::Exited(0)), over));
    assert_eq!(done, ["discard", "ran Err(\"it ran out of time (3 s)\")"]);
}

#[test]
fn what_is_asked_out_of_turn_fails_and_is_not_passed_on() {
    let not_set_up = ["ran Err(\"it is not set up\")"];
    assert_eq!(hear(&mut Talk::new(Vec::new(), None), Heard::Asked(Ask::Run(ARRIVAL))), not_set_up);
    assert_eq!(hear(&mut greeted(), Heard::Asked(Ask::Run(ARRIVAL))), not_set_up);
    let set_up = ["set up Err(\"it is set up\")"];
    assert_eq!(hear(&mut idle(), Heard::Asked(Ask::SetUp)), set_up);
}
