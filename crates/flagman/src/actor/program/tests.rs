//! What flagman does after a program's answers, silence, nonsense and death. No real program runs.

use std::time::Duration;

use flagman_base::process::Ended;
use flagman_base::protocol::{FromProgram, PROTOCOL, ToProgram};
use flagman_base::{Arrival, Signal};

use super::talk::{Ask, Do, ForAction, ForProcess, Heard, Talk};
use crate::actor::Finished;
use crate::outcome::{Failure, Outcome};

const NOW: Duration = Duration::from_secs(100);
const TIMEOUT: Duration = Duration::from_secs(3);
const ARRIVAL: Arrival = Arrival::new(Signal::USR1);

/// What must be done, in short form.
fn short(all: Vec<Do>) -> Vec<String> {
    let of_one = |one| match one {
        Do::Process(what) => for_process(&what),
        Do::Action(what) => for_action(what),
    };
    all.into_iter().map(of_one).collect()
}

fn for_process(what: &ForProcess) -> String {
    match what {
        ForProcess::Start => "start".to_owned(),
        ForProcess::Say(ToProgram::Run { id, .. }) => format!("say run {id}"),
        ForProcess::Say(ToProgram::Hello { .. }) => "say hello".to_owned(),
        ForProcess::Say(ToProgram::SetUp { .. }) => "say set_up".to_owned(),
        ForProcess::Say(ToProgram::TearDown) => "say tear_down".to_owned(),
        ForProcess::Say(ToProgram::Unknown(_)) => "say nothing".to_owned(),
        ForProcess::Terminate => "terminate".to_owned(),
        ForProcess::Discard => "discard".to_owned(),
    }
}

fn for_action(what: ForAction) -> String {
    let result = |result: Result<(), Failure>| match result {
        Ok(()) => "well".to_owned(),
        Err(failure) => failure.to_string(),
    };
    match what {
        ForAction::Warn(warning) => format!("warn {warning}"),
        ForAction::Log { message, .. } => format!("log {message}"),
        ForAction::Finish(Finished::WantsReload) => panic!("no program asks for that"),
        ForAction::Finish(Finished::SetUp(how)) => format!("set up: {}", result(how)),
        ForAction::Finish(Finished::TornDown(how)) => format!("torn down: {}", result(how)),
        ForAction::Finish(Finished::Ran(Outcome::Done)) => "ran: done".to_owned(),
        ForAction::Finish(Finished::Ran(Outcome::Closed { reason })) => format!("closed: {reason}"),
        ForAction::Finish(Finished::Ran(Outcome::Failed(failure))) => format!("failed: {failure}"),
    }
}

fn hear(talk: &mut Talk, heard: Heard) -> Vec<String> {
    short(talk.hear(heard, NOW))
}

fn said(talk: &mut Talk, said: FromProgram) -> Vec<String> {
    hear(talk, Heard::Said(said))
}

fn greeted() -> Talk {
    let mut talk = Talk::new(["a".to_owned()].into(), Some(TIMEOUT));
    assert_eq!(hear(&mut talk, Heard::Asked(Ask::SetUp)), ["start", "say hello"]);
    assert_eq!(said(&mut talk, FromProgram::Hello { protocol: PROTOCOL }), ["say set_up"]);
    talk
}

fn idle() -> Talk {
    let mut talk = greeted();
    assert_eq!(said(&mut talk, FromProgram::Ready), ["set up: well"]);
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
    assert_eq!(said(&mut running(), done), ["ran: done"]);
    let failed = FromProgram::Failed { id: Some(1), message: "no".to_owned() };
    assert_eq!(said(&mut running(), failed), ["failed: no"]);
    let closed = FromProgram::Closed { id: 1, reason: "enough".to_owned() };
    assert_eq!(said(&mut running(), closed), ["closed: enough"]);
}

#[test]
fn a_program_that_breaks_the_protocol_in_a_run_fails_it_and_is_discarded() {
    let cases = [
        Heard::Said(FromProgram::Done { id: 7 }),
        Heard::Said(FromProgram::Ready),
        Heard::Said(FromProgram::Failed { id: None, message: "no id".to_owned() }),
        Heard::Broke(Failure::Protocol("it said nonsense".to_owned())),
        Heard::Ended(Ended::Killed(Signal::KILL)),
        Heard::Ended(Ended::Exited(0)),
    ];
    for case in cases {
        let shown = format!("{case:?}");
        let done = hear(&mut running(), case);
        assert_eq!(done[0], "discard", "{shown}");
        assert!(done[1].starts_with("failed: it "), "{shown}: {done:?}");
    }
}

