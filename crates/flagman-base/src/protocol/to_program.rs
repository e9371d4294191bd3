//! What flagman says to an action program.

use serde::Serialize;

use super::fields::{Fields, Whose};
use super::json::Json;
use super::message::{self, Malformed, Unsendable, nothing};
use crate::{Arrival, Sender, Signal};

/// What flagman says to an action program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToProgram {
    /// The first message; the program answers with its own
    /// [`Hello`](super::FromProgram::Hello).
    Hello {
        /// The version of the protocol that flagman speaks.
        protocol: u32,
        /// flagman's own version.
        flagman: String,
    },
    /// Set up the action. The answer is [`Ready`](super::FromProgram::Ready), or
    /// [`Failed`](super::FromProgram::Failed) without an id.
    SetUp {
        /// The words after the action's name.
        arguments: Vec<String>,
    },
    /// Run the action. The answer has the same id and is [`Done`](super::FromProgram::Done),
    /// [`Failed`](super::FromProgram::Failed) or [`Closed`](super::FromProgram::Closed).
    Run {
        /// The id that the answer must have.
        id: u64,
        /// The signal to handle.
        #[serde(flatten)]
        arrival: Arrival,
    },
    /// Tear down the action. The answer is [`Gone`](super::FromProgram::Gone); then the program exits.
    #[serde(serialize_with = "nothing::serialize")]
    TearDown,
    /// A message that only a newer flagman sends, by its name. Ignore it.
    #[serde(skip)]
    Unknown(String),
}

const KNOWN: [&str; 4] = ["hello", "set_up", "run", "tear_down"];

impl ToProgram {
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

    fn read(name: &'static str, mut fields: Fields<'_>) -> Result<Self, Malformed> {
        Ok(match name {
            "hello" => Self::Hello {
                protocol: fields.number("protocol")?,
                flagman: fields.text("flagman")?.into_owned(),
            },
            "set_up" => Self::SetUp { arguments: words(fields.list("arguments")?)? },
            "run" => Self::Run { id: fields.number("id")?, arrival: arrival(name, fields)? },
            "tear_down" => Self::TearDown,
            other => Self::Unknown(other.to_owned()),
        })
    }
}

fn words(list: Vec<Json<'_>>) -> Result<Vec<String>, Malformed> {
    list.into_iter()
        .map(|word| match word {
            Json::Text(word) => Ok(word.into_owned()),
            other => {
                let kind = other.kind();
                Err(Malformed(format!("an argument must be a string, and is {kind}")))
            }
        })
        .collect()
}

fn arrival(message: &str, mut fields: Fields<'_>) -> Result<Arrival, Malformed> {
    let name = fields.text("signal")?;
    let signal = Signal::from_name(&name);
    Ok(Arrival {
        signal: signal.ok_or_else(|| Malformed(format!("unknown signal `{name}`")))?,
        count: fields.number("count")?,
        sender: fields.optional("sender").map(|value| sender(message, value)).transpose()?,
        value: fields.optional_signed("value")?,
    })
}

fn sender(message: &str, value: Json<'_>) -> Result<Sender, Malformed> {
    let mut fields = Fields::of(Whose::Within { name: "sender", message }, value)?;
    Ok(Sender { pid: fields.number("pid")?, uid: fields.number("uid")? })
}

#[cfg(test)]
mod tests {
    use super::ToProgram;
    use crate::{Arrival, Sender, Signal};

    fn arrival(sender: Option<Sender>) -> Arrival {
        Arrival::new(Signal::USR1).sent_by(sender)
    }

