//! The template for the POSIX shell.

use std::fs;
use std::path::PathBuf;

use flagman_base::process::{Ended, find_in_path};
use flagman_base::protocol::Description;
use flagman_base::{Arrival, Sender, Signal};

use super::driven::{Driven, call, template};

fn touchfile() -> PathBuf {
    template("shell/flagman-action-touchfile", "sh")
}

fn failure_of_set_up(argument: &str) -> String {
    let mut driven = Driven::start(touchfile());
    driven.say(&format!(r#"{{"set_up":{{"arguments":["{argument}"]}}}}"#));
    let failed = driven.hear();
    driven.tear_down();
    failed
}

#[test]
fn it_describes_itself() {
    let output = call(&touchfile(), &["describe"]);
    let text = String::from_utf8(output.stdout).expect("it is text");
    let said = Description::decode(&text).expect("it is a description");
    assert_eq!(said.description, "Touches a file for each signal.");
    assert_eq!(said.arguments[0].to_string(), "file: path");
}

#[test]
fn a_person_who_calls_it_is_told_so() {
    let output = call(&touchfile(), &[]);
    assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("flagman-action-touchfile is an"));
}

#[test]
fn it_touches_its_file_for_each_signal() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a $file; with 'blanks");
    let mut driven = Driven::set_up(touchfile(), &format!(r#"["{}"]"#, file.display()));
    for id in [1, 20, 300] {
        assert!(!file.exists());
        driven.run(id);
        assert_eq!(driven.hear(), format!(r#"{{"done":{{"id":{id}}}}}"#));
        fs::remove_file(&file).expect("it was touched");
    }
    driven.tear_down();
}

#[test]
fn a_run_is_told_the_signal_and_its_value() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = fs::read_to_string(touchfile()).expect("the template can be read");
    let touch = r#"why=$(start touch -- "$file" 2>&1)"#;
    assert!(text.contains(touch));
    let script = directory.path().join("flagman-action-other");
    let says = text.replace(touch, r#"closed="$# words: $1 ($2)""#);
    fs::write(&script, says).expect("a file can be written");
    let shell = find_in_path("sh").expect("there is a shell");
    let script = script.into_os_string().into_string().expect("the path is text");
    let mut driven = Driven::with(shell, &[script, "serve".to_owned()]);
    driven.say(r#"{"set_up":{"arguments":["/dev/null"]}}"#);
    assert_eq!(driven.hear(), r#"{"ready":{}}"#);
    let second = Arrival::new(Signal::parse("RTMIN+2").expect("it is one"));
    for (id, arrival, told) in [
        (1, second.carrying(5), "2 words: SIGRTMIN+2 (5)"),
        (
            2,
            second.carrying(i32::MIN).sent_by(Sender::new(7, 8)),
            "2 words: SIGRTMIN+2 (-2147483648)",
        ),
        (3, second, "2 words: SIGRTMIN+2 ()"),
    ] {
        driven.run_for(id, arrival);
        assert_eq!(driven.hear(), format!(r#"{{"closed":{{"id":{id},"reason":"{told}"}}}}"#));
    }
    driven.tear_down();
}

#[test]
fn a_failure_says_why_whatever_is_in_the_text() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("gone").join("file");
    fs::create_dir(directory.path().join("gone")).expect("a directory can be made");
    let mut driven = Driven::set_up(touchfile(), &format!(r#"["{}"]"#, file.display()));
    fs::remove_dir(directory.path().join("gone")).expect("it can be removed");
    driven.run(1);
    let failed = driven.hear();
    assert!(failed.starts_with(r#"{"failed":{"id":1,"message":"touch:"#), "{failed}");
    assert!(failed.contains("No such file"), "{failed}");
    driven.tear_down();
}

#[test]
fn a_set_up_that_cannot_be_says_why() {
    let failed = failure_of_set_up("/no/such/file");
    assert_eq!(failed, r#"{"failed":{"message":"there is no directory for /no/such/file"}}"#);
    let failed = failure_of_set_up(r"a\nb");
    assert!(failed.contains("has a quote or a backslash in it"), "{failed}");
}

#[test]
fn none_of_flagmans_signals_ends_it_but_the_end_of_flagman_does() {
    let driven = Driven::set_up(touchfile(), r#"["/tmp/never-touched"]"#);
    driven.send_all_signals();
    assert_eq!(driven.abandon(), Ended::Killed(Signal::KILL));
}

#[test]
fn when_flagman_is_gone_before_it_has_heard_the_answer_it_ends_in_order() {
    let mut driven = Driven::set_up(touchfile(), r#"["/dev/null"]"#);
    driven.run(1);
    assert_eq!(driven.abandon_unheard(), Ended::Killed(Signal::KILL));
}
