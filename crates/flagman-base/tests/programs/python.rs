//! The template for Python.

use std::fs;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use flagman_base::process::{Ended, Mask, Spec, find_in_path, spawn};
use flagman_base::protocol::Description;
use flagman_base::{Arrival, Signal};

use flagman_test::blocks;
use tempfile::TempDir;

use super::driven::{Driven, call, hold_signals, template, until_ended};

fn count() -> PathBuf {
    template("python/flagman-action-count", "python3")
}

#[test]
fn it_describes_itself() {
    let output = call(&count(), &["describe"]);
    let text = String::from_utf8(output.stdout).expect("it is text");
    let said = Description::decode(&text).expect("it is a description");
    assert_eq!(said.description, "Prints how many signals have come since it was set up.");
    let arguments: Vec<String> = said.arguments.iter().map(ToString::to_string).collect();
    assert_eq!(arguments, ["label: str", "[most: int]"]);
}

#[test]
fn a_person_who_calls_it_is_told_so() {
    let output = call(&count(), &[]);
    assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("flagman-action-count is an"));
}

#[test]
fn it_counts_until_it_has_seen_enough() {
    let mut driven = Driven::set_up(count(), r#"["signals","4"]"#);
    driven.run(1);
    assert_eq!(driven.hear(), r#"{"done":{"id":1}}"#);
    driven.run(2);
    assert_eq!(driven.hear(), r#"{"closed":{"id":2,"reason":"4 signals were enough"}}"#);
    driven.tear_down();
}

/// The template with other lines in place of its action, in a directory of its own.
fn template_with(action: &str) -> (TempDir, PathBuf) {
    let text = fs::read_to_string(count()).expect("the template can be read");
    let (before, rest) = text.split_once("class Count:").expect("an action");
    let (_, after) = rest.split_once("ACTION = Count\n").expect("the end of the action");
    let directory = tempfile::tempdir().expect("a directory");
    let script = directory.path().join("flagman-action-other");
    fs::write(&script, [before, action, after].concat()).expect("a file can be written");
    (directory, script)
}

#[test]
fn what_the_page_says_of_values_reads_the_value_and_fails_without_one() {
    let all = blocks("docs/actions.md", "A value that comes with the signal");
    let (_directory, script) = template_with(&all[0]);
    let python = find_in_path("python3").expect("it is there");
    let script = script.into_os_string().into_string().expect("the path is text");
    let (mut output, theirs) = UnixStream::pair().expect("a pair of sockets");
    let mut driven = Driven::printing(python, &[script, "serve".to_owned()], theirs.as_fd());
    drop(theirs);
    driven.say(r#"{"set_up":{"arguments":[]}}"#);
    assert_eq!(driven.hear(), r#"{"ready":{}}"#);
    let last = Signal::parse("RTMAX").expect("it is one");
    for (id, value) in [(1, 42), (2, 0), (3, i32::MIN)] {
        driven.run_for(id, Arrival::new(last).carrying(value));
        assert_eq!(driven.hear(), format!(r#"{{"done":{{"id":{id}}}}}"#));
    }
    driven.run(4);
    let failed = driven.hear();
    let why = r#"{"failed":{"id":4,"message":"ValueError: the signal carries no value;"#;
    assert!(failed.starts_with(why), "{failed}");
    driven.tear_down();
    let mut printed = String::new();
    output.read_to_string(&mut printed).expect("it prints text");
    assert_eq!(printed, "job 42\njob 0\njob -2147483648\n");
}

#[test]
fn a_set_up_that_fails_says_why() {
    let mut driven = Driven::start(count());
    driven.say(r#"{"set_up":{"arguments":["signals","é"]}}"#);
    let failed = driven.hear();
    assert!(failed.starts_with(r#"{"failed":{"message":"ValueError: invalid literal"#), "{failed}");
    driven.run(1);
    let failed = driven.hear();
    assert!(failed.starts_with(r#"{"failed":{"id":1,"message":""#), "{failed}");
    driven.tear_down();
}

#[test]
fn what_is_no_message_is_logged_and_what_it_does_not_know_is_ignored() {
    let mut driven = Driven::set_up(count(), r#"["signals"]"#);
    driven.say(r#"{"pause":{}}"#);
    driven.say("garbage");
    let said = driven.hear();
    assert!(
        said.starts_with(r#"{"log":{"level":"warning","message":"cannot understand flagman"#),
        "{said}"
    );
    driven.tear_down();
}

#[test]
fn none_of_flagmans_signals_ends_it_but_the_end_of_flagman_does() {
    let driven = Driven::set_up(count(), r#"["signals"]"#);
    driven.send_all_signals();
    assert_eq!(driven.abandon(), Ended::Exited(0));
}

#[test]
fn when_flagman_is_gone_before_it_has_heard_the_answer_it_ends_in_order() {
    let mut driven = Driven::set_up(count(), r#"["signals"]"#);
    driven.run(1);
    assert_eq!(driven.abandon_unheard(), Ended::Exited(0));
}

#[test]
fn when_flagman_is_gone_while_it_blocks_it_ends_all_the_same() {
    let blocking = "import sys; path = sys.argv.pop(1)\n\
                    text = open(path).read().replace('self.seen +=', 'time.sleep(1000); self.seen +=')\n\
                    exec(compile(text, path, 'exec'), {'__name__': '__main__'})";
    let python = find_in_path("python3").expect("it is there");
    let path = count().into_os_string().into_string().expect("the path is text");
    let words = ["-c".to_owned(), blocking.to_owned(), path, "serve".to_owned()];
    let mut driven = Driven::with(python, &words);
    driven.say(r#"{"set_up":{"arguments":["signals"]}}"#);
    assert_eq!(driven.hear(), r#"{"ready":{}}"#);
    driven.run(1);
    assert_eq!(driven.abandon(), Ended::Killed(Signal::KILL));
}

#[test]
fn what_it_starts_has_no_signals_blocked() {
    let script = "import runpy, sys; template = runpy.run_path(sys.argv[1])\n\
                  template['start'](['grep', '-q', '^SigBlk:.0*$', '/proc/self/status'])";
    let python = find_in_path("python3").expect("it is there");
    let path = count().into_os_string().into_string().expect("the path is text");
    let mut spec = Spec::new(python, ["-c", script, &path]);
    hold_signals();
    spec.mask = Mask::Held;
    let mut child = spawn(&spec).expect("it starts");
    assert_eq!(until_ended(&mut child), Ended::Exited(0));
}