    fn golden() -> [(ToProgram, &'static str); 5] {
        let sender = Some(Sender { pid: 7, uid: 0 });
        [
            (
                ToProgram::Hello { protocol: 1, flagman: "0.1.0".into() },
                r#"{"hello":{"protocol":1,"flagman":"0.1.0"}}"#,
            ),
            (
                ToProgram::SetUp { arguments: vec!["a".into(), "b".into()] },
                r#"{"set_up":{"arguments":["a","b"]}}"#,
            ),
            (
                ToProgram::Run { id: 1, arrival: arrival(sender) },
                r#"{"run":{"id":1,"signal":"SIGUSR1","count":1,"sender":{"pid":7,"uid":0}}}"#,
            ),
            (
                ToProgram::Run { id: 2, arrival: arrival(None) },
                r#"{"run":{"id":2,"signal":"SIGUSR1","count":1,"sender":null}}"#,
            ),
            (ToProgram::TearDown, r#"{"tear_down":{}}"#),
        ]
    }

    #[test]
    fn each_message_is_the_line_that_the_contract_says() {
        for (message, line) in golden() {
            assert_eq!(message.encode(), Ok(format!("{line}\n")));
            assert_eq!(ToProgram::decode(line), Ok(message));
        }
    }

    #[test]
    fn a_value_is_a_field_of_its_own_and_absent_when_there_is_none() {
        let third = Signal::parse("RTMIN+3").expect("it is one");
        let carrying =
            |value| Arrival::new(third).sent_by(Sender { pid: 7, uid: 0 }).carrying(value);
        for (value, field) in [
            (None, ""),
            (Some(0), r#","value":0"#),
            (Some(5), r#","value":5"#),
            (Some(-5), r#","value":-5"#),
            (Some(i32::MAX), r#","value":2147483647"#),
            (Some(i32::MIN), r#","value":-2147483648"#),
        ] {
            let message = ToProgram::Run { id: 1, arrival: carrying(value) };
            let line = format!(
                r#"{{"run":{{"id":1,"signal":"SIGRTMIN+3","count":1,"sender":{{"pid":7,"uid":0}}{field}}}}}"#
            );
            assert_eq!(message.encode(), Ok(format!("{line}\n")));
            assert_eq!(ToProgram::decode(&line), Ok(message));
        }
    }

    #[test]
    fn a_value_that_is_null_is_none_and_one_that_is_no_whole_number_of_32_bits_is_malformed() {
        let run = |value: &str| {
            let line =
                format!(r#"{{"run":{{"id":2,"signal":"SIGUSR1","count":1,"value":{value}}}}}"#);
            ToProgram::decode(&line)
        };
        assert_eq!(run("null"), Ok(ToProgram::Run { id: 2, arrival: arrival(None) }));
        let five = arrival(None).carrying(5);
        assert_eq!(run("5.0"), Ok(ToProgram::Run { id: 2, arrival: five }));
        for (value, kind) in [
            ("2147483648", "a number"),
            ("-2147483649", "a number"),
            ("1e300", "a number"),
            ("5.5", "a number"),
            ("\"5\"", "a string"),
            ("true", "true or false"),
            ("[5]", "a list"),
            ("{}", "an object"),
        ] {
            let malformed = run(value).unwrap_err().to_string();
            let why =
                format!("its message `run` has {kind} for its `value`, which must be a whole");
            assert!(malformed.contains(&why), "{malformed}");
        }
    }

    #[test]
    fn what_only_a_newer_flagman_says_is_unknown_and_its_fields_are_ignored() {
        let decoded = ToProgram::decode(r#"{"pause":{"seconds":1}}"#);
        assert_eq!(decoded, Ok(ToProgram::Unknown("pause".into())));
        let decoded = ToProgram::decode(r#"{"tear_down":{"why":"restart"},"at":1}"#);
        assert_eq!(decoded, Ok(ToProgram::TearDown));
        let newer = r#"{"run":{"id":2,"urgency":5,"count":1,"signal":"SIGUSR1"}}"#;
        let expected = ToProgram::Run { id: 2, arrival: arrival(None) };
        assert_eq!(ToProgram::decode(newer), Ok(expected));
    }

    #[test]
    fn a_message_that_lacks_something_is_malformed() {
        let bad = [
            (r#"{"set_up":{}}"#, "its message `set_up` has no `arguments`"),
            (r#"{"run":{"id":1,"signal":"SIGNO","count":1}}"#, "unknown signal `SIGNO`"),
            (
                r#"{"hello":{"protocol":-1,"flagman":"1"}}"#,
                "its message `hello` has a number for its `protocol`",
            ),
        ];
        for (line, why) in bad {
            let malformed = ToProgram::decode(line).unwrap_err().to_string();
            assert!(malformed.contains(why), "{malformed}");
        }
    }

    #[test]
    fn a_field_of_another_kind_is_named_with_what_it_is_and_should_be() {
        let run = |sender: &str| {
            format!(r#"{{"run":{{"id":1,"signal":"SIGHUP","count":1,"sender":{sender}}}}}"#)
        };
        let argument = |argument: &str| format!(r#"{{"set_up":{{"arguments":["a",{argument}]}}}}"#);
        let cases = [
            (
                r#"{"set_up":{"arguments":"a"}}"#.into(),
                "a string for its `arguments`, which must be a list",
            ),
            (run("7"), "`sender` of its message `run` is a number, not an object"),
            (argument("null"), "an argument must be a string, and is null"),
            (argument("true"), "an argument must be a string, and is true or false"),
            (argument("[]"), "an argument must be a string, and is a list"),
            (argument("{}"), "an argument must be a string, and is an object"),
        ];
        for (line, why) in cases {
            let malformed = ToProgram::decode(&line).unwrap_err().to_string();
            assert!(malformed.ends_with(why), "{malformed}");
        }
    }
}
