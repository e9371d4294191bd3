//! The environment that children start with: this process's own, without what is meant for it
//! alone, and with what the child should know of the signal.

use std::ffi::{CString, NulError, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::Spec;
use crate::protocol::ACTION_FD;

/// What is never inherited: what the service manager tells flagman (`sd_notify(3)`,
/// `sd_watchdog_enabled(3)`, `sd_listen_fds(3)`), and what flagman itself sets.
const REMOVED: [&str; 11] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "FLAGMAN_ACTION_FD",
    "FLAGMAN_SIGNAL",
    "FLAGMAN_COUNT",
    "FLAGMAN_SENDER_PID",
    "FLAGMAN_SENDER_UID",
];

/// The strings `NAME=VALUE` for a child.
pub(super) fn of(spec: &Spec<'_>) -> Result<Vec<CString>, NulError> {
    let own = own(spec);
    let added = own.iter().chain(&spec.environment);
    let is_added = |name: &OsStr| {
        REMOVED.iter().any(|removed| name == *removed)
            || spec.environment.iter().any(|(added, _)| added == name)
    };
    let inherited: Vec<_> = std::env::vars_os().filter(|(name, _)| !is_added(name)).collect();
    inherited.iter().chain(added).map(string).collect()
}

/// What flagman itself says.
fn own(spec: &Spec<'_>) -> Vec<(OsString, OsString)> {
    let mut own = Vec::new();
    let mut say = |name: &str, value: String| own.push((name.into(), value.into()));
    if spec.channel.is_some() {
        say("FLAGMAN_ACTION_FD", ACTION_FD.to_string());
    }
    if let Some(arrival) = spec.arrival {
        say("FLAGMAN_SIGNAL", arrival.signal.to_string());
        say("FLAGMAN_COUNT", arrival.count.to_string());
    }
    if let Some(sender) = spec.arrival.and_then(|arrival| arrival.sender) {
        say("FLAGMAN_SENDER_PID", sender.pid.to_string());
        say("FLAGMAN_SENDER_UID", sender.uid.to_string());
    }
    own
}

fn string((name, value): &(OsString, OsString)) -> Result<CString, NulError> {
    let mut text = Vec::with_capacity(name.len() + value.len() + 2);
    text.extend_from_slice(name.as_bytes());
    text.push(b'=');
    text.extend_from_slice(value.as_bytes());
    CString::new(text)
}
