//! What becomes of a command line, word by word.

mod mistakes;

mod policies;

mod settings;

mod signals;

mod warnings;

mod words;

use std::ffi::OsString;

use super::inert::registry;
use super::{Mistake, Plan, Request, bundle_lines, read};

fn read_words(words: &[&str]) -> Result<Request, Mistake> {
    read(words.iter().map(OsString::from), &registry()).request
}

fn plan(words: &[&str]) -> Plan {
    match read_words(words) {
        Ok(Request::Start(plan)) => plan,
        other => panic!("{words:?} does not start: {other:?}"),
    }
}

/// The bundles as `--check` shows them, without the last newline.
fn bundles(words: &[&str]) -> String {
    bundle_lines(&plan(words)).trim_end().to_owned()
}

fn mistake(words: &[&str]) -> String {
    match read_words(words) {
        Err(mistake) => mistake.to_string(),
        other => panic!("{words:?} is no mistake: {other:?}"),
    }
}

fn all_are_told(cases: &[(&[&str], &str)]) {
    for (words, text) in cases {
        let mistake = mistake(words);
        assert!(mistake.contains(text), "{words:?}: {mistake}");
    }
}

/// The only warning, or nothing.
fn warning(words: &[&str]) -> String {
    let mut warnings = plan(words).warnings;
    let warning = warnings.pop().unwrap_or_default();
    assert_eq!(warnings, [""; 0], "{words:?}");
    warning
}
