//! What flagman says to an action program.

use serde::{Deserialize, Serialize};

use super::message::{self, Malformed, Unsendable, nothing};
use crate::Arrival;

/// What flagman says to an action program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// To be answered with [`Ready`](super::FromProgram::Ready), or with
    /// [`Failed`](super::FromProgram::Failed) without an id.
    SetUp {
        /// The words after the action's name.
        arguments: Vec<String>,
    },
    /// To be answered, by its id, with [`Done`](super::FromProgram::Done),
    /// [`Failed`](super::FromProgram::Failed) or [`Closed`](super::FromProgram::Closed).
    Run {
        /// What the answer must name.
        id: u64,
        /// What the run is for.
        #[serde(flatten)]
        arrival: Arrival,
    },
    /// To be answered with [`Gone`](super::FromProgram::Gone), after which the program exits.
    #[serde(with = "nothing")]
    TearDown,
    /// Something that only a newer flagman says, by its name. It is to be ignored.
    #[serde(skip)]
    Unknown(String),
}

const KNOWN: [&str; 4] = ["hello", "set_up", "run", "tear_down"];

impl ToProgram {
    /// The line that says this, with its newline.
    ///
    /// # Errors
    /// The line would be longer than [`LONGEST_LINE`](super::LONGEST_LINE).
    pub fn encode(&self) -> Result<String, Unsendable> {
        message::encode(self)
    }

    /// What `line`, without its newline, says.
    ///
    /// # Errors
    /// It is not a JSON object, or a known message lacks what it needs.
    pub fn decode(line: &str) -> Result<Self, Malformed> {
        Ok(message::decode(line, &KNOWN)?.unwrap_or_else(Self::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::ToProgram;
    use crate::{Arrival, Sender, Signal};

    fn arrival(sender: Option<Sender>) -> Arrival {
        Arrival { signal: Signal::USR1, count: 1, sender }
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
    fn what_only_a_newer_flagman_says_is_unknown_and_its_fields_are_ignored() {
        let decoded = ToProgram::decode(r#"{"pause":{"seconds":1}}"#);
        assert_eq!(decoded, Ok(ToProgram::Unknown("pause".into())));
        let decoded = ToProgram::decode(r#"{"tear_down":{"why":"restart"},"at":1}"#);
        assert_eq!(decoded, Ok(ToProgram::TearDown));
        let newer = r#"{"run":{"id":2,"value":5,"count":1,"signal":"SIGUSR1"}}"#;
        let expected = ToProgram::Run { id: 2, arrival: arrival(None) };
        assert_eq!(ToProgram::decode(newer), Ok(expected));
    }

    #[test]
    fn a_message_that_lacks_something_is_malformed() {
        let bad = [
            (r#"{"set_up":{}}"#, "missing field `arguments`"),
            (r#"{"run":{"id":1,"signal":"SIGNO","count":1}}"#, "there is no signal `SIGNO`"),
            (r#"{"hello":{"protocol":-1,"flagman":"1"}}"#, "invalid value"),
        ];
        for (line, why) in bad {
            let malformed = ToProgram::decode(line).unwrap_err().to_string();
            assert!(malformed.contains(why), "{malformed}");
        }
    }
}
