//! Tests the action with a name server and an API that run in the test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use flagman_action::{Action, Arrival, Signal};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{RData, Record, RecordType};

use super::DnsCheck;
use crate::access::Access;
use crate::arguments::{DnsCheckArguments, Watched};
use crate::fake::{FakeApi, a, answer_to, name, name_server};

/// What the server answers for a name: addresses, or a response code that counts as a failure.
type State = Result<Vec<&'static str>, ResponseCode>;

/// A zone that a test can change while it is served.
#[derive(Clone, Default)]
struct Zone(Arc<Mutex<BTreeMap<&'static str, State>>>);

impl Zone {
    fn set(&self, name: &'static str, state: State) {
        self.0.lock().expect("no panic").insert(name, state);
    }

    fn serve(&self) -> SocketAddr {
        let zone = self.clone();
        name_server(move |_, asked| vec![zone.answer(asked)])
    }

    fn answer(&self, asked: &Message) -> Message {
        let owner = asked.queries[0].name().to_ascii();
        let state = self.0.lock().expect("no panic").get(owner.as_str()).cloned();
        match (asked.queries[0].query_type(), state) {
            (RecordType::SOA, _) if owner == "example.test." => answer_to(asked, vec![soa()]),
            (RecordType::SOA, _) => failing(asked, ResponseCode::Refused),
            (RecordType::A, Some(Ok(found))) => {
                answer_to(asked, found.iter().map(|address| a(&owner, address)).collect())
            }
            (_, Some(Err(code))) => failing(asked, code),
            _ => answer_to(asked, vec![]),
        }
    }
}

fn failing(asked: &Message, code: ResponseCode) -> Message {
    let mut message = answer_to(asked, vec![]);
    message.metadata.response_code = code;
    message
}

fn soa() -> Record {
    let server = name("ns.example.test.");
    let soa = SOA::new(server.clone(), server, 1, 1, 1, 1, 1);
    Record::from_rdata(name("example.test."), 60, RData::SOA(soa))
}

fn begin(zone: &Zone, api: &FakeApi, apex: &str) -> Result<DnsCheck, String> {
    let arguments = DnsCheckArguments {
        master: zone.serve().to_string(),
        zone: apex.to_owned(),
        name: vec![format!("one.{apex}"), format!("two.{apex}")],
    };
    let url = api.url.clone();
    let access = Access::from(|name| match name {
        "PDNS_API_URL" => Ok(Some(url.clone())),
        "PDNS_API_KEY" => Ok(Some("secret".to_owned())),
        _ => Ok(None),
    });
    DnsCheck::begin(Watched::read(&arguments)?, access?)
}

/// An action that has recorded one address for each of two names.
fn begun(zone: &Zone, api: &FakeApi) -> DnsCheck {
    zone.set("one.example.test.", Ok(vec!["192.0.2.1"]));
    zone.set("two.example.test.", Ok(vec!["192.0.2.2"]));
    begin(zone, api, "example.test").expect("the zone is served")
}

fn run(action: &mut DnsCheck) -> Result<(), String> {
    let arrival = Arrival::new(Signal::USR1);
    action.run(&arrival).map(drop).map_err(|error| error.to_string())
}

#[test]
fn nothing_changed_and_nothing_is_called() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    let mut action = begun(&zone, &api);
    assert_eq!(run(&mut action), Ok(()));
    assert!(api.calls().is_empty());
}

#[test]
fn a_change_is_announced_once_by_a_put_with_the_key() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    let mut action = begun(&zone, &api);
    zone.set("one.example.test.", Ok(vec!["192.0.2.9"]));
    api.will_say("200 OK");
    assert_eq!((run(&mut action), run(&mut action)), (Ok(()), Ok(())));
    let calls = api.calls();
    let [call] = calls.as_slice() else { panic!("{calls:#?}") };
    let line = "PUT /api/v1/servers/localhost/zones/example.test./notify HTTP/1.1\n";
    assert!(call.starts_with(line), "{call}");
    assert!(call.to_lowercase().contains("\nx-api-key: secret"), "{call}");
}

#[test]
fn a_call_that_fails_is_made_again_at_the_next_signal_whatever_the_records_do() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    let mut action = begun(&zone, &api);
    zone.set("one.example.test.", Ok(vec!["192.0.2.9"]));
    api.will_say("401 Unauthorized");
    let said = run(&mut action).expect_err("the key is refused");
    assert!(said.ends_with("/notify: 401 Unauthorized words"), "{said}");
    api.will_say("503 Service Unavailable");
    assert!(run(&mut action).is_err());
    zone.set("one.example.test.", Ok(vec!["192.0.2.1"]));
    api.will_say("200 OK");
    assert_eq!((run(&mut action), run(&mut action)), (Ok(()), Ok(())));
    assert_eq!(api.calls().len(), 3);
}

#[test]
fn a_redirection_is_a_failure_and_is_not_followed_with_the_key() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    let mut action = begun(&zone, &api);
    zone.set("one.example.test.", Ok(vec![]));
    api.will_say("302 Found\r\nLocation: /elsewhere");
    assert!(run(&mut action).is_err());
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn a_name_that_fails_keeps_its_last_good_set_and_does_not_hide_the_change_of_another() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    let mut action = begun(&zone, &api);
    zone.set("one.example.test.", Err(ResponseCode::ServFail));
    zone.set("two.example.test.", Ok(vec!["192.0.2.9"]));
    api.will_say("200 OK");
    let expected = "one.example.test A is unknown: the master said SERVFAIL; \
                    one.example.test AAAA is unknown: the master said SERVFAIL";
    assert_eq!(run(&mut action), Err(expected.to_owned()));
    assert_eq!(api.calls().len(), 1);
    zone.set("one.example.test.", Ok(vec!["192.0.2.1"]));
    assert_eq!(run(&mut action), Ok(()));
    assert!(api.calls().is_empty());
}

#[test]
fn a_name_that_goes_away_has_changed() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    let mut action = begun(&zone, &api);
    zone.set("one.example.test.", Err(ResponseCode::NXDomain));
    api.will_say("200 OK");
    assert_eq!(run(&mut action), Ok(()));
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn a_name_that_fails_at_set_up_is_announced_when_it_is_first_found() {
    let (zone, api) = (Zone::default(), FakeApi::new());
    zone.set("one.example.test.", Err(ResponseCode::Refused));
    let mut action = begin(&zone, &api, "example.test").expect("a warning is enough");
    zone.set("one.example.test.", Ok(vec!["192.0.2.1"]));
    api.will_say("200 OK");
    assert_eq!(run(&mut action), Ok(()));
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn a_zone_that_the_master_does_not_serve_is_found_at_set_up() {
    let refusal = begin(&Zone::default(), &FakeApi::new(), "other.test").err();
    let refusal = refusal.expect("the zone is not served");
    let expected = " does not serve the zone other.test: the master said REFUSED";
    assert!(refusal.ends_with(expected), "{refusal}");
}
