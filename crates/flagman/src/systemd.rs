//! Tells systemd how flagman is (`sd_notify(3)`): READY=1, STOPPING=1 and STATUS=.
//!
//! A send never blocks. READY and STOPPING are owed until they are sent; of STATUS only the newest
//! counts, and it is sent at most ten times a second. Every call says when it wants to be called
//! again ([`Notifier::due`]). Without a socket nothing is done.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use flagman_action::Signal;
use nix::errno::Errno;

use crate::decider::Time;
use crate::log::{SYSTEMD, escape};

/// The least time from one STATUS to the next.
const STATUS_PERIOD: Duration = Duration::from_millis(100);
/// How long a message that is owed waits after a refusal: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// The status of a flagman that is on its way out.
const STOPPING: &str = "Stopping";
/// The least time from an action's start to the status that tells of it.
const AFTER_START: Duration = Duration::from_millis(1);
/// The longest STATUS, in bytes; a longer one is cut.
const LONGEST_STATUS: usize = 1000;

/// What STATUS says. It is put into words only when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// This action is being set up.
    SettingUp(Arc<str>),
    /// This action runs for this signal.
    Running(Arc<str>, Signal),
    /// Anything else.
    Words(String),
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SettingUp(name) => write!(formatter, "Setting up {name}"),
            Self::Running(name, signal) => write!(formatter, "Running {name} for {signal}"),
            Self::Words(words) => formatter.write_str(words),
        }
    }
}

/// A connection to the service manager.
#[derive(Debug)]
pub(crate) struct Notifier {
    socket: UnixDatagram,
    address: SocketAddr,
    shown_address: String,
    owed: Vec<&'static str>,
    retry: Option<(Time, Duration)>,
    /// What is to be said, and when at the earliest.
    status: Option<(Status, Time)>,
    /// When the rate allows a STATUS again.
    status_after: Time,
    warned: bool,
    /// What a STATUS says first when nothing is in progress.
    rest: &'static str,
}

impl Notifier {
    /// The notifier that `NOTIFY_SOCKET` asks for. An unusable one costs one warning.
    pub(crate) fn from_environment() -> Option<Self> {
        let name = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        Self::connect(&name).inspect_err(|error| warn(&name.to_string_lossy(), error)).ok()
    }

