//! What all messages have in common: one JSON object on one line, in which one member, by its
//! name, is the message.

use std::error::Error;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::LONGEST_LINE;

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

/// The one message in `line` whose name is among `known`, or the name of one that is not known.
pub(super) fn decode<M: DeserializeOwned>(
    line: &str,
    known: &[&str],
) -> Result<Result<M, String>, Malformed> {
    let (mut messages, unknown): (Map<_, _>, Map<_, _>) =
        object(line)?.into_iter().partition(|(name, _)| known.contains(&name.as_str()));
    let Some(name) = messages.keys().next().cloned() else {
        return Ok(Err(unknown.into_iter().next().map(|(name, _)| name).unwrap_or_default()));
    };
    if messages.len() > 1 {
        let names: Vec<String> = messages.keys().map(|name| format!("`{name}`")).collect();
        return Err(Malformed(format!("it said {} in one line", names.join(" and "))));
    }
    let message = serde_json::from_value(Value::Object(std::mem::take(&mut messages)));
    message.map(Ok).map_err(|why| Malformed(format!("its message `{name}` is not valid: {why}")))
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

/// A message without fields: `{}`. Whatever a newer side puts into it is ignored.
pub(super) mod nothing {
    use serde::de::{Deserialize, Deserializer, IgnoredAny};
    use serde::ser::SerializeMap;

    use super::Serializer;

    pub(crate) fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(input).map(drop)
    }
}
