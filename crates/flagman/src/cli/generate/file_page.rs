//! The generated parts of flagman.toml(5).

use super::super::kind::Kind;
use super::super::options::{InFile, POLICIES};
use super::page::{bold, entry, escaped, sentence, text, value};
use crate::config::keys;

/// An entry for each key at the top.
pub(super) fn top() -> String {
    keys::of_top()
        .map(|(_, row)| {
            let reload = match row.in_file {
                InFile::Reloaded | InFile::Never => "",
                InFile::UntilRestart => " A reload cannot change it.",
            };
            key(row.long, row.kind, Part::Top, &format!("{}{reload}", sentence(for_all(row.help))))
        })
        .collect()
}

/// An entry for each key of a signal.
pub(super) fn signal() -> String {
    keys::of_signal()
        .map(|(_, row)| {
            let body = "As the key at the top, for this signal alone. It wins over that one.";
            key(row.long, row.kind, Part::Signal, body)
        })
        .collect()
}

/// An entry for each policy.
pub(super) fn policies() -> String {
    POLICIES
        .iter()
        .map(|row| {
            let body = format!("{} The default is {}.", sentence(row.help), row.default);
            key(row.name, row.kind, Part::Action, &body)
        })
        .collect()
}

/// What is said of an option, without how the command line gives it for one signal.
pub(super) fn for_all(help: &str) -> &str {
    help.split_once("; for one signal as in").map_or(help, |(for_all, _)| for_all)
}

/// Where a key stands.
#[derive(Clone, Copy)]
enum Part {
    Top,
    Signal,
    Action,
}

fn key(name: &str, kind: Kind, part: Part, body: &str) -> String {
    entry(&format!("{} = {}", bold(name), shown(kind, part)), &text(body))
}

/// What stands after the `=`.
fn shown(kind: Kind, part: Part) -> String {
    let quoted = |words: &[&str]| {
        let words: Vec<String> =
            words.iter().map(|word| escaped("\"") + &bold(word) + "\"").collect();
        words.join(" | ")
    };
    match (kind, part) {
        (Kind::Flag, _) => format!("{} | {}", bold("true"), bold("false")),
        (Kind::Counted { .. }, _) => {
            format!("{} | {} | {}", bold("true"), bold("false"), value("NUMBER"))
        }
        (Kind::Seconds(_) | Kind::SecondsOfSignal(_), _) => value("SECONDS"),
        (Kind::SecondsOrNone(_), _) => format!("{} | {}", value("SECONDS"), quoted(&["none"])),
        (Kind::Number { .. }, _) => value("NUMBER"),
        (Kind::OneOf(words), _)
        | (Kind::WordOfSignal { all: words, .. }, Part::Top | Part::Action)
        | (Kind::WordOfSignal { one: words, .. }, Part::Signal) => quoted(words),
        (Kind::Directory, _) => format!("\"{}\" | [\"{0}\", ...]", value("DIR")),
        (Kind::File, _) => format!("\"{}\"", value("FILE")),
        (Kind::Label { .. }, _) => format!("\"{}\"", value("NAME")),
        (Kind::Action | Kind::ActionOfSignal, _) => panic!("no file has it"),
    }
}
