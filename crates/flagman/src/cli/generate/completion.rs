//! The generated parts of the completions: which options there are, and what each of them takes.

use std::fmt::Write;

use flagman_base::Signal;

use super::super::kind::Kind;
use super::super::options::{OPTIONS, POLICIES, PolicyRow, Spelling};
use super::super::signal::bare;

/// What follows an option.
enum Takes {
    Nothing,
    Action,
    /// A signal, and then an action.
    Signal,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of the first words or none; or SIGNAL= before one, for a real-time signal one of the second
    /// words too.
    OfSignal(&'static [&'static str], &'static [&'static str]),
    Directory,
    File,
    /// Something that cannot be completed.
    Number,
}

impl Takes {
    fn of(option: &Spelling) -> Self {
        match option.kind {
            Kind::Action => Self::Action,
            Kind::ActionOfSignal => Self::Signal,
            Kind::OneOf(words) => Self::OneOf(words),
            Kind::WordOfSignal { all, one } => Self::OfSignal(all, &one[all.len()..]),
            Kind::SecondsOfSignal(_) => Self::OfSignal(&[], &[]),
            Kind::Directory => Self::Directory,
            Kind::File => Self::File,
            Kind::Seconds(_) | Kind::SecondsOrNone(_) | Kind::Number { .. } => Self::Number,
            Kind::Flag | Kind::Counted { .. } | Kind::Label { .. } => Self::Nothing,
        }
    }

    /// As the completions' own code tells them apart.
    fn word(&self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Action => "action".to_owned(),
            Self::Signal => "signal".to_owned(),
            Self::OneOf(words) => format!("one of: {}", words.join(" ")),
            Self::OfSignal(all, real_time) => {
                format!("of signal: {}/{}", all.join(" "), real_time.join(" "))
            }
            Self::Directory => "directory".to_owned(),
            Self::File => "file".to_owned(),
            Self::Number => "number".to_owned(),
        }
    }
}

/// The signals that can be given actions.
fn signals() -> String {
    Signal::with_actions().map(bare).chain(["RTMAX".to_owned()]).collect::<Vec<_>>().join(" ")
}

/// The words that a policy takes beside numbers.
fn policy_words(row: &PolicyRow) -> Option<String> {
    match row.kind {
        Kind::OneOf(words) => Some(words.join(" ")),
        Kind::SecondsOrNone(_) => Some("none".to_owned()),
        _ => None,
    }
}

/// A function that both bash and zsh understand: the words that the policy `$1` takes.
fn policy_values() -> String {
    let mut function = "_flagman_policy_values() {\n    case $1 in\n".to_owned();
    for (row, words) in POLICIES.iter().filter_map(|row| Some((row, policy_words(row)?))) {
        writeln!(function, "    {}) REPLY='{words}' ;;", row.name).unwrap();
    }
    function + "    *) REPLY='' ;;\n    esac\n}\n"
}

fn long(option: &Spelling) -> String {
    format!("--{}", option.long)
}

/// The long options, and the letters of the short ones.
fn longs_and_shorts(wanted: impl Fn(&Takes) -> bool) -> (Vec<String>, String) {
    let options = || OPTIONS.iter().filter(|option| wanted(&Takes::of(option)));
    (options().map(long).collect(), options().filter_map(|option| option.short).collect())
}

/// A function that both bash and zsh understand: what the option `$1` takes.
fn takes() -> String {
    let mut function = "_flagman_takes() {\n    case $1 in\n".to_owned();
    for option in &OPTIONS {
        let takes = Takes::of(option);
        if !matches!(takes, Takes::Nothing) {
            writeln!(function, "    {}) REPLY='{}' ;;", long(option), takes.word()).unwrap();
        }
    }
    function + "    *) REPLY=nothing ;;\n    esac\n}\n"
}

/// For bash.
pub(super) fn bash() -> String {
    let (all, shorts) = longs_and_shorts(|_| true);
    let (signals, _) = longs_and_shorts(|takes| matches!(takes, Takes::Action | Takes::Signal));
    let (all, signals) = (all.join(" "), signals.join(" "));
    let policies: Vec<String> = POLICIES.iter().map(|row| format!("{}=", row.name)).collect();
    let lists = [
        format!("_flagman_options='{all}'\n"),
        format!("_flagman_signal_options='{signals}'\n"),
        format!("_flagman_letters='{shorts}'\n"),
        format!("_flagman_signals='{}'\n", self::signals()),
        format!("_flagman_policies='{}'\n", policies.join(" ")),
    ];
    lists.concat() + &takes() + &policy_values()
}

