//! What all messages have in common: one JSON object on one line, in which one member, by its
//! name, is the message.

use std::error::Error;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::LONGEST_LINE;
use super::fields::{self, Fields};

/// Why a line is not a message: a sentence about the side that sent it, which "it" stands for.
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
    /// It is one that only the other side can know.
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

/// The line that says `message`, with its newline.
pub(super) fn encode(message: &impl Serialize) -> Result<String, Unsendable> {
    let mut line = serde_json::to_string(message).map_err(|_| Unsendable::Unknown)?;
    if line.len() > LONGEST_LINE {
        return Err(Unsendable::TooLong { bytes: line.len() });
    }
    line.push('\n');
    Ok(line)
}

/// The one message in `line` whose name is among `known`, as `read` takes it from its fields, or what
/// `unknown` makes of the name of one that is not known.
pub(super) fn decode<M>(
    line: &str,
    known: &[&str],
    read: fn(&str, Fields) -> Result<M, Malformed>,
    unknown: fn(String) -> M,
) -> Result<M, Malformed> {
    let mut object = object(line)?;
    let mut said = known.iter().filter(|name| object.contains_key(**name)).copied();
    let Some(name) = said.next() else {
        return Ok(unknown(object.into_iter().next().unwrap_or_default().0));
    };
    if let Some(second) = said.next() {
        return Err(Malformed(format!("it said `{name}` and `{second}` in one line")));
    }
    let fields = match object.remove(name) {
        Some(Value::Object(fields)) => fields,
        // Of a message without fields it does not matter; any other will miss them.
        Some(Value::Null) | None => Map::new(),
        Some(other) => {
            let kind = fields::kind(&other);
            return Err(Malformed(format!("its message `{name}` is {kind}, not an object")));
        }
    };
    read(name, Fields::new(format!("its message `{name}`"), fields))
}

/// Reads a JSON object.
pub(super) fn object(line: &str) -> Result<Map<String, Value>, Malformed> {
    let read = serde_json::from_str(line);
    let read = read.or_else(|why| serde_json::from_str(&mended(line).ok_or(why)?));
    read.map_err(|why| {
        let start: String = line.chars().take(60).collect();
        let more = if start.len() < line.len() { "…" } else { "" };
        Malformed(format!(
            "it said `{}`{more}, which is no JSON object: {why}",
            start.escape_debug()
        ))
    })
}

/// `line` with U+FFFD for each half of a surrogate pair that stands alone, if there is one. What several
/// languages write for a file name that is not UTF-8 is such a half, and no reason to lose the message.
fn mended(line: &str) -> Option<String> {
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
            // The backslash, and what it escapes.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    mended.push_str(rest);
    found.then_some(mended)
}

/// One of the two that make a character outside the basic plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Leading,
    Trailing,
}

/// Which half of a surrogate pair the escape is that `text` begins with.
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
