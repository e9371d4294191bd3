//! A question to the master, and whether a message answers it.

use std::fmt;

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{DNSClass, Name, RecordType};

use crate::arguments::shown;

/// The type of the requested records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The zone's SOA record, to check whether the master serves the zone.
    Soa,
}

impl Kind {
    fn record_type(self) -> RecordType {
        match self {
            Self::A => RecordType::A,
            Self::Aaaa => RecordType::AAAA,
            Self::Soa => RecordType::SOA,
        }
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
}

impl Question {
    /// The questions for the IPv4 and IPv6 addresses of each name.
    pub(crate) fn addresses_of(names: &[Name]) -> Vec<Self> {
        let both =
            |name: &Name| [Kind::A, Kind::Aaaa].map(|kind| Self { name: name.clone(), kind });
        names.iter().flat_map(both).collect()
    }

    /// A query message for this question, with a random ID. It does not request recursion, because
    /// only the master's own answer matters. It does not use EDNS, so that every server understands
    /// it. An answer that does not fit in 512 bytes is requested over TCP.
    pub(crate) fn message(&self) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(self.name.clone(), self.kind.record_type()));
        message
    }

    /// Whether `message` answers the query for this question with this ID (RFC 5452, section 9.1).
    pub(crate) fn is_answered_by(&self, id: u16, message: &Message) -> bool {
        let metadata = &message.metadata;
        metadata.id == id
            && metadata.message_type == MessageType::Response
            && metadata.op_code == OpCode::Query
            && matches!(message.queries.as_slice(), [query] if self.is(query))
    }

    fn is(&self, query: &Query) -> bool {
        *query.name() == self.name
            && query.query_type() == self.kind.record_type()
            && query.query_class() == DNSClass::IN
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", shown(&self.name), self.kind.record_type())
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, MessageType};
    use hickory_proto::rr::Name;

    use super::{Kind, Question};

    fn question(name: &str, kind: Kind) -> Question {
        Question { name: Name::from_ascii(name).expect("a name"), kind }
    }

    fn answer(question: &Question) -> Message {
        let mut message = question.message();
        message.metadata.message_type = MessageType::Response;
        message
    }

    #[test]
    fn both_kinds_of_addresses_are_asked_for() {
        let names = [Name::from_ascii("www.example.test.").expect("a name")];
        let shown: Vec<String> =
            Question::addresses_of(&names).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["www.example.test A", "www.example.test AAAA"]);
    }

    #[test]
    fn an_answer_has_the_id_and_the_question_of_what_it_answers() {
        let asked = question("www.example.test.", Kind::A);
        let right = answer(&asked);
        let id = right.metadata.id;
        assert!(asked.is_answered_by(id, &right));
        assert!(asked.is_answered_by(id, &{
            let mut louder = answer(&question("WWW.example.test.", Kind::A));
            louder.metadata.id = id;
            louder
        }));
        assert!(!asked.is_answered_by(id.wrapping_add(1), &right));
        for other in [question("www.example.test.", Kind::Aaaa), question("example.test.", Kind::A)]
        {
            let mut wrong = answer(&other);
            wrong.metadata.id = id;
            assert!(!asked.is_answered_by(id, &wrong), "{other}");
        }
    }

    #[test]
    fn a_question_answers_nothing() {
        let asked = question("www.example.test.", Kind::A);
        let echo = asked.message();
        assert!(!asked.is_answered_by(echo.metadata.id, &echo));
    }
}
