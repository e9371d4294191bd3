//! Reads an answer: a set of addresses, or a failure that leaves the addresses unknown.
//!
//! NOERROR and NXDOMAIN are answers, even without an address. Any other response code and a missing
//! answer are failures, which do not change what is known about the addresses.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::IpAddr;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData};

use crate::question::Question;

/// The addresses of a name, sorted, because the order of records in an answer has no meaning.
pub(crate) type Addresses = BTreeSet<IpAddr>;

/// Why there is no usable answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No answer arrived in time.
    Silence,
    /// The master responded that it cannot or will not answer.
    Code(ResponseCode),
    /// The answer was truncated, over TCP too.
    Truncated,
    /// The question could not be sent, or the answer could not be received.
    Exchange(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence => formatter.write_str("the master did not answer in time"),
            Self::Code(ResponseCode::ServFail) => formatter.write_str("the master said SERVFAIL"),
            Self::Code(ResponseCode::Refused) => formatter.write_str("the master said REFUSED"),
            Self::Code(code) => write!(formatter, "the master said {code}"),
            Self::Truncated => formatter.write_str("the master's answer was cut short over TCP"),
            Self::Exchange(error) => write!(formatter, "the master cannot be asked: {error}"),
        }
    }
}

/// The addresses in `answer`, after following the chain of CNAME records.
pub(crate) fn addresses(question: &Question, answer: &Message) -> Result<Addresses, Failure> {
    match answer.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => {}
        code => return Err(Failure::Code(code)),
    }
    let owner = end_of_chain(&question.name, answer);
    let of_owner = answer.answers.iter().filter(|record| record.name == *owner);
    Ok(of_owner.filter_map(|record| address(&record.data)).collect())
}

/// Whether `answer` contains the zone's SOA record, which only a server of the zone has.
pub(crate) fn serves_zone(question: &Question, answer: &Message) -> Result<bool, Failure> {
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        code => return Err(Failure::Code(code)),
    }
    let is_soa = |data: &RData| matches!(data, RData::SOA(_));
    Ok(answer.answers.iter().any(|record| record.name == question.name && is_soa(&record.data)))
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    }
}

/// Follows CNAME records from `name`, at most once for each record, so that a loop ends too.
fn end_of_chain<'a>(name: &'a Name, answer: &'a Message) -> &'a Name {
    let mut owner = name;
    for _ in &answer.answers {
        match answer.answers.iter().find_map(|record| alias(owner, &record.name, &record.data)) {
            Some(next) => owner = next,
            None => break,
        }
    }
    owner
}

fn alias<'a>(owner: &Name, name: &Name, data: &'a RData) -> Option<&'a Name> {
    match data {
        RData::CNAME(target) if name == owner => Some(&target.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, ResponseCode};

    use super::{Addresses, addresses};
    use crate::fake::{a, answer, cname, question};

    fn read(message: &Message) -> Result<Vec<String>, String> {
        let list = |set: Addresses| set.iter().map(ToString::to_string).collect();
        let found = addresses(&question("www.example.test."), message);
        found.map(list).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_order_of_records_means_nothing() {
        let one = a("www.example.test.", "192.0.2.1");
        let two = a("www.example.test.", "192.0.2.20");
        let there = answer("www.example.test.", vec![one.clone(), two.clone()]);
        let back = answer("www.example.test.", vec![two, one]);
        assert_eq!(read(&there), read(&back));
        assert_eq!(read(&there), Ok(vec!["192.0.2.1".into(), "192.0.2.20".into()]));
    }

    #[test]
    fn no_records_and_no_such_name_are_empty_sets() {
        let mut message = answer("www.example.test.", vec![]);
        assert_eq!(read(&message), Ok(vec![]));
        message.metadata.response_code = ResponseCode::NXDomain;
        assert_eq!(read(&message), Ok(vec![]));
    }

    #[test]
    fn any_other_code_says_nothing_of_the_addresses() {
        let mut message = answer("www.example.test.", vec![]);
        for (code, name) in [
            (ResponseCode::ServFail, "SERVFAIL"),
            (ResponseCode::Refused, "REFUSED"),
            (ResponseCode::NotImp, "Not Implemented"),
        ] {
            message.metadata.response_code = code;
            assert_eq!(read(&message), Err(format!("the master said {name}")));
        }
    }

    #[test]
    fn the_addresses_at_the_end_of_a_chain_count_and_no_others() {
        let records = vec![
            a("end.example.test.", "192.0.2.1"),
            cname("middle.example.test.", "END.example.test."),
            cname("www.example.test.", "middle.example.test."),
            a("other.example.test.", "192.0.2.2"),
        ];
        assert_eq!(read(&answer("www.example.test.", records)), Ok(vec!["192.0.2.1".into()]));
    }

    #[test]
    fn a_ring_of_aliases_ends() {
        let records = vec![
            cname("www.example.test.", "other.example.test."),
            cname("other.example.test.", "www.example.test."),
        ];
        assert_eq!(read(&answer("www.example.test.", records)), Ok(vec![]));
    }
}
