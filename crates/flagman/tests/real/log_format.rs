//! The formats of the log.

use std::fs::File;
use std::os::linux::fs::MetadataExt;

use super::harness::Program;

/// What is logged for a mistake, to the file that `JOURNAL_STREAM` names or to another one.
fn mistake(words: &[&str], is_journal: bool) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log");
    let log = File::create(&path).expect("a file");
    let status = log.metadata().expect("its status");
    let inode = status.st_ino() + u64::from(!is_journal);
    let mut command = Program::Flagman.command(words);
    command.env("JOURNAL_STREAM", format!("{}:{inode}", status.st_dev()));
    command.stderr(log);
    assert_eq!(command.status().expect("flagman starts").code(), Some(2));
    std::fs::read_to_string(path).expect("the log is text")
}

const WORDS: [&str; 3] = ["--usr1", "prnt", "x"];

#[test]
fn lines_for_the_journal_bear_their_priority() {
    let line = mistake(&WORDS, true);
    assert!(line.starts_with("<2>flagman.cli:") && line.contains("`prnt`"), "{line}");
    let line = mistake(&WORDS, false);
    assert!(line.starts_with("CRITICAL:flagman.cli:") && line.contains("`prnt`"), "{line}");
}

#[test]
fn a_format_that_is_asked_for_overrides_the_detected_one() {
    let with = |format| mistake(&[&["--log-format", format], &WORDS[..]].concat(), true);
    let [text, journal, json] = ["text", "journal", "json"].map(with);
    assert!(text.starts_with("CRITICAL:flagman.cli:"), "{text}");
    assert!(journal.starts_with("<2>flagman.cli:"), "{journal}");
    let object: serde_json::Value = serde_json::from_str(&json).expect("one JSON object");
    assert_eq!(object["level"], "CRITICAL");
    assert_eq!(object["part"], "flagman.cli");
    assert!(object["message"].as_str().is_some_and(|message| message.contains("`prnt`")), "{json}");
}

/// Whether `line` begins with a time of RFC 3339 with microseconds and `Z`; what follows the blank after it.
fn after_time(line: &str) -> Option<&str> {
    let (time, rest) = line.split_once(' ')?;
    let form: String =
        time.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    (form == "0000-00-00T00:00:00.000000Z").then_some(rest)
}

#[test]
fn text_lines_have_the_time_when_that_is_wanted_and_other_forms_are_as_before() {
    let with = |options: &[&str], is_journal| {
        mistake(&[options, &["--log-time"], &WORDS[..]].concat(), is_journal)
    };
    for line in [with(&[], false), with(&["--log-format", "text"], true)] {
        let rest = after_time(&line).unwrap_or_else(|| panic!("no time: {line}"));
        assert!(rest.starts_with("CRITICAL:flagman.cli:unknown action `prnt`"), "{line}");
    }
    for line in [with(&[], true), with(&["--log-format", "journal"], false)] {
        assert!(line.starts_with("<2>flagman.cli:unknown action `prnt`"), "{line}");
    }
    assert!(with(&["--log-format", "json"], false).starts_with("{\"time\":\"2"));
    assert!(mistake(&WORDS, false).starts_with("CRITICAL:"), "it is off by default");
}

#[test]
fn every_text_line_of_a_session_has_the_time() {
    let flagman = Program::Flagman.serve(&["--log-time", "-vv", "--usr1", "print_once", "x"]);
    flagman.signal(nix::sys::signal::Signal::SIGUSR1);
    let (_, log) = flagman.wait();
    assert!(log.len() > 4, "{log:#?}");
    for line in &log {
        let rest = after_time(line).unwrap_or_else(|| panic!("no time: {line}"));
        assert!(rest.split(':').nth(1).is_some_and(|part| part.starts_with("flagman.")), "{line}");
    }
}

#[test]
fn in_json_the_first_line_describes_the_start_and_others_name_their_event() {
    let words = [
        "--log-format=json",
        "-q",
        "--usr1",
        "print_once",
        "x",
        "--hup=exec true",
        "--usr1=print y",
    ];
    let flagman = Program::Flagman.serve(&words);
    let pid = flagman.pid();
    let line = flagman.stderr.next().expect("a first line");
    flagman.end();
    let object: serde_json::Value = serde_json::from_str(&line).expect("a JSON object");
    assert_eq!(object["message"], format!("PID: {pid}"));
    assert_eq!((&object["event"], &object["pid"]), (&"start".into(), &pid.into()));
    assert_eq!(object["version"], env!("CARGO_PKG_VERSION"));
    let bundles = serde_json::json!([
        {"signal": "SIGHUP", "actions": [{"name": "exec"}]},
        {"signal": "SIGUSR1", "actions": [{"name": "print_once"}, {"name": "print"}]},
    ]);
    assert_eq!(object["bundles"], bundles);
    let flagman = Program::Flagman.serve(&["--log-format=json", "--usr1", "print_once", "x"]);
    flagman.signal(nix::sys::signal::Signal::SIGUSR1);
    let line = flagman.stderr.find("No actions remain active");
    let object: serde_json::Value = serde_json::from_str(&line).expect("a JSON object");
    assert_eq!((&object["level"], &object["event"]), (&"WARNING".into(), &"no_actions".into()));
    assert_eq!(flagman.wait().0.code(), Some(1));
    // If the level hides a line, its fields are hidden too.
    let flagman = Program::Flagman.serve(&["--log-format=json", "-q", "--usr1", "print_once", "x"]);
    flagman.signal(nix::sys::signal::Signal::SIGUSR1);
    let log = flagman.wait().1;
    assert!(!log.iter().any(|line| line.contains("no_actions")), "{log:#?}");
}

#[test]
fn every_line_of_a_session_is_a_json_object() {
    let words = ["--log-format=json", "-vv", "--usr1", "print_once", "x"];
    let flagman = Program::Flagman.serve(&words);
    flagman.signal(nix::sys::signal::Signal::SIGUSR1);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(1));
    for line in &log {
        let object: serde_json::Value = serde_json::from_str(line).expect("a JSON object");
        let time = object["time"].as_str().expect("a time");
        assert!(time.ends_with('Z') && time.len() == "2026-11-22T19:00:00.000000Z".len(), "{time}");
        assert!(object["message"].is_string() && object["part"].is_string(), "{line}");
    }
    assert!(log.iter().any(|line| line.contains("No actions remain active")), "{log:#?}");
}
