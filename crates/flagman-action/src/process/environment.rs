//! The environment that children start with: this process's own, without what is meant for it
//! alone, and with what the child should know of the signal.

use std::borrow::Cow;
use std::ffi::{CStr, CString, NulError, OsString};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use super::Spec;
use crate::protocol::ACTION_FD;

/// What is never inherited: what the service manager tells flagman (`sd_notify(3)`,
/// `sd_watchdog_enabled(3)`, `sd_listen_fds(3)`), and what flagman itself sets. Whole names, for
/// `LISTEN_ADDRESS` and the like are what people tell their own programs.
const REMOVED: [&str; 12] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "LISTEN_FDNAMES",
    "FLAGMAN_ACTION_FD",
    "FLAGMAN_SIGNAL",
    "FLAGMAN_COUNT",
    "FLAGMAN_SENDER_PID",
    "FLAGMAN_SENDER_UID",
];

/// The strings `NAME=VALUE` for a child.
pub(super) fn of(spec: &Spec<'_>) -> Result<Vec<Cow<'static, CStr>>, NulError> {
    let added = own(spec).into_iter().chain(spec.environment.iter().cloned());
    let replaced =
        |variable: &Variable| spec.environment.iter().any(|(name, _)| *name == variable.name);
    let inherited = inherited().iter().filter(|variable| !replaced(variable));
    let inherited = inherited.map(|variable| Ok(Cow::Borrowed(&*variable.text)));
    inherited.chain(added.map(|pair| Ok(Cow::Owned(text(&pair)?)))).collect()
}

/// A variable of this process that children inherit.
struct Variable {
    name: OsString,
    text: CString,
}

/// This process's own environment as it was when the first child was started; it is not looked
/// through again for each.
fn inherited() -> &'static [Variable] {
    static INHERITED: OnceLock<Vec<Variable>> = OnceLock::new();
    INHERITED.get_or_init(|| {
        let kept =
            std::env::vars_os().filter(|(name, _)| !REMOVED.iter().any(|removed| name == removed));
        // What comes from the environment holds no NUL byte.
        kept.filter_map(|pair| Some(Variable { text: text(&pair).ok()?, name: pair.0 })).collect()
    })
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

fn text((name, value): &(OsString, OsString)) -> Result<CString, NulError> {
    let mut text = Vec::with_capacity(name.len() + value.len() + 2);
    text.extend_from_slice(name.as_bytes());
    text.push(b'=');
    text.extend_from_slice(value.as_bytes());
    CString::new(text)
}
