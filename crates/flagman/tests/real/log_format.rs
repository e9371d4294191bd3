//! The forms of the log.

use std::fs::File;
use std::os::linux::fs::MetadataExt;

use super::harness::Program;

/// What is said of a mistake, on a file that `JOURNAL_STREAM` names, or on another.
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
fn what_is_asked_for_wins_over_what_is_found_out() {
    let with = |format| mistake(&[&["--log-format", format], &WORDS[..]].concat(), true);
    let [text, journal, json] = ["text", "journal", "json"].map(with);
    assert!(text.starts_with("CRITICAL:flagman.cli:"), "{text}");
    assert!(journal.starts_with("<2>flagman.cli:"), "{journal}");
    let object: serde_json::Value = serde_json::from_str(&json).expect("one JSON object");
    assert_eq!(object["level"], "CRITICAL");
    assert_eq!(object["part"], "flagman.cli");
    assert!(object["message"].as_str().is_some_and(|message| message.contains("`prnt`")), "{json}");
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
