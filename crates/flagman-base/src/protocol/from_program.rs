//! What an action program says to flagman.

use serde::Serialize;

use super::fields::Fields;
use super::message::{self, Malformed, Unsendable, nothing};

/// What an action program says to flagman.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FromProgram {
    /// The answer to [`Hello`](super::ToProgram::Hello).
    Hello {
        /// The version of the protocol that the program speaks.
        protocol: u32,
    },
    /// The action is set up.
    #[serde(serialize_with = "nothing::serialize")]
    Ready,
    /// The run is done.
    Done {
        /// The id of the run.
        id: u64,
    },
    /// The run has failed; without an id, the set-up has failed.
    Failed {
        /// The id of the run; `None` for the set-up.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// Why, with all causes.
        message: String,
    },
    /// The run is done, and the action has no more work.
    Closed {
        /// The id of the run.
        id: u64,
        /// Why the action has no more work.
        reason: String,
    },
    /// The action is torn down, and the program is about to exit.
    #[serde(serialize_with = "nothing::serialize")]
    Gone,
    /// A line for flagman's log, at any time.
    Log {
        /// How severe it is.
        level: Level,
        /// The text of the line.
        message: String,
    },
    /// A message that only a newer program sends, by its name. Ignore it.
    #[serde(skip)]
    Unknown(String),
}

const KNOWN: [&str; 7] = ["hello", "ready", "done", "failed", "closed", "gone", "log"];

impl FromProgram {
    /// Encodes it as a line, with its newline.
    ///
    /// # Errors
    /// The line would be longer than [`LONGEST_LINE`](super::LONGEST_LINE).
    pub fn encode(&self) -> Result<String, Unsendable> {
        message::encode(self)
    }

    /// Decodes `line`, given without its newline.
    ///
    /// # Errors
    /// It is not a JSON object, or a known message lacks a field or has one of the wrong type.
    pub fn decode(line: &str) -> Result<Self, Malformed> {
        message::decode(line, &KNOWN, Self::read, Self::Unknown)
    }

    fn read(name: &str, mut fields: Fields<'_>) -> Result<Self, Malformed> {
        Ok(match name {
            "hello" => Self::Hello { protocol: fields.number("protocol")? },
            "ready" => Self::Ready,
            "done" => Self::Done { id: fields.number("id")? },
            "failed" => Self::Failed {
                id: fields.optional_number("id")?,
                message: fields.text("message")?.into_owned(),
            },
            "closed" => Self::Closed {
                id: fields.number("id")?,
                reason: fields.text("reason")?.into_owned(),
            },
            "gone" => Self::Gone,
            "log" => Self::Log {
                level: Level::from_name(&fields.text("level")?),
                message: fields.text("message")?.into_owned(),
            },
            other => Self::Unknown(other.to_owned()),
        })
    }
}

impl FromProgram {
    /// The name of the message in the protocol.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Ready => "ready",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Closed { .. } => "closed",
            Self::Gone => "gone",
            Self::Log { .. } => "log",
            Self::Unknown(name) => name,
        }
    }
}

/// How severe a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// flagman shows it even when it is quiet.
    Critical,
    /// Something failed.
    Error,
    /// A person should look at it.
    Warning,
    /// What was done.
    Info,
    /// Details for finding a mistake.
    Debug,
}