#[test]
fn unknown_messages_and_log_lines_change_nothing() {
    let mut talk = running();
    assert_eq!(said(&mut talk, FromProgram::Unknown("news".to_owned())), [""; 0]);
    assert_eq!(said(&mut talk, FromProgram::Done { id: 1 }), ["ran: done"]);
}

#[test]
fn a_program_that_speaks_a_newer_protocol_is_not_set_up() {
    let mut talk = Talk::new([].into(), None);
    hear(&mut talk, Heard::Asked(Ask::SetUp));
    let done = said(&mut talk, FromProgram::Hello { protocol: 2 });
    assert_eq!(done, ["discard", "set up: it speaks protocol 2; this flagman speaks 1"]);
}

#[test]
fn a_run_that_times_out_is_terminated_and_two_seconds_later_killed() {
    let mut talk = running();
    assert_eq!(short(talk.hear(Heard::TimePassed, NOW)), [""; 0]);
    assert_eq!(short(talk.hear(Heard::TimePassed, NOW + TIMEOUT)), ["terminate"]);
    let last = NOW + TIMEOUT + Duration::from_secs(2);
    assert_eq!(talk.deadline(), Some(last));
    let done = short(talk.hear(Heard::TimePassed, last));
    assert_eq!(done, ["discard", "failed: it ran out of time (3 s)"]);
}

#[test]
fn silence_before_hello_in_set_up_and_in_tear_down_has_a_limit() {
    let mut talk = Talk::new([].into(), None);
    hear(&mut talk, Heard::Asked(Ask::SetUp));
    assert_eq!(talk.deadline(), Some(NOW + Duration::from_secs(5)));
    let done = short(talk.hear(Heard::TimePassed, NOW + Duration::from_secs(5)));
    assert_eq!(done, ["discard", "set up: it sent no `hello` within 5 s"]);

    let mut talk = greeted();
    let done = short(talk.hear(Heard::TimePassed, NOW + TIMEOUT));
    assert_eq!(done, ["discard", "set up: it was not set up within 3 s"]);

    let mut talk = idle();
    assert_eq!(hear(&mut talk, Heard::Asked(Ask::TearDown)), ["say tear_down"]);
    let done = short(talk.hear(Heard::TimePassed, NOW + Duration::from_secs(5)));
    assert_eq!(done, ["discard", "torn down: it did not end within 5 s"]);
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
        let closed = "closed: The program has exited with status 0".to_owned();
        assert!(done.contains(&closed), "{done:?}");
        let done = hear(&mut talk, Heard::Asked(Ask::TearDown));
        assert_eq!(done, ["discard", "torn down: well"]);
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
        let done = short(talk.hear(Heard::Broke(Failure::NotStarted("no luck".to_owned())), now));
        if start < 5 {
            assert_eq!(done, ["discard", "failed: cannot start it again: no luck"]);
            let early = short(talk.hear(Heard::Asked(Ask::Run(ARRIVAL)), now));
            assert!(
                early[0].starts_with("failed: it could not be started; the next try is in "),
                "{early:?}"
            );
        } else {
            let reason = "It could not be started 5 times in a row: no luck";
            assert_eq!(done, ["discard".to_owned(), format!("closed: {reason}")]);
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
    assert_eq!(done, ["discard", "torn down: well"]);
}

#[test]
fn what_it_says_after_its_timeout_does_not_count() {
    let mut talk = running();
    let over = NOW + TIMEOUT;
    assert_eq!(short(talk.hear(Heard::TimePassed, over)), ["terminate"]);
    assert_eq!(short(talk.hear(Heard::Said(FromProgram::Done { id: 1 }), over)), [""; 0]);
    let done = short(talk.hear(Heard::Ended(Ended::Exited(0)), over));
    assert_eq!(done, ["discard", "failed: it ran out of time (3 s)"]);
}

#[test]
fn a_request_out_of_turn_fails_and_is_not_passed_on() {
    let not_set_up = ["failed: it is not set up"];
    assert_eq!(hear(&mut Talk::new([].into(), None), Heard::Asked(Ask::Run(ARRIVAL))), not_set_up);
    assert_eq!(hear(&mut greeted(), Heard::Asked(Ask::Run(ARRIVAL))), not_set_up);
    let set_up = ["set up: it is set up already"];
    assert_eq!(hear(&mut idle(), Heard::Asked(Ask::SetUp)), set_up);
}
