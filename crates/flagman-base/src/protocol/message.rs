//! What all messages have in common: one JSON object on one line, in which one member, by its
//! name, is the message.

use std::error::Error;
use std::fmt;

use serde::{Serialize, Serializer};

use super::LONGEST_LINE;
use super::fields::{Fields, Whose};
use super::json::{Json, Object};

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
            // Of a message without fields it does not matter; any other will miss them.
            Some(Json::Null) | None => Fields::new(Whose::Message(name), Object::default()),
            Some(value) => Fields::of(Whose::Message(name), value)?,
        };
        read(name, fields)
    })
}

/// Takes what is needed out of the JSON object that `text` is.
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
    Malformed(format!("it said `{start}`{more}, which is no JSON object: {why}"))
}

/// `line` with U+FFFD for each half of a surrogate pair that stands alone, if there is one. What several
/// languages write for a file name that is not UTF-8 is such a half, and no reason to lose the message.
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
