//! Mistakes that prevent a start are detected at the start, and reported in a sentence.

use std::process::Output;

use super::harness::{Program, Setting, both_ways};

both_ways! {
    wrong_words_are_refused_before_the_master_is_asked,
    check_refuses_wrong_words_where_the_action_is_built_in,
    an_api_that_the_environment_does_not_name_is_found_at_set_up,
    a_zone_that_the_master_does_not_serve_is_found_at_set_up,
    the_command_line_of_the_unit_would_start,
}

/// Arguments of the right type with a wrong value, and the text in the message.
const WRONG: [(&[&str], &str); 4] = [
    (&["m:x", "example.test", "example.test"], "`m:x`"),
    (&["m", "example..test", "example.test"], "`example..test`"),
    (&["m", "example.test", "www.other.test"], "`www.other.test`"),
    (&["m", "example.test"], "its argument `name` is missing"),
];

/// The last line of the log of a flagman that could not start.
#[track_caller]
fn last_words(output: &Output) -> String {
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{log}");
    log.lines().last().unwrap_or_default().to_owned()
}

fn wrong_words_are_refused_before_the_master_is_asked(program: &Program) {
    for (words, said) in WRONG {
        let output = program.output(&[&["--usr1", "dnscheck"], words].concat());
        let last = last_words(&output);
        assert!(last.contains(said), "{last}");
        let (start, lines) = match program {
            Program::BuiltIn => ("CRITICAL:flagman.cli:`--usr1 dnscheck`: ", 1),
            // flagman knows only the types. When the program checks the values, flagman has already
            // logged two lines.
            Program::Flagman(_) => ("CRITICAL:flagman.core:cannot set up action `dnscheck`: ", 3),
        };
        assert!(last.starts_with(start), "{last}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), lines);
    }
}

fn check_refuses_wrong_words_where_the_action_is_built_in(program: &Program) {
    for (words, said) in WRONG {
        let output = program.output(&[&["--check", "--usr1", "dnscheck"], words].concat());
        match program {
            Program::BuiltIn => assert!(last_words(&output).contains(said)),
            // `--check` runs the program with `describe` only, and does not set it up.
            Program::Flagman(_) => assert!(output.status.success() && output.stderr.is_empty()),
        }
    }
}

fn an_api_that_the_environment_does_not_name_is_found_at_set_up(program: &Program) {
    let words = ["--usr1", "dnscheck", "127.0.0.1", "example.test", "example.test"];
    let last = last_words(&program.output(&words));
    assert!(last.contains("PDNS_API_URL is not set"), "{last}");
}

fn a_zone_that_the_master_does_not_serve_is_found_at_set_up(program: &Program) {
    let setting = Setting::start();
    let master = format!("127.0.0.1:{}", setting.master.port);
    let words = ["--usr1", "dnscheck", &master, "other.test", "www.other.test"];
    let mut command = program.command(&words);
    command.env("PDNS_API_URL", &setting.gateway.url).env("PDNS_API_KEY", "k");
    let last = last_words(&command.output().expect("the program starts"));
    assert!(
        last.ends_with("does not serve the zone other.test: the master said REFUSED"),
        "{last}"
    );
}

fn the_command_line_of_the_unit_would_start(program: &Program) {
    let unit =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/systemd/flagman-dnscheck.service");
    let unit = std::fs::read_to_string(unit).expect("the unit is there");
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/flagman "));
    let words: Vec<&str> = command.expect("the unit starts flagman").split_whitespace().collect();
    let output = program.output(&[&["--check"], &words[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