    fn connect(name: &OsStr) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'/', ..] => SocketAddr::from_pathname(name)?,
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
            _ => {
                return Err(io::Error::other("it is neither a path from the root nor `@NAME`"));
            }
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            address,
            shown_address: name.to_string_lossy().into_owned(),
            owed: Vec::new(),
            retry: None,
            status: None,
            status_after: Time::ZERO,
            warned: false,
            rest: "Idle",
        })
    }

    /// Says that signals are served from now on.
    pub(crate) fn ready(&mut self, now: Time) {
        self.owe("READY=1", "Idle; no signal yet", now);
    }

    /// Says that flagman is on its way out, once.
    pub(crate) fn stopping(&mut self, now: Time) {
        if self.rest != STOPPING {
            self.rest = STOPPING;
            self.owe("STOPPING=1", STOPPING, now);
        }
    }

    /// Says in `systemctl status` what the last run came to, now or as soon as the rate allows.
    pub(crate) fn last_run(&mut self, words: &str, now: Time) {
        self.status(format!("{}; last run: {words}", self.rest), now);
    }

    fn status(&mut self, words: String, now: Time) {
        self.status = Some((Status::Words(words), self.status_after));
        self.send_due(now);
    }

    /// Says this if it, or something like it, still holds a period from now: an action that is about
    /// to start does not wait for it, and one that is short is not worth it.
    pub(crate) fn status_later(&mut self, status: Status, now: Time) {
        let due = match &self.status {
            Some((_, due)) => (*due).max(now + AFTER_START),
            None => self.status_after.max(now + STATUS_PERIOD),
        };
        self.status = Some((status, due));
    }

    /// Sends what is due.
    pub(crate) fn send_due(&mut self, now: Time) {
        if self.retry.is_none_or(|(at, _)| now >= at) {
            self.send_owed(now);
        }
        if let Some((status, _)) = self.status.take_if(|(_, due)| now >= *due) {
            self.status_after = now + STATUS_PERIOD;
            if let Err(error) = self.send(&format!("STATUS={}", in_one_field(&status))) {
                if passes(&error) {
                    self.status = Some((status, self.status_after));
                }
                self.refused(&error);
            }
        }
    }

    /// When [`send_due`](Self::send_due) is to be called, if at all.
    pub(crate) fn due(&self) -> Option<Time> {
        let status = self.status.as_ref().map(|(_, due)| *due);
        let retry = self.retry.map(|(at, _)| at);
        [status, retry].into_iter().flatten().min()
    }

    fn owe(&mut self, message: &'static str, status: &str, now: Time) {
        self.owed.push(message);
        self.retry = None;
        self.status = Some((Status::Words(status.to_owned()), now));
        self.send_due(now);
    }

    fn send_owed(&mut self, now: Time) {
        while let Some(message) = self.owed.first() {
            match self.send(message) {
                Ok(()) => {
                    self.owed.remove(0);
                    self.retry = None;
                }
                Err(error) if !passes(&error) => {
                    // Nobody will ever hear it; waiting for that would only cost wake-ups.
                    self.owed.clear();
                    self.retry = None;
                    return self.refused(&error);
                }
                Err(_) => {
                    let wait = self.retry.map_or(RETRY.0, |(_, wait)| (wait * 2).min(RETRY.1));
                    self.retry = Some((now + wait, wait));
                    return;
                }
            }
        }
    }

    fn send(&self, message: &str) -> io::Result<()> {
        loop {
            match self.socket.send_to_addr(message.as_bytes(), &self.address) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A full socket is tried again; any other error is warned of, once.
    fn refused(&mut self, error: &io::Error) {
        if !passes(error) && !self.warned {
            self.warned = true;
            warn(&self.shown_address, error);
        }
    }
}

/// Whether the same may be accepted later: the socket or the kernel is full for now.
fn passes(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EAGAIN | Errno::ENOBUFS | Errno::ENOMEM))
}

/// The status without control characters, lest it forge a field, and not too long.
fn in_one_field(status: &Status) -> String {
    let mut words = escape(&status.to_string());
    if words.len() > LONGEST_STATUS {
        words.truncate(words.floor_char_boundary(LONGEST_STATUS));
        words.push('…');
    }
    words
}