impl Level {
    /// Accepts upper and lower case, and also `warn` and `trace`, which several languages use. An unknown
    /// level is no reason to lose the line: it counts as [`Level::Info`].
    fn from_name(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "error" => Self::Error,
            "warning" | "warn" => Self::Warning,
            "debug" | "trace" => Self::Debug,
            _ => Self::Info,
        }
    }
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Error => Self::Error,
            log::Level::Warn => Self::Warning,
            log::Level::Info => Self::Info,
            log::Level::Debug | log::Level::Trace => Self::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FromProgram, Level};
    use crate::protocol::{LONGEST_LINE, Unsendable};

    fn golden() -> [(FromProgram, &'static str); 8] {
        [
            (FromProgram::Hello { protocol: 1 }, r#"{"hello":{"protocol":1}}"#),
            (FromProgram::Ready, r#"{"ready":{}}"#),
            (
                FromProgram::Failed { id: None, message: "...".into() },
                r#"{"failed":{"message":"..."}}"#,
            ),
            (FromProgram::Done { id: 1 }, r#"{"done":{"id":1}}"#),
            (
                FromProgram::Failed { id: Some(1), message: "...".into() },
                r#"{"failed":{"id":1,"message":"..."}}"#,
            ),
            (
                FromProgram::Closed { id: 1, reason: "...".into() },
                r#"{"closed":{"id":1,"reason":"..."}}"#,
            ),
            (FromProgram::Gone, r#"{"gone":{}}"#),
            (
                FromProgram::Log { level: Level::Warning, message: "...".into() },
                r#"{"log":{"level":"warning","message":"..."}}"#,
            ),
        ]
    }

    #[test]
    fn each_message_is_the_line_that_the_contract_says() {
        for (message, line) in golden() {
            assert_eq!(message.encode(), Ok(format!("{line}\n")));
            assert!(line.starts_with(&format!("{{\"{}\":", message.name())), "{line}");
            assert_eq!(FromProgram::decode(line), Ok(message));
        }
    }

    #[test]
    fn a_newline_in_a_text_does_not_end_the_line() {
        let message = FromProgram::Failed { id: None, message: "a\nb\u{0}".into() };
        let line = message.encode().expect("it is short");
        assert_eq!(line.find('\n'), Some(line.len() - 1));
        assert_eq!(FromProgram::decode(line.trim_end()), Ok(message));
    }

    #[test]
    fn what_only_a_newer_program_says_is_unknown_and_its_fields_are_ignored() {
        let decoded = FromProgram::decode(r#"{"progress":{"percent":1}}"#);
        assert_eq!(decoded, Ok(FromProgram::Unknown("progress".into())));
        assert_eq!(FromProgram::Unknown("progress".into()).name(), "progress");
        assert_eq!(FromProgram::decode("{}"), Ok(FromProgram::Unknown(String::new())));
        let decoded = FromProgram::decode(r#"{"took":3,"done":{"id":1,"took":3}}"#);
        assert_eq!(decoded, Ok(FromProgram::Done { id: 1 }));
        assert_eq!(FromProgram::decode(r#"{"gone":null}"#), Ok(FromProgram::Gone));
    }

    #[test]
    fn the_levels_of_other_languages_are_understood() {
        let levels = [
            ("CRITICAL", Level::Critical),
            ("error", Level::Error),
            ("warn", Level::Warning),
            ("Info", Level::Info),
            ("trace", Level::Debug),
            ("notice", Level::Info),
        ];
        for (name, level) in levels {
            let line = format!(r#"{{"log":{{"level":"{name}","message":""}}}}"#);
            let expected = FromProgram::Log { level, message: String::new() };
            assert_eq!(FromProgram::decode(&line), Ok(expected));
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_reason_to_lose_a_message() {
        let log =
            |message: &str| FromProgram::Log { level: Level::Info, message: message.to_owned() };
        let cases = [
            (r"a\udce9b", "a\u{fffd}b"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83d\ud83d\ude00\ude00", "\u{fffd}\u{1f600}\u{fffd}"),
            (r"\\udce9 \udce9", "\\udce9 \u{fffd}"),
            (r"\n\udce9é", "\n\u{fffd}é"),
        ];
        for (escaped, message) in cases {
            let line = format!(r#"{{"log":{{"level":"info","message":"{escaped}"}}}}"#);
            assert_eq!(FromProgram::decode(&line), Ok(log(message)), "{escaped}");
        }
        for line in [r#"{"a":"\udce"}"#, r#"{"a":"\udce9"#, r#"{"a":"\udce9é\"#, r"\udce9"] {
            assert!(FromProgram::decode(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_as_a_float() {
        for id in ["7", "7.0", "7e0", "70e-1"] {
            let line = format!(r#"{{"done":{{"id":{id}}}}}"#);
            assert_eq!(FromProgram::decode(&line), Ok(FromProgram::Done { id: 7 }), "{id}");
        }
        for id in ["7.5", "-7", "1e300", "-0.5", "18446744073709551616"] {
            let line = format!(r#"{{"done":{{"id":{id}}}}}"#);
            assert!(FromProgram::decode(&line).is_err(), "{id}");
        }
    }

    #[test]
    fn garbage_is_malformed_in_a_sentence_that_a_person_understands() {
        let long = "x".repeat(100);
        let bad = [
            ("", "it said ``, which is not a JSON object: EOF"),
            ("Traceback (most", "it said `Traceback (most`, which is not a JSON object"),
            (long.as_str(), "xxx`…, which is not a JSON object"),
            ("a\u{1b}[31m", r"it said `a\u{1b}[31m`"),
            ("[1]", "it said `[1]`, which is not a JSON object: invalid type: sequence"),
            (r#"{"done":{"id":1}"#, "EOF while parsing"),
            (r#"{"done":{}}"#, "its message `done` has no `id`"),
            (
                r#"{"done":{"id":"1"}}"#,
                "its message `done` has a string for its `id`, which must be a whole number",
            ),
            (r#"{"done":{"id":null}}"#, "its message `done` has null for its `id`"),
            (r#"{"done":{"id":true}}"#, "its message `done` has true or false for its `id`"),
            (r#"{"done":{"id":[1]}}"#, "its message `done` has a list for its `id`"),
            (r#"{"done":{"id":{}}}"#, "its message `done` has an object for its `id`"),
            (r#"{"done":1}"#, "its message `done` is a number, not an object"),
            (r#"{"done":{"id":1},"gone":{}}"#, "it said `done` and `gone` in one line"),
        ];
        for (line, why) in bad {
            let malformed = FromProgram::decode(line).unwrap_err().to_string();
            assert!(malformed.contains(why), "{malformed}");
        }
    }

    #[test]
    fn a_message_that_would_be_too_long_a_line_cannot_be_sent() {
        let of = |length| FromProgram::Closed { id: 1, reason: "x".repeat(length) }.encode();
        let empty = of(0).expect("it is short").len() - 1;
        assert!(of(LONGEST_LINE - empty).is_ok());
        let bytes = LONGEST_LINE + 1;
        assert_eq!(of(LONGEST_LINE - empty + 1), Err(Unsendable::TooLong { bytes }));
        let unknown = FromProgram::Unknown("x".into());
        assert_eq!(unknown.encode(), Err(Unsendable::Unknown));
        assert_eq!(Unsendable::Unknown.to_string(), "an unknown message cannot be sent");
    }
}
