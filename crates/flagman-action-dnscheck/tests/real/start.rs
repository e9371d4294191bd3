//! What keeps the action from starting is found at the start, and said in a sentence.

use std::process::Output;

use super::harness::{Program, Setting};

/// The last line, of a flagman that could not start.
#[track_caller]
fn last_words(output: &Output) -> String {
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{log}");
    log.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn wrong_words_are_found_before_anything_is_set_up() {
    for (words, said) in [
        (["m:x", "example.test", "example.test"], "`m:x`"),
        (["m", "example..test", "example.test"], "`example..test`"),
        (["m", "example.test", "www.other.test"], "`www.other.test`"),
    ] {
        let words = [&["--usr1", "dnscheck"], &words[..]].concat();
        let output = Program::BuiltIn.output(&words);
        let last = last_words(&output);
        assert!(last.starts_with("CRITICAL:flagman.cli:") && last.contains(said), "{last}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    }
}

#[test]
fn at_least_one_name_must_be_given() {
    let output = Program::BuiltIn.output(&["--check", "--usr1", "dnscheck", "m", "example.test"]);
    assert!(last_words(&output).contains("its argument `name` is missing"));
}

#[test]
fn an_api_that_the_environment_does_not_name_is_found_at_set_up() {
    let words = ["--usr1", "dnscheck", "127.0.0.1", "example.test", "example.test"];
    let last = last_words(&Program::BuiltIn.output(&words));
    assert!(last.contains("PDNS_API_URL is not set"), "{last}");
}

#[test]
fn a_zone_that_the_master_does_not_serve_is_found_at_set_up() {
    let setting = Setting::start();
    let master = format!("127.0.0.1:{}", setting.master.port);
    let words = ["--usr1", "dnscheck", &master, "other.test", "www.other.test"];
    let mut command = Program::BuiltIn.command(&words);
    command.env("PDNS_API_URL", &setting.gateway.url).env("PDNS_API_KEY", "k");
    let last = last_words(&command.output().expect("the program starts"));
    assert!(
        last.ends_with("does not serve the zone other.test: the master said REFUSED"),
        "{last}"
    );
}

#[test]
fn the_command_line_of_the_unit_would_start() {
    let unit =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/systemd/flagman-dnscheck.service");
    let unit = std::fs::read_to_string(unit).expect("the unit is there");
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/flagman "));
    let words: Vec<&str> = command.expect("the unit starts flagman").split_whitespace().collect();
    let output = Program::BuiltIn.output(&[&["--check"], &words[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
