//! The action itself: it joins the questions, the ledger and the API.
//!
//! Ordering rule: a run first processes all answers, then announces pending changes, and reports
//! failures last. So a failure for one name never hides a change of another.

use std::net::{SocketAddr, ToSocketAddrs};

use flagman_action::{Action, Arrival, Completion, Error};
use hickory_proto::rr::Name;
use log::{debug, info, warn};

use crate::access::Access;
use crate::answer::{Addresses, Failure, addresses, serves_zone};
use crate::api::Api;
use crate::arguments::{DnsCheckArguments, Endpoint, Watched, shown};
use crate::exchange::ask;
use crate::ledger::Ledger;
use crate::question::{Kind, Question};

/// The action `dnscheck`.
pub struct DnsCheck {
    master: SocketAddr,
    zone: Name,
    questions: Vec<Question>,
    api: Api,
    ledger: Ledger,
}

impl Action for DnsCheck {
    const NAME: &'static str = "dnscheck";
    type Arguments = DnsCheckArguments;

    fn check(arguments: &DnsCheckArguments) -> Result<(), String> {
        Watched::read(arguments).map(drop)
    }

    /// Fails for anything that a person must fix: the arguments, the environment, or a master that
    /// cannot be reached or does not serve the zone. A name without an answer only causes a
    /// warning, because the server that its ALIAS points to may be down for a moment.
    fn set_up(arguments: DnsCheckArguments) -> Result<Self, Error> {
        let watched = Watched::read(&arguments)?;
        Ok(Self::begin(watched, Access::from_environment()?)?)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        let mut failures = Vec::new();
        for (question, answer) in look(self.master, &self.questions) {
            match answer {
                Ok(addresses) => self.ledger.observe(question, addresses),
                Err(failure) => failures.push(format!("{question} is unknown: {failure}")),
            }
        }
        failures.extend(self.announce().err());
        if failures.is_empty() { Ok(Completion::Done) } else { Err(failures.join("; ").into()) }
    }
}

impl DnsCheck {
    fn begin(watched: Watched, access: Access) -> Result<Self, String> {
        let Watched { master, zone, names } = watched;
        let master = find_master(&master, &zone)?;
        let mut action = Self {
            master,
            questions: Question::addresses_of(&names),
            api: Api::new(access, &zone),
            zone,
            ledger: Ledger::default(),
        };
        action.learn();
        let (count, zone) = (names.len(), shown(&action.zone));
        info!("watching {count} names of {zone} at {master}");
        Ok(action)
    }

    /// Records the current addresses, on the assumption that the secondaries have them.
    fn learn(&mut self) {
        for (question, answer) in look(self.master, &self.questions) {
            match answer {
                Ok(addresses) => self.ledger.learn(question.clone(), addresses),
                Err(failure) => warn!("{question} is unknown until a signal finds it: {failure}"),
            }
        }
    }

    /// Makes the master announce the pending changes, if any.
    fn announce(&mut self) -> Result<(), String> {
        let changes: Vec<_> = self.ledger.owed().collect();
        if changes.is_empty() {
            debug!("nothing to announce");
            return Ok(());
        }
        for change in changes {
            info!("{change}");
        }
        self.api.notify()?;
        info!("the master announces {}", shown(&self.zone));
        self.ledger.settle();
        Ok(())
    }
}

/// Asks the master for the addresses of all names.
fn look(
    master: SocketAddr,
    questions: &[Question],
) -> impl Iterator<Item = (&Question, Result<Addresses, Failure>)> {
    let read = move |(question, answer): (_, Result<_, _>)| {
        (question, answer.and_then(|message| addresses(question, &message)))
    };
    questions.iter().zip(ask(master, questions)).map(read)
}

/// Returns the first address of `endpoint` that serves the zone. The host name is resolved only
/// here. If the master's address changes, flagman must be restarted.
fn find_master(endpoint: &Endpoint, zone: &Name) -> Result<SocketAddr, String> {
    let Endpoint { host, port } = endpoint;
    let found = (host.as_str(), *port).to_socket_addrs();
    let found = found.map_err(|error| format!("cannot find the master {host}: {error}"))?;
    let mut refusals = Vec::new();
    for address in found {
        match serves(address, zone) {
            Ok(()) => return Ok(address),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() {
        refusals.push(format!("cannot find the master {host}: it has no address"));
    }
    Err(refusals.join("; "))
}

/// Asks for the zone's SOA record, which the master can answer without another server.
fn serves(master: SocketAddr, zone: &Name) -> Result<(), String> {
    let question = Question { name: zone.clone(), kind: Kind::Soa };
    let answers = ask(master, std::slice::from_ref(&question));
    let says = |answer: Result<_, _>| answer.and_then(|message| serves_zone(&question, &message));
    let refusal = match answers.into_iter().next().map(says) {
        Some(Ok(true)) => return Ok(()),
        Some(Ok(false)) | None => "it is not a zone there".to_owned(),
        Some(Err(failure)) => failure.to_string(),
    };
    Err(format!("the master {master} does not serve the zone {}: {refusal}", shown(zone)))
}

#[cfg(test)]
mod tests;
