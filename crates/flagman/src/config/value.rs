//! Values of the file as words of the command line, and what to write where one has the wrong type.

use std::fmt::Write;

use toml::de::DeValue;

use super::mistake::Wrong;
use super::syntax::{Value, kind_of, number};
use crate::cli::kind::Kind;

/// The value of `key` as the word that the command line would have for it. Whether an option takes that
/// word is decided there.
///
/// # Errors
/// It has a type that `key` does not take.
pub(super) fn word(key: &str, value: &Value<'_>, kind: Kind) -> Result<String, Wrong> {
    let found = match (kind, value.get_ref()) {
        (Kind::Flag | Kind::Counted { .. }, DeValue::Boolean(truth)) => Some(truth.to_string()),
        (Kind::Number { .. } | Kind::Counted { .. }, integer @ DeValue::Integer(_))
        | (
            Kind::Seconds(_) | Kind::SecondsOfSignal(_) | Kind::SecondsOrNone(_),
            integer @ (DeValue::Integer(_) | DeValue::Float(_)),
        ) => number(integer),
        (Kind::SecondsOrNone(_), DeValue::String(none)) if none == "none" => Some(none.to_string()),
        (
            Kind::OneOf(_)
            | Kind::WordOfSignal { .. }
            | Kind::Directory
            | Kind::File
            | Kind::Label { .. },
            DeValue::String(_),
        ) => Some(text(key, value)?),
        _ => None,
    };
    found.ok_or_else(|| wrong_type(key, value, needs(kind), &example(kind, value.get_ref())))
}

/// The value of `key`, which is a text.
///
/// # Errors
/// It is something else, or has a character that no word of a command line can have.
fn text(key: &str, value: &Value<'_>) -> Result<String, Wrong> {
    let wrong = || wrong_type(key, value, "a text", &shown_in_quotes(value.get_ref()));
    of_text(key, value).unwrap_or_else(|| Err(wrong()))
}

/// The texts of `key`, each with its place: one, or a list.
///
/// # Errors
/// It is something else.
pub(super) fn texts(key: &str, value: &Value<'_>) -> Result<Vec<(String, usize)>, Wrong> {
    let of_list = |one: &Value<'_>| {
        let at = one.span().start;
        let wrong = || {
            let (is, quoted) = (kind_of(one.get_ref()), shown_in_quotes(one.get_ref()));
            Wrong::new(
                at,
                format!("`{key}` needs texts in its list, not {is}; write {quoted} there"),
            )
        };
        Ok((of_text(key, one).unwrap_or_else(|| Err(wrong()))?, at))
    };
    match value.get_ref() {
        DeValue::Array(all) => all.iter().map(of_list).collect(),
        _ => Ok(vec![(text(key, value)?, value.span().start)]),
    }
}

/// The text that `value` is; `None` if it is something else.
fn of_text(key: &str, value: &Value<'_>) -> Option<Result<String, Wrong>> {
    let text = value.get_ref().as_str()?;
    if text.contains('\0') {
        let what = format!("`{key}` has the character U+0000, which no word can have; remove it");
        return Some(Err(Wrong::new(value.span().start, what)));
    }
    Some(Ok(text.to_owned()))
}

/// The mistake of a value that has the wrong type.
pub(super) fn wrong_type(key: &str, value: &Value<'_>, needs: &str, example: &str) -> Wrong {
    let is = kind_of(value.get_ref());
    let what = format!("`{key}` needs {needs}, not {is}; write {key} = {example}");
    Wrong::new(value.span().start, what)
}

/// What a key of this kind needs.
fn needs(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "`true` or `false`",
        Kind::Counted { .. } => "`true`, `false` or a whole number",
        Kind::Seconds(_) | Kind::SecondsOfSignal(_) => "a number of seconds",
        Kind::SecondsOrNone(_) => "a number of seconds or \"none\"",
        Kind::Number { .. } => "a whole number",
        Kind::Directory => "a text or a list of texts",
        Kind::OneOf(_) | Kind::WordOfSignal { .. } | Kind::File | Kind::Label { .. } => "a text",
        Kind::Action | Kind::ActionOfSignal => "an action",
    }
}

/// A value of this kind: what `value` was probably meant to be, or any.
fn example(kind: Kind, value: &DeValue<'_>) -> String {
    let shown = shown(value);
    let is_number =
        |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        Kind::Flag => shown.filter(|word| word == "false").unwrap_or("true".to_owned()),
        Kind::Counted { .. } => "1".to_owned(),
        Kind::Seconds(_) | Kind::SecondsOfSignal(_) | Kind::SecondsOrNone(_) => {
            shown.filter(is_number).unwrap_or("10".to_owned())
        }
        Kind::Number { .. } => shown.filter(is_number).unwrap_or("3".to_owned()),
        Kind::OneOf(words) | Kind::WordOfSignal { all: words, .. } => {
            in_quotes(words.last().unwrap_or(&""))
        }
        Kind::Directory => in_quotes("/usr/local/lib/flagman/actions"),
        Kind::File => in_quotes("/run/flagman.pid"),
        Kind::Label { .. } => in_quotes(&shown.unwrap_or("backup".to_owned())),
        Kind::Action | Kind::ActionOfSignal => "...".to_owned(),
    }
}

/// A single value as it is written, without quotes.
fn shown(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) => number(value),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn shown_in_quotes(value: &DeValue<'_>) -> String {
    shown(value).map_or("\"...\"".to_owned(), |shown| in_quotes(&shown))
}

/// A text as a file has it.
pub(crate) fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a String does not fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Words as a list of a file.
pub(crate) fn in_list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| in_quotes(word)).collect();
    format!("[{}]", words.join(", "))
}
