//! The manual page and the help list the same options.

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

/// The same from the source of flagman(1), without its fonts.
fn in_manual() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../man/flagman.1");
    let page = fs::read_to_string(page).expect("the page can be read");
    let (_, options) = page.split_once("\n.SH OPTIONS\n").expect("a section");
    let (options, _) = options.split_once("\n.S").expect("a next section");
    let heads = options.split(".TP\n").skip(1).filter_map(|entry| entry.lines().next());
    let plain = |head: &str| {
        ["\\fB", "\\fI", "\\fR"]
            .iter()
            .fold(head.replace("\\-", "-"), |head, font| head.replace(font, ""))
    };
    heads.map(plain).collect()
}

#[test]
fn every_option_of_the_help_is_in_the_manual_and_the_other_way_round() {
    let (help, manual) = (in_help(), in_manual());
    assert!(help.len() > 10, "{help:?}");
    assert_eq!(help, manual, "`just generate` writes the manual's options");
}