fn warn(name: &str, error: &io::Error) {
    log::warn!(target: SYSTEMD, "cannot notify systemd at NOTIFY_SOCKET `{name}`: {error}");
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::time::Duration;

    use super::{LONGEST_STATUS, Notifier, RETRY, STATUS_PERIOD, Status};
    use flagman_action::Signal;

    const NOW: Duration = Duration::from_secs(5);

    /// A manager's socket and a notifier that talks to it.
    fn manager(name: &str) -> (UnixDatagram, Notifier) {
        let name = format!("flagman-test-{name}-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let socket = UnixDatagram::bind_addr(&address).expect("a socket");
        socket.set_nonblocking(true).expect("a socket can be made non-blocking");
        let notifier = Notifier::connect(OsStr::new(&format!("@{name}"))).expect("a notifier");
        (socket, notifier)
    }

    fn said(socket: &UnixDatagram) -> Vec<String> {
        let mut buffer = vec![0; 1 << 16];
        let next = || socket.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec());
        std::iter::from_fn(next).map(|said| String::from_utf8(said).expect("UTF-8")).collect()
    }

    #[test]
    fn readiness_is_told_with_a_status() {
        let (socket, mut notifier) = manager("ready");
        notifier.ready(NOW);
        assert_eq!(said(&socket), ["READY=1", "STATUS=Idle; no signal yet"]);
        assert_eq!(notifier.due(), None);
    }

    #[test]
    fn a_status_forges_no_other_field_and_is_cut_when_it_is_long() {
        let (socket, mut notifier) = manager("forge");
        notifier.status("failed\nMAINPID=1".to_owned(), NOW);
        assert_eq!(said(&socket), ["STATUS=failed\\nMAINPID=1"]);
        notifier.status("é".repeat(LONGEST_STATUS), NOW * 2);
        let long = said(&socket).remove(0);
        assert!(long.ends_with("é…") && long.len() < LONGEST_STATUS + 20, "{long}");
    }

    #[test]
    fn of_many_statuses_the_newest_is_sent_when_the_rate_allows() {
        let (socket, mut notifier) = manager("rate");
        for status in ["1", "2", "3"] {
            notifier.status(status.to_owned(), NOW);
        }
        assert_eq!(said(&socket), ["STATUS=1"]);
        assert_eq!(notifier.due(), Some(NOW + STATUS_PERIOD));
        notifier.send_due(NOW + STATUS_PERIOD);
        assert_eq!(said(&socket), ["STATUS=3"]);
        assert_eq!(notifier.due(), None);
    }

    #[test]
    fn a_status_for_later_is_sent_after_a_period_if_nothing_newer_has_come() {
        let (socket, mut notifier) = manager("later");
        notifier.status_later(Status::Running("print".into(), Signal::HUP), NOW);
        notifier.send_due(NOW);
        assert_eq!(said(&socket), [""; 0]);
        assert_eq!(notifier.due(), Some(NOW + STATUS_PERIOD));
        notifier.send_due(NOW + STATUS_PERIOD);
        assert_eq!(said(&socket), ["STATUS=Running print for SIGHUP"]);
        notifier.status_later(Status::SettingUp("print".into()), NOW * 2);
        notifier.status("Idle".to_owned(), NOW * 2);
        assert_eq!((said(&socket), notifier.due()), (vec!["STATUS=Idle".to_owned()], None));
    }

    #[test]
    fn actions_that_follow_each_other_do_not_put_off_what_is_to_be_said() {
        let (socket, mut notifier) = manager("busy");
        for (step, name) in ["a", "b", "c"].into_iter().enumerate() {
            let now = NOW + STATUS_PERIOD * u32::try_from(step).expect("a small number") / 3;
            notifier.status_later(Status::Running(name.into(), Signal::HUP), now);
        }
        notifier.send_due(NOW + STATUS_PERIOD);
        assert_eq!(said(&socket), ["STATUS=Running c for SIGHUP"]);
    }

    #[test]
    fn once_it_stops_no_status_says_idle() {
        let (socket, mut notifier) = manager("stop");
        notifier.stopping(NOW);
        notifier.last_run("SIGHUP: print done", NOW * 2);
        let stopping = "STATUS=Stopping; last run: SIGHUP: print done";
        assert_eq!(said(&socket), ["STOPPING=1", "STATUS=Stopping", stopping]);
    }

    #[test]
    fn what_a_full_socket_refuses_is_owed_and_tried_again() {
        let (socket, mut notifier) = manager("full");
        let mut now = NOW;
        while notifier.owed.is_empty() {
            notifier.ready(now);
            now += STATUS_PERIOD;
        }
        let owed = notifier.owed.len();
        assert_eq!(owed, 1);
        notifier.send_due(now + RETRY.1);
        assert_eq!(notifier.owed.len(), owed, "still full");
        said(&socket);
        notifier.send_due(now + RETRY.1 * 3);
        assert_eq!(said(&socket)[0], "READY=1");
        assert_eq!(notifier.due(), None);
    }

    #[test]
    fn a_name_that_is_no_address_is_an_error() {
        for name in ["relative", "@", &format!("/{}", "x".repeat(200))] {
            let connected = Notifier::connect(OsStr::new(name));
            assert_eq!(connected.is_ok(), name == "@", "{name}");
        }
    }
}
