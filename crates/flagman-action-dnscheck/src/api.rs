//! Calls the master's API to make it send NOTIFY (PowerDNS's HTTP API, version 1).

use std::time::Duration;

use hickory_proto::rr::Name;
use ureq::Agent;
use ureq::http::StatusCode;

use crate::access::Access;

/// The time limit for a call, from resolving the host to the last byte.
const LIMIT: Duration = Duration::from_secs(10);

/// How many bytes of a refusal are read: enough for a sentence.
const REFUSAL_LIMIT: u64 = 64 * 1024;

/// The API for one zone.
pub(crate) struct Api {
    agent: Agent,
    access: Access,
    url: String,
}

impl Api {
    /// Does no I/O.
    pub(crate) fn new(access: Access, zone: &Name) -> Self {
        let base = &access.base;
        let url = format!("{base}/api/v1/servers/localhost/zones/{}/notify", zone.to_ascii());
        Self { agent: agent(), access, url }
    }

    /// Makes the master send NOTIFY for the zone to its secondaries. Blocks. The error is a
    /// sentence.
    pub(crate) fn notify(&self) -> Result<(), String> {
        let call = self.agent.put(&self.url).header("X-API-Key", self.access.key()?);
        let mut response = call.send_empty().map_err(|error| self.failed(&error.to_string()))?;
        if response.status() == StatusCode::OK {
            return Ok(());
        }
        let body = response.body_mut().with_config().limit(REFUSAL_LIMIT).lossy_utf8(true);
        let said = body.read_to_string().unwrap_or_default();
        Err(self.failed(&format!("{} {}", response.status(), said.trim())))
    }

    fn failed(&self, cause: &str) -> String {
        format!("cannot announce the zone by {}: {}", self.url, cause.trim())
    }
}

/// An HTTP agent that uses no proxy and follows no redirect: either would receive the key.
fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("flagman-action-dnscheck/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}