/// For zsh, whose lists have explanations.
pub(super) fn zsh() -> String {
    let (_, letters) = longs_and_shorts(|_| true);
    let explain = |spelled: &str, help: &str| quoted(&format!("{spelled}:{help}"));
    let all = list(|_| true, explain);
    let signals = list(|takes| matches!(takes, Takes::Action | Takes::Signal), explain);
    let lists = [
        format!("typeset -ga _flagman_options=(\n{all})\n"),
        format!("typeset -ga _flagman_signal_options=(\n{signals})\n"),
        format!("typeset -g _flagman_letters='{letters}'\n"),
        format!("typeset -ga _flagman_signals=({})\n", self::signals()),
        format!("typeset -ga _flagman_policies=(\n{})\n", policies(explain)),
    ];
    lists.concat() + &takes() + &policy_values()
}

/// For fish, whose lists have explanations after a tab, and in which a function gives its answer on
/// standard output.
pub(super) fn fish() -> String {
    let (_, letters) = longs_and_shorts(|_| true);
    let explain = |spelled: &str, help: &str| format!("{spelled}\\t{} \\", quoted(help));
    let all = list(|_| true, explain);
    let signals = list(|takes| matches!(takes, Takes::Action | Takes::Signal), explain);
    let lists = [
        format!("set -g _flagman_options \\\n{}\n", all.trim_end_matches(" \\\n")),
        format!("set -g _flagman_signal_options \\\n{}\n", signals.trim_end_matches(" \\\n")),
        format!("set -g _flagman_letters {letters}\n"),
        format!("set -g _flagman_signals {}\n", self::signals()),
        format!("set -g _flagman_policies \\\n{}\n", policies(explain).trim_end_matches(" \\\n")),
    ];
    let mut function = "function _flagman_takes\n    switch $argv[1]\n".to_owned();
    for option in &OPTIONS {
        let takes = Takes::of(option);
        if !matches!(takes, Takes::Nothing) {
            let case = format!(
                "        case {}\n            echo {}\n",
                long(option),
                quoted(&takes.word())
            );
            function += &case;
        }
    }
    function += "        case '*'\n            echo nothing\n    end\nend\n";
    function += "function _flagman_policy_values\n    switch $argv[1]\n";
    for (row, words) in POLICIES.iter().filter_map(|row| Some((row, policy_words(row)?))) {
        let words = words.replace(' ', "\\n");
        writeln!(function, "        case {}\n            printf '{words}\\n'", row.name).unwrap();
    }
    lists.concat() + &function + "    end\nend\n"
}

/// A line for each policy.
fn policies(line: impl Fn(&str, &str) -> String) -> String {
    let line = |row: &PolicyRow| line(&format!("{}=", row.name), short(row.help));
    let mut lines = String::new();
    for row in &POLICIES {
        writeln!(lines, "    {}", line(row)).unwrap();
    }
    lines
}

/// A line for each spelling of each wanted option.
fn list(wanted: impl Fn(&Takes) -> bool, line: impl Fn(&str, &str) -> String) -> String {
    let mut list = String::new();
    for option in OPTIONS.iter().filter(|option| wanted(&Takes::of(option))) {
        for spelled in [Some(long(option)), option.short.map(|short| format!("-{short}"))] {
            let line =
                spelled.map(|spelled| format!("    {}\n", line(&spelled, short(option.help))));
            list.extend(line);
        }
    }
    list
}

/// A help as far as it fits beside an option: up to the first colon, semicolon or parenthesis.
fn short(help: &'static str) -> &'static str {
    help.split([':', ';', '(']).next().unwrap_or_default().trim_end()
}

/// In single quotes, as all three shells read them; a backslash would need another way in fish.
fn quoted(text: &str) -> String {
    assert!(!text.contains('\\'), "{text} needs another quoting");
    format!("'{}'", text.replace('\'', "'\\''"))
}
