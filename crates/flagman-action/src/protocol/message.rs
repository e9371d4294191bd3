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

/// A line's one message.
pub(super) enum Decoded<'a> {
    /// One of those that are known, and its fields.
    Known(&'a str, Fields),
    /// The name of one that is not known.
    Unknown(String),
}

/// The one message in `line` whose name is among `known`, or the name of one that is not known.
pub(super) fn decode<'a>(line: &str, known: &[&'a str]) -> Result<Decoded<'a>, Malformed> {
    let mut object = object(line)?;
    let mut said = known.iter().filter(|name| object.contains_key(**name)).copied();
    let Some(name) = said.next() else {
        return Ok(Decoded::Unknown(object.into_iter().next().unwrap_or_default().0));
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
    Ok(Decoded::Known(name, Fields::new(format!("its message `{name}`"), fields)))
}

/// Reads a JSON object.
pub(super) fn object(line: &str) -> Result<Map<String, Value>, Malformed> {
    serde_json::from_str(line).map_err(|why| {
        let start: String = line.chars().take(60).collect();
        let more = if start.len() < line.len() { "…" } else { "" };
        Malformed(format!(
            "it said `{}`{more}, which is no JSON object: {why}",
            start.escape_debug()
        ))
    })
}

/// Serializes a message without fields: `{}`.
pub(super) mod nothing {
    use serde::ser::SerializeMap;

    use super::Serializer;

    pub(crate) fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}
