//! The environment that children start with: this process's own, without what is meant for it
//! alone, and with what the child should know of the signal.

use std::ffi::{CStr, CString, NulError, OsStr, OsString};
use std::fmt::Display;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use super::Spec;
use crate::protocol::ACTION_FD;

/// What is never inherited: what the service manager tells flagman (`sd_notify(3)`,
/// `sd_watchdog_enabled(3)`, `sd_listen_fds(3)`), and what flagman itself sets. Whole names, for
/// `LISTEN_ADDRESS` and the like are what people tell their own programs.
const REMOVED: [&str; 13] = [
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
    "FLAGMAN_VALUE",
];

/// The strings `NAME=VALUE` for a child, of which `said` is what it alone is told.
pub(super) fn of<'a>(spec: &Spec<'_>, said: &'a [CString]) -> Vec<&'a CStr> {
    let replaced =
        |variable: &Variable| spec.environment.iter().any(|(name, _)| *name == variable.name);
    let inherited = inherited().iter().filter(|variable| !replaced(variable));
    inherited.map(|variable| &*variable.text).chain(said.iter().map(AsRef::as_ref)).collect()
}

/// What a child is told beside what it inherits: by flagman, and by whoever starts it.
///
/// # Errors
/// A name or a value holds a NUL byte.
pub(super) fn said(spec: &Spec<'_>) -> Result<Vec<CString>, NulError> {
    let mut said = Vec::new();
    let mut say = |name: &str, value: &dyn Display| {
        said.push(CString::new(format!("{name}={value}"))?);
        Ok(())
    };
    if spec.channel.is_some() {
        say("FLAGMAN_ACTION_FD", &ACTION_FD)?;
    }
    if let Some(arrival) = spec.arrival {
        say("FLAGMAN_SIGNAL", &arrival.signal)?;
        say("FLAGMAN_COUNT", &arrival.count)?;
    }
    if let Some(sender) = spec.arrival.and_then(|arrival| arrival.sender) {
        say("FLAGMAN_SENDER_PID", &sender.pid)?;
        say("FLAGMAN_SENDER_UID", &sender.uid)?;
    }
    if let Some(value) = spec.arrival.and_then(|arrival| arrival.value) {
        say("FLAGMAN_VALUE", &value)?;
    }
    for (name, value) in &spec.environment {
        said.push(text(name, value)?);
    }
    Ok(said)
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
        kept.filter_map(|(name, value)| Some(Variable { text: text(&name, &value).ok()?, name }))
            .collect()
    })
}

fn text(name: &OsStr, value: &OsStr) -> Result<CString, NulError> {
    CString::new([name.as_bytes(), b"=", value.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::super::Spec;
    use super::said;
    use crate::{Arrival, Sender, Signal};

    fn told(arrival: Option<Arrival>) -> Vec<String> {
        let mut spec = Spec::new("/bin/true".into(), std::iter::empty::<&str>());
        spec.arrival = arrival;
        let said = said(&spec).expect("there is no NUL byte");
        said.into_iter().map(|text| text.into_string().expect("it is text")).collect()
    }

    #[test]
    fn a_child_is_told_of_the_signal_what_is_known_and_nothing_else() {
        assert_eq!(told(None), [""; 0]);
        let arrival = Arrival::new(Signal::USR1).times(2);
        assert_eq!(told(Some(arrival)), ["FLAGMAN_SIGNAL=SIGUSR1", "FLAGMAN_COUNT=2"]);
        let sent = arrival.sent_by(Sender::new(7, 0));
        assert_eq!(told(Some(sent))[2..], ["FLAGMAN_SENDER_PID=7", "FLAGMAN_SENDER_UID=0"]);
    }

    #[test]
    fn a_value_is_told_with_its_sign_and_only_if_there_is_one() {
        for value in [0, 5, -5, i32::MIN, i32::MAX] {
            let arrival = Arrival::new(Signal::USR2).carrying(value);
            assert_eq!(told(Some(arrival))[2..], [format!("FLAGMAN_VALUE={value}")]);
        }
    }
}
