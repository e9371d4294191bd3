//! What all messages have in common: one JSON object on one line. The name of one member says which
//! message it is.

use std::error::Error;
use std::fmt;

use serde::{Serialize, Serializer};

use super::LONGEST_LINE;
use super::fields::{Fields, Whose};
use super::json::{Json, Object};

/// Why a line is not a message. The text is a sentence in which "it" is the side that sent the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub(super) String);

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Malformed {}

/// Why a message cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// Its line would be longer than [`LONGEST_LINE`].
    TooLong {
        /// How long it would be, in bytes.
        bytes: usize,
    },
    /// It is an [`Unknown`](super::FromProgram::Unknown) message: only the other side knows its fields.
    Unknown,
}

impl fmt::Display for Unsendable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(formatter, "a message of {bytes} bytes is longer than {LONGEST_LINE}")
            }
            Self::Unknown => formatter.write_str("an unknown message cannot be sent"),
        }
    }
}

impl Error for Unsendable {}

/// Encodes `message` as a line, with its newline.
pub(super) fn encode(message: &impl Serialize) -> Result<String, Unsendable> {
    let mut line = serde_json::to_string(message).map_err(|_| Unsendable::Unknown)?;
    if line.len() > LONGEST_LINE {
        return Err(Unsendable::TooLong { bytes: line.len() });
    }
    line.push('\n');
    Ok(line)
}

/// Decodes `line`, which must hold at most one message whose name is in `known`. `read` makes that
/// message from its fields. If there is none, `unknown` gets the name of the first member.
pub(super) fn decode<M>(
    line: &str,
    known: &[&'static str],
    read: impl FnOnce(&'static str, Fields<'_>) -> Result<M, Malformed>,
    unknown: impl FnOnce(String) -> M,
) -> Result<M, Malformed> {
    with_object(line, |mut object| {
        let mut said = known.iter().copied().filter(|name| object.contains(name));
        let Some(name) = said.next() else {
            return Ok(unknown(object.first_name().unwrap_or_default().to_owned()));
        };
        if let Some(second) = said.next() {
            return Err(Malformed(format!("it said `{name}` and `{second}` in one line")));
        }
        let fields = match object.take(name) {
            // A message without fields needs none; any other will report the first that is missing.
            Some(Json::Null) | None => Fields::new(Whose::Message(name), Object::default()),
            Some(value) => Fields::of(Whose::Message(name), value)?,
        };
        read(name, fields)
    })
}

/// Parses `text` as a JSON object and applies `take` to it.
pub(super) fn with_object<T>(
    text: &str,
    take: impl FnOnce(Object<'_>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mended;
    let object = match serde_json::from_str(text) {
        Ok(object) => Ok(object),
        Err(why) => match with_halves_mended(text) {
            Some(text) => {
                mended = text;
                serde_json::from_str(&mended)
            }
            None => Err(why),
        },
    };
    take(object.map_err(|why| no_object(text, &why))?)
}

fn no_object(text: &str, why: &serde_json::Error) -> Malformed {
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    let start = start.escape_debug();
    Malformed(format!("it said `{start}`{more}, which is not a JSON object: {why}"))
}

/// `line` with U+FFFD in place of each unpaired surrogate; `None` if it has none. Several languages write
/// a file name that is not UTF-8 with unpaired surrogates, which is no reason to lose the message.
fn with_halves_mended(line: &str) -> Option<String> {
    let mut mended = String::with_capacity(line.len());
    let mut rest = line;
    let mut found = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let length = match (half(escape), escape.get(6..).and_then(half)) {
            (Some(Half::Leading), Some(Half::Trailing)) => 12,
            (Some(_), _) => {
                found = true;
                mended.push('\u{fffd}');
                rest = &escape[6..];
                continue;
            }
            // The backslash and the character that it escapes.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    mended.push_str(rest);
    found.then_some(mended)
}

/// One half of a surrogate pair, which encodes a character outside the basic multilingual plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Leading,
    Trailing,
}

/// Which half of a surrogate pair the escape at the start of `text` is, if any.
fn half(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::Leading),
        0xdc00..=0xdfff => Some(Half::Trailing),
        _ => None,
    }
}

/// Serializes a message without fields: `{}`.
pub(super) mod nothing {
    use serde::ser::SerializeMap;

    use super::Serializer;

    pub(crate) fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}
