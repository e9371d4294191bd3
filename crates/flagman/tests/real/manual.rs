//! The manual page and the help list the same options, policies and exit statuses.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::harness::Program;

/// The heads of the entries that begin with a dash, as `-q, --quiet` or `--grace SECONDS`.
fn in_help() -> BTreeSet<String> {
    let output = Program::Flagman.output(&["--help"]);
    let help = String::from_utf8(output.stdout).expect("text");
    let (_, options) = help.split_once("\nOptions:\n").expect("options");
    let (options, _) = options.split_once("\n\n").expect("an end of the options");
    // The explanation of an entry is in a column of its own, after two blanks or on the next line.
    let heads = options.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    heads.map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
}

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../man/flagman.1");
    fs::read_to_string(page).expect("the page can be read")
}

/// The words that begin the lines of a section of the help and hold `mark`.
fn section_of_help(title: &str, mark: &str) -> BTreeSet<String> {
    let output = Program::Flagman.output(&["--help"]);
    let help = String::from_utf8(output.stdout).expect("text");
    let (_, section) = help.split_once(&format!("\n{title}:\n")).expect("a section");
    let section = section.split("\n\n").next().unwrap_or_default();
    let heads = section.lines().filter(|line| !line.starts_with("   "));
    let heads = heads.filter_map(|line| line.split_whitespace().next());
    heads.filter(|head| head.contains(mark)).map(str::to_owned).collect()
}

/// The heads of the entries of a generated part of flagman(1), without their fonts.
fn section_of_manual(name: &str) -> BTreeSet<String> {
    let page = page();
    let (_, section) = page.split_once(&format!("begin generated: {name}\n")).expect("a part");
    let section = section.split(".\\\" end generated").next().unwrap_or_default();
    section.split(".TP\n").skip(1).filter_map(|entry| entry.lines().next()).map(plain).collect()
}

fn plain(head: &str) -> String {
    let fonts = ["\\fB", "\\fI", "\\fR"];
    fonts.iter().fold(head.replace("\\-", "-"), |head, font| head.replace(font, ""))
}

/// The same from the source of flagman(1), without its fonts.
fn in_manual() -> BTreeSet<String> {
    let page = page();
    let (_, options) = page.split_once("\n.SH OPTIONS\n").expect("a section");
    let (options, _) = options.split_once("\n.S").expect("a next section");
    let heads = options.split(".TP\n").skip(1).filter_map(|entry| entry.lines().next());
    heads.map(plain).collect()
}

#[test]
fn every_option_of_the_help_is_in_the_manual_and_the_other_way_round() {
    let (help, manual) = (in_help(), in_manual());
    assert!(help.len() > 10, "{help:?}");
    assert_eq!(help, manual, "`just generate` writes the manual's options");
}

#[test]
fn every_policy_and_exit_status_of_the_help_is_in_the_manual_and_the_other_way_round() {
    let policies = section_of_help("Policies of an action", "=");
    let policies: BTreeSet<String> =
        policies.into_iter().filter(|policy| !policy.contains("NAME=VALUE")).collect();
    assert!(policies.len() > 5, "{policies:?}");
    assert_eq!(policies, section_of_manual("policies"));
    let statuses = section_of_help("Exit statuses", "");
    assert!(statuses.contains("4") && statuses.contains("70"), "{statuses:?}");
    assert_eq!(statuses, section_of_manual("exit statuses"));
}
