//! An action program that is built with the kit.

use std::fs;
use std::path::Path;
use std::process::Command;

use flagman_base::process::Ended;
use flagman_base::{Arrival, Signal, protocol::Description};
use flagman_test::{Hold, example};

use super::driven::{Driven, call};

fn set_up(how: &str) -> Driven {
    Driven::set_up(example("steered"), &format!(r#"["{how}","5"]"#))
}

/// Like [`set_up`], with the path of a file or FIFO to which it writes what it does.
fn set_up_traced(how: &str, trace: &Path) -> Driven {
    Driven::set_up(example("steered"), &format!(r#"["{how}","5","{}"]"#, trace.display()))
}

#[test]
fn it_describes_what_the_action_declares() {
    let output = call(&example("steered"), &["describe"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("it is text");
    let said = Description::decode(&text).expect("it is a description");
    assert_eq!(said.description, "Does as it is told.");
    let arguments: Vec<String> = said.arguments.iter().map(ToString::to_string).collect();
    assert_eq!(arguments, ["how: str", "number: int", "[trace: path]"]);
}

#[test]
fn a_person_who_calls_it_is_told_in_one_line_what_it_is_for() {
    for words in [&[][..], &["serve"], &["--help"], &["describe", "me"]] {
        let output = call(&example("steered"), words);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).expect("it is text");
        assert!(said.starts_with("This program is the action `steered`"), "{said}");
        assert!(said.ends_with("call `flagman --usr1 steered how number trace`\n"), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}

#[test]
fn a_descriptor_that_is_no_socket_is_not_taken_for_one() {
    assert_eq!(status_of(r#"FLAGMAN_ACTION_FD=3 "$0" serve 3</dev/null"#), Some(2));
}

#[test]
fn a_descriptor_that_flagman_does_not_give_is_not_taken_for_its_own() {
    for said in ["0", "4", "three"] {
        assert_eq!(status_of(&format!(r#"FLAGMAN_ACTION_FD={said} "$0" serve"#)), Some(2));
    }
}

#[test]
fn a_description_that_nobody_can_take_is_a_failure() {
    assert_eq!(status_of(r#""$0" describe >/dev/full"#), Some(1));
}

/// The exit status of a script whose `$0` is the program.
fn status_of(script: &str) -> Option<i32> {
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(example("steered"));
    command.output().expect("there is a shell").status.code()
}

#[test]
fn it_runs_as_often_as_it_is_told_and_ends_when_it_is_torn_down() {
    let mut driven = set_up("done");
    for id in 1..4 {
        driven.run(id);
        assert_eq!(driven.hear(), format!(r#"{{"done":{{"id":{id}}}}}"#));
    }
    driven.tear_down();
}

#[test]
fn a_set_up_that_cannot_be_fails_with_all_causes() {
    let bad = [
        (r#"["done","five"]"#, "its argument `number` must be an int"),
        (r#"["done"]"#, "its argument `number` is missing"),
        (r#"["check","5"]"#, "its argument `how` is not good"),
        (r#"["fail early","5"]"#, "cannot see: no light"),
        (r#"["panic early","5"]"#, "it panicked: too early (at "),
    ];
    for (arguments, why) in bad {
        let mut driven = Driven::start(example("steered"));
        driven.say(&format!(r#"{{"set_up":{{"arguments":{arguments}}}}}"#));
        let failed = driven.hear();
        assert!(failed.starts_with(&format!(r#"{{"failed":{{"message":"{why}"#)), "{failed}");
        driven.tear_down();
    }
}

#[test]
fn a_run_that_fails_or_panics_is_told_and_the_next_one_goes_on() {
    for (how, why) in [("fail", "cannot see: no light"), ("panic", "it panicked: number 5 (at ")] {
        let mut driven = set_up(how);
        for id in 1..3 {
            driven.run(id);
            let failed = driven.hear();
            let expected = format!(r#"{{"failed":{{"id":{id},"message":"{why}"#);
            assert!(failed.starts_with(&expected), "{failed}");
        }
        driven.tear_down();
    }
}

#[test]
fn a_failure_of_any_length_fits_into_a_line() {
    let mut driven = set_up("long");
    driven.run(1);
    let failed = driven.hear();
    assert!(failed.ends_with("xxx…\"}}") && failed.len() < 100_000);
    driven.tear_down();
}

#[test]
fn closing_tells_the_reason() {
    let mut driven = set_up("close");
    driven.run(1);
    assert_eq!(driven.hear(), r#"{"closed":{"id":1,"reason":"2 was enough"}}"#);
    driven.tear_down();
}

#[test]
fn an_action_is_given_the_value_of_any_signal() {
    let mut driven = set_up("value");
    for (id, signal) in (1..).zip(Signal::with_actions()) {
        let arrival = Arrival::new(signal);
        for (value, told) in [(Some(-7), "Some(-7)"), (Some(0), "Some(0)"), (None, "None")] {
            driven.run_for(id, arrival.carrying(value));
            let reason = format!("{signal} carried {told}");
            assert_eq!(driven.hear(), format!(r#"{{"closed":{{"id":{id},"reason":"{reason}"}}}}"#));
        }
    }
    driven.tear_down();
}

#[test]
fn a_tear_down_that_fails_is_logged_and_the_program_goes_all_the_same() {
    let mut driven = set_up("fail late");
    driven.say(r#"{"tear_down":{}}"#);
    let expected =
        r#"{"log":{"level":"error","message":"the tear-down failed: cannot see: no light"}}"#;
    assert_eq!(driven.hear(), expected);
    assert_eq!(driven.hear(), r#"{"gone":{}}"#);
}

#[test]
fn what_the_action_logs_comes_before_its_answer() {
    let mut driven = set_up("log");
    driven.run(1);
    assert_eq!(driven.hear(), r#"{"log":{"level":"warning","message":"a\nb"}}"#);
    assert_eq!(driven.hear(), r#"{"log":{"level":"debug","message":"by the author"}}"#);
    assert_eq!(driven.hear(), r#"{"done":{"id":1}}"#);
    driven.tear_down();
}

#[test]
fn what_it_does_not_know_is_ignored_and_what_is_no_message_is_logged() {
    let mut driven = set_up("done");
    driven.say(r#"{"pause":{"seconds":1}}"#);
    driven.say("garbage");
    let said = driven.hear();
    assert!(said.contains("cannot understand flagman: it said `garbage`"), "{said}");
    driven.run(1);
    assert_eq!(driven.hear(), r#"{"done":{"id":1}}"#);
    driven.say(r#"{"set_up":{"arguments":[]}}"#);
    assert_eq!(driven.hear(), r#"{"failed":{"message":"it is set up already"}}"#);
    driven.tear_down();
}

#[test]
fn what_is_no_text_ends_it_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let trace = directory.path().join("trace");
    let mut driven = set_up_traced("done", &trace);
    driven.say_bytes(b"\xff\n");
    let expected =
        "cannot understand flagman, so the action ends: it sent a line that is not UTF-8";
    let log = format!(r#"{{"log":{{"level":"error","message":"{expected}"}}}}"#);
    assert_eq!(driven.hear(), log);
    assert_eq!(driven.hear(), "");
    assert_eq!(driven.abandon(), Ended::Exited(0));
    assert_eq!(fs::read_to_string(trace).expect("it is there"), "torn down");
}

#[test]
fn a_panic_in_a_thread_of_the_actions_own_is_logged_and_ends_nothing() {
    let mut driven = set_up("panic astray");
    driven.run(1);
    let said = driven.hear();
    let start = r#"{"log":{"level":"error","message":"the thread `astray` panicked: number 5 (at "#;
    assert!(said.starts_with(start), "{said}");
    assert_eq!(driven.hear(), r#"{"done":{"id":1}}"#);
    driven.tear_down();
}

#[test]
fn a_run_before_any_set_up_fails() {
    let mut driven = Driven::start(example("steered"));
    driven.run(4);
    assert_eq!(driven.hear(), r#"{"failed":{"id":4,"message":"it is not set up"}}"#);
    driven.tear_down();
}

#[test]
fn when_flagman_is_gone_it_tears_down_and_ends() {
    let directory = tempfile::tempdir().expect("a directory");
    let trace = directory.path().join("trace");
    let driven = set_up_traced("done", &trace);
    assert_eq!(driven.abandon(), Ended::Exited(0));
    assert_eq!(fs::read_to_string(trace).expect("it is there"), "torn down");
}

#[test]
fn when_flagman_is_gone_before_it_has_heard_the_answer_it_ends_in_order() {
    let mut driven = set_up("done");
    driven.run(1);
    assert_eq!(driven.abandon_unheard(), Ended::Exited(0));
}

#[test]
fn when_flagman_is_gone_while_it_blocks_it_ends_all_the_same() {
    let mut driven = set_up("block");
    driven.run(1);
    assert_eq!(driven.abandon(), Ended::Killed(Signal::KILL));
}

#[test]
fn when_flagman_is_gone_what_it_has_started_is_stopped_and_it_tears_down() {
    let mut driven = set_up("start");
    driven.run(1);
    assert_eq!(driven.abandon(), Ended::Exited(0));
}

#[test]
fn sigterm_stops_what_it_has_started_but_not_itself() {
    let hold = Hold::new();
    let mut driven = set_up_traced("start and say so", hold.path());
    driven.run(1);
    let said = hold.lines();
    assert_eq!(said.next().as_deref(), Some("up"));
    driven.send_all_signals();
    let expected = r#"{"failed":{"id":1,"message":"`sh` was killed by SIGTERM"}}"#;
    assert_eq!(driven.hear(), expected);
    assert_eq!(driven.abandon(), Ended::Exited(0));
}

#[test]
fn what_it_starts_has_the_signal_mask_that_flagman_was_started_with() {
    let mut driven = set_up("mask");
    driven.run(1);
    assert_eq!(driven.hear(), r#"{"done":{"id":1}}"#);
    driven.tear_down();
}
