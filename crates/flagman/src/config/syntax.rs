//! The text as a table of values with their places, or what makes it no TOML.
//!
//! The words of the TOML library stop here: its messages are put into flagman's, which say what to write.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::mistake::Wrong;

/// A key with its place.
pub(super) type Key<'a> = Spanned<DeString<'a>>;

/// A value with its place.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// A table of keys and values.
pub(super) type Table<'a> = DeTable<'a>;

/// Reads the text.
///
/// # Errors
/// It is not TOML; the place is that of the first part which the library could not read.
pub(super) fn parse(text: &str) -> Result<Table<'_>, Wrong> {
    match DeTable::parse(text) {
        Ok(table) => Ok(table.into_inner()),
        Err(error) => {
            let span = error.span().unwrap_or(text.len()..text.len());
            // Where something is missing the library gives a place without a word.
            let (at, word) = if span.is_empty() {
                word_before(text, span.start)
            } else {
                (span.start, text.get(span).unwrap_or_default())
            };
            Err(Wrong::new(at, explain(error.message(), word)))
        }
    }
}

/// What stands between words.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The last word before `end`, and where it begins; no word at the beginning of the text.
fn word_before(text: &str, end: usize) -> (usize, &str) {
    let before = text.get(..end).unwrap_or_default().trim_end_matches(BLANKS);
    let begin = before.rfind(BLANKS).map_or(0, |blank| blank + 1);
    (if begin == before.len() { end } else { begin }, &before[begin..])
}

/// What is wrong with `word`, of which the library says `message`.
fn explain(message: &str, word: &str) -> String {
    let begins = |beginning: &str| message.starts_with(beginning);
    if begins("duplicate key") && word == "action" {
        "`action` is here for the second time; begin each action with `[[action]]`".to_owned()
    } else if begins("duplicate key") {
        format!("`{word}` is here for the second time; remove one of the two")
    } else if begins("string values must be quoted") && word.ends_with('=') {
        format!("there is no value after `{word}`; write one")
    } else if begins("string values must be quoted") {
        format!("`{word}` is not a value; a text needs quotes: \"{word}\"")
    } else if begins("key with no value") {
        format!("`{word}` has no value; write it after a `=`")
    } else if begins("unexpected key or value") {
        format!(
            "`{word}` follows a complete value; begin a new line, or put the whole value into quotes"
        )
    } else if begins("invalid unquoted key") {
        format!("a key with `{word}` needs quotes, as in [signal.\"RTMIN+1\"]")
    } else if begins("invalid boolean") {
        format!("`{word}` is not a value; write `true` or `false`")
    } else {
        let message = message.trim_end_matches(", expected nothing");
        let word = if word.is_empty() { "this".to_owned() } else { format!("`{word}`") };
        format!("{word} is not TOML: {message}")
    }
}

/// What kind of value this is, as a message names it.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A number as the command line has it. One with an exponent stays as it is, and is refused there, as `nan`
/// is.
pub(super) fn number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(integer) => {
            let decimal = i64::from_str_radix(integer.as_str(), integer.radix());
            Some(decimal.map_or_else(|_| integer.to_string(), |decimal| decimal.to_string()))
        }
        DeValue::Float(float) => Some(float.as_str().trim_start_matches('+').to_owned()),
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{number, parse};
    use crate::config::place::Place;

    /// What is wrong with the text, after its line and column.
    fn wrong(text: &str) -> String {
        let wrong = parse(text).expect_err("it is no TOML");
        format!("{}: {}", Place::of(wrong.at, text), wrong.what)
    }

    #[test]
    fn what_is_not_toml_is_told_in_one_line_with_its_place_and_what_to_write() {
        for (text, expected) in [
            (
                "grace = 1\ngrace = 2\n",
                "2:1: `grace` is here for the second time; remove one of the two",
            ),
            (
                "[action]\non = 'hup'\n[action]\n",
                "3:2: `action` is here for the second time; begin each action with `[[action]]`",
            ),
            ("grace = ", "1:7: there is no value after `=`; write one"),
            ("overlap = rerun", "1:11: `rerun` is not a value; a text needs quotes: \"rerun\""),
            ("x = 1\ngrace 10", "2:1: `grace` has no value; write it after a `=`"),
            (
                "grace = 1 overlap = 'x'",
                "1:11: `overlap` follows a complete value; begin a new line, or put the whole value into \
                 quotes",
            ),
            ("[signal.RTMIN+1]", "1:14: a key with `+` needs quotes, as in [signal.\"RTMIN+1\"]"),
            ("quiet = True", "1:9: `True` is not a value; write `true` or `false`"),
            ("[[action]\n", "1:1: `[[action]` is not TOML: unclosed array table, expected `]`"),
            ("a = 'ä", "1:5: `'ä` is not TOML: invalid literal string, expected `'`"),
            ("a = 010", "1:5: `0` is not TOML: unexpected leading zero"),
            (
                "run = ['a'\n'b']",
                "1:7: `['a'` is not TOML: missing comma between array elements, expected `,`",
            ),
            ("\u{1}", "1:1: `\u{1}` has no value; write it after a `=`"),
            ("x = [1, 2\n", "1:9: `2` is not TOML: unclosed array, expected `]`"),
        ] {
            assert_eq!(wrong(text), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_is_so_deep_or_so_wrong_that_it_takes_long_or_ends_flagman() {
        for deep in ["[", "{a=", "[[", "a."] {
            wrong(&format!("a={}", deep.repeat(400_000)));
            wrong(&deep.repeat(400_000));
        }
        wrong(&format!("[{}a]\n", "a.".repeat(400_000)));
        wrong(&"\u{1}=@[ ] .\n".repeat(100_000));
    }

    #[test]
    fn numbers_are_what_the_command_line_would_have() {
        for (typed, word) in [
            ("1_0", "10"),
            ("0x1F", "31"),
            ("-5", "-5"),
            ("+3.50", "3.50"),
            ("1e1", "1e1"),
            ("nan", "nan"),
            ("-inf", "-inf"),
            (
                "99999999999999999999999999999999999999999999",
                "99999999999999999999999999999999999999999999",
            ),
        ] {
            let text = format!("x = {typed}");
            let table = parse(&text).expect("it is TOML");
            let value = table.get("x").expect("it is there");
            assert_eq!(number(value.get_ref()).as_deref(), Some(word), "{typed}");
        }
    }
}
