//! The generated parts of flagman(1), in the macros of man(7).

use std::fmt::Write;

use flagman_base::Arity;
use textwrap::{Options, WordSplitter, fill};

use super::super::help::{self, EXIT_STATUSES, POLICY_WORDS, WORDS};
use super::super::options::{OPTIONS, POLICIES, PolicyRow, Spelling};
use crate::registry::{Known, Registry};

/// Where lines of the source end.
const WIDTH: usize = 80;

/// An entry for each option.
pub(super) fn options() -> String {
    OPTIONS.iter().map(option).collect()
}

fn option(option: &Spelling) -> String {
    let mut spelled = String::new();
    if let Some(short) = option.short {
        write!(spelled, "{}, ", bold(&format!("-{short}"))).unwrap();
    }
    spelled.push_str(&bold(&format!("--{}", option.long)));
    if option.has_value() {
        write!(spelled, " {}", value(&option.kind.placeholder())).unwrap();
    }
    entry(&spelled, &text(&sentence(option.help)))
}

/// A value's placeholder: literal words in bold, and names of values in italics.
pub(super) fn value(value: &str) -> String {
    let is_name = |character: char| character.is_ascii_alphanumeric();
    let mut shown = String::new();
    for part in value.split_inclusive(|character| !is_name(character)) {
        let (word, mark) = part.split_at(part.trim_end_matches(|mark| !is_name(mark)).len());
        match word.chars().next() {
            None => {}
            Some(first) if first.is_ascii_uppercase() => shown.push_str(&italic(word)),
            Some(_) => shown.push_str(&bold(word)),
        }
        shown.push_str(&escaped(mark));
    }
    shown
}

/// Which words are an action's.
pub(super) fn words() -> String {
    let lines: Vec<&str> = WORDS.lines().collect();
    let example = lines.iter().position(|line| line.starts_with(' ')).unwrap_or(lines.len());
    let (prose, example) = lines.split_at(example);
    let example: Vec<String> = example.iter().map(|line| escaped(line.trim_start())).collect();
    let example = example.join("\n");
    format!("{}.PP\n.RS 4\n.EX\n{example}\n.EE\n.RE\n", text(&prose.join(" ")))
}

/// An entry for each policy.
pub(super) fn policies() -> String {
    text(POLICY_WORDS) + &POLICIES.iter().map(policy).collect::<String>()
}

fn policy(row: &PolicyRow) -> String {
    let spelled = format!("{}={}", bold(row.name), value(&row.kind.placeholder()));
    entry(&spelled, &text(&format!("{} Default: {}.", sentence(row.help), row.default)))
}

/// Which signals can be given actions.
pub(super) fn signals() -> String {
    text(&help::signals())
}

/// An entry for each action that ships with flagman itself.
pub(super) fn actions() -> String {
    Registry::standard().all().iter().map(action).collect()
}

fn action(known: &Known) -> String {
    let mut spelled = bold(&known.name);
    for declared in &known.declared {
        let name = italic(&declared.name);
        let shown = match declared.arity {
            Arity::Required => name,
            Arity::Optional => format!("[{name}]"),
            Arity::Repeated => format!("[{name}...]"),
        };
        write!(spelled, " {shown}").unwrap();
    }
    entry(&spelled, &text(&known.description))
}

/// An entry for each exit status.
pub(super) fn exit_statuses() -> String {
    let statuses = EXIT_STATUSES.lines().filter_map(|line| line.split_once(' '));
    statuses.map(|(status, means)| entry(&bold(status), &text(&sentence(means.trim())))).collect()
}

pub(super) fn entry(head: &str, body: &str) -> String {
    format!(".TP\n{head}\n{body}")
}

/// `text` with a capital at its beginning and a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}.", first.to_uppercase())
}

/// Prose, each sentence on lines of its own; words in backticks are bold.
pub(super) fn text(text: &str) -> String {
    let mut source = String::new();
    for (index, part) in text.split('`').enumerate() {
        source.push_str(&if index % 2 == 0 { escaped(part) } else { bold(part) });
    }
    // A dash of a word must not end a line, for a blank would follow it.
    let width = Options::new(WIDTH).word_splitter(WordSplitter::NoHyphenation);
    let sentences = source.replace(". ", ".\n");
    let lines: Vec<String> = sentences.lines().map(|line| fill(line, &width)).collect();
    let lines = lines.join("\n");
    assert!(
        !lines.lines().any(|line| line.starts_with('.')),
        "not to be taken for a request: {lines}"
    );
    lines + "\n"
}

pub(super) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escaped(text))
}

fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", escaped(text))
}

/// `text` as it is, whatever roff would make of it (`groff_char(7)`).
pub(super) fn escaped(text: &str) -> String {
    let mut source = String::new();
    for character in text.chars() {
        match character {
            '\\' => source.push_str("\\e"),
            '-' => source.push_str("\\-"),
            '\'' => source.push_str("\\(aq"),
            '`' => source.push_str("\\(ga"),
            '^' => source.push_str("\\(ha"),
            '~' => source.push_str("\\(ti"),
            other => source.push(other),
        }
    }
    source
}
