//! Tells systemd flagman's state (`sd_notify(3)`): READY=1, RELOADING=1, STOPPING=1, STATUS=, and
//! WATCHDOG=1 if systemd asks for that.
//!
//! A send never blocks. Messages that must arrive are kept until they are sent (`owed`). Of STATUS only
//! the newest counts, and it is sent at most ten times a second. After every call,
//! [`Notifier::due`] says when [`Notifier::send_due`] must be called. Without a socket there is no
//! notifier.

mod keepalive;

mod owed;

mod socket;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use flagman_base::Signal;
use nix::time::{ClockId, clock_gettime};

use crate::decider::Time;
use crate::log::{SYSTEMD, escape};
use crate::pulse::Pulse;
use crate::rate::{PERIOD, Rate};
use crate::report::Took;
use keepalive::{Keepalive, Stuck, Told};
use owed::{Message, Owed};
use socket::{ManagerSocket, Refusal};

/// How long an owed message waits after a refusal: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// The least time from an action's start to the STATUS that shows it.
const AFTER_START: Duration = Duration::from_millis(1);
/// The longest STATUS, in bytes; a longer one is cut.
const LONGEST_STATUS: usize = 1000;
/// How much longer than an action may take systemd is asked to wait: the time that it takes to end a
/// program that does not end by itself.
const MARGIN: Duration = Duration::from_secs(10);

/// What STATUS says. It becomes text only when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StatusText {
    /// This action is being set up.
    SettingUp(Arc<str>),
    /// This action runs for this signal.
    Running(Arc<str>, Signal),
    /// This action has failed for this signal, and waits to be tried again.
    Retrying(Arc<str>, Signal),
    /// This action is being torn down.
    TearingDown(Arc<str>),
    /// Anything else.
    Words(String),
}

impl fmt::Display for StatusText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SettingUp(name) => write!(formatter, "Setting up {name}"),
            Self::Running(name, signal) => write!(formatter, "Running {name} for {signal}"),
            Self::Retrying(name, signal) => {
                write!(formatter, "Waiting to try {name} again for {signal}")
            }
            Self::TearingDown(name) => write!(formatter, "Tearing down {name}"),
            Self::Words(words) => formatter.write_str(words),
        }
    }
}

/// What flagman has told systemd that it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announced {
    /// Actions are being set up. `reload`: a reload was asked for meanwhile, and begins afterwards.
    Starting { reload: bool },
    /// Signals are served.
    Serving,
    /// systemd waits for a reload.
    Reloading,
    /// flagman is shutting down.
    Stopping,
}

/// A connection to the service manager.
#[derive(Debug)]
pub(crate) struct Notifier {
    socket: ManagerSocket,
    announced: Announced,
    owed: Owed,
    retry: Option<(Time, Duration)>,
    /// The next STATUS, and when it may be sent.
    status: Option<(StatusText, Time)>,
    rate: Rate,
    warned: bool,
    keepalive: Option<Keepalive>,
    /// The action in progress, and the latest time at which it may end.
    in_progress: Option<(StatusText, Option<Time>)>,
}

impl Notifier {
    /// The notifier that `NOTIFY_SOCKET` asks for, with the keep-alives that `WATCHDOG_USEC` asks for.
    /// `timeout` limits each run of an action, and `pulse` says what the main thread is doing. For a
    /// variable that cannot be used, one warning is logged.
    pub(crate) fn from_environment(timeout: Option<Duration>, pulse: Arc<Pulse>) -> Option<Self> {
        let name = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        let socket = ManagerSocket::open(&name);
        let socket = socket.inspect_err(|error| warn(&name.to_string_lossy(), error)).ok()?;
        let watchdog = keepalive::period_from_environment().unwrap_or_else(|why| {
            log::warn!(target: SYSTEMD, "cannot send keep-alives: {why}");
            None
        });
        let keepalive = watchdog.map(|period| Keepalive::new(period, timeout, pulse));
        Some(Self::new(socket, keepalive))
    }

    /// Has this limit for each run of an action from now on.
    pub(crate) fn limit(&mut self, timeout: Option<Duration>) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.limit(timeout);
        }
    }

    fn new(socket: ManagerSocket, keepalive: Option<Keepalive>) -> Self {
        Self {
            socket,
            announced: Announced::Starting { reload: false },
            owed: Owed::default(),
            retry: None,
            status: None,
            rate: Rate::default(),
            warned: false,
            keepalive,
            in_progress: None,
        }
    }

    /// Reports that flagman is ready to serve signals.
    pub(crate) fn ready(&mut self, now: Time) {
        let reload = self.announced == Announced::Starting { reload: true };
        self.announced = Announced::Serving;
        self.in_progress = None;
        self.owed.ready();
        let status = StatusText::Words("Idle; no signal yet".to_owned());
        self.status = Some((status, now.max(self.rate.next_at_once())));
        self.send_now(now);
        if reload {
            self.reloading(now);
        }
    }

    /// Reports that flagman is shutting down, once.
    pub(crate) fn stopping(&mut self, now: Time) {
        if self.announced != Announced::Stopping {
            self.announced = Announced::Stopping;
            self.owed.stopping();
            if !self.is_in_run_of_shutdown() {
                let status = StatusText::Words(self.rest().to_owned());
                self.status = Some((status, now.max(self.rate.next_at_once())));
            }
            self.send_now(now);
        }
    }

    /// Whether the first part of the shutdown runs already: the main thread can be faster than the watcher,
    /// which has taken the signal and reports it.
    fn is_in_run_of_shutdown(&self) -> bool {
        match &self.in_progress {
            Some((StatusText::Running(_, signal) | StatusText::Retrying(_, signal), _)) => {
                [Signal::TERM, Signal::INT].contains(signal)
            }
            Some((
                StatusText::SettingUp(_) | StatusText::TearingDown(_) | StatusText::Words(_),
                _,
            ))
            | None => false,
        }
    }

    /// Reports that the signal for a reload has arrived.
    pub(crate) fn reloading(&mut self, now: Time) {
        match self.announced {
            Announced::Starting { .. } => self.announced = Announced::Starting { reload: true },
            Announced::Serving | Announced::Reloading => {
                self.announced = Announced::Reloading;
                self.owed.reloading(monotonic());
                self.ask_for_time(now);
                self.send_now(now);
            }
            Announced::Stopping => {}
        }
    }

    /// Reports that the reload is over, with the outcome of its run.
    pub(crate) fn reloaded(&mut self, words: &str, now: Time) {
        if self.announced != Announced::Reloading {
            return self.last_run(words, now);
        }
        self.announced = Announced::Serving;
        self.in_progress = None;
        let status = StatusText::Words(self.after_run(words));
        let due = self.rate.next_at_once();
        if now < due {
            self.owed.reloaded(String::new());
            self.status = Some((status, due));
        } else {
            self.owed.reloaded(format!("\nSTATUS={}", in_one_field(&status)));
            self.status = None;
            self.rate.told(now);
        }
        self.send_now(now);
    }

    /// Shows the outcome of the last run in `systemctl status`, now or as soon as the rate allows.
    pub(crate) fn last_run(&mut self, words: &str, now: Time) {
        self.in_progress = None;
        self.status = Some((StatusText::Words(self.after_run(words)), self.rate.next()));
        self.send_due(now);
    }

    /// Records that an action is being set up or run, or waits to be tried again. One run may take `timeout`,
    /// and the pause before it `pause`. This is reported only if that action, or another
    /// one, is still in progress a period from now. So no action waits for the report before it starts,
    /// and a short one causes none.
    pub(crate) fn begun(
        &mut self,
        status: StatusText,
        timeout: Option<Duration>,
        pause: Duration,
        now: Time,
    ) {
        let due = match &self.status {
            Some((_, due)) => (*due).max(now + AFTER_START),
            None => self.rate.next().max(now + PERIOD),
        };
        self.status = Some((status.clone(), due));
        // A program may have to be set up again before it runs.
        let most = timeout.map(|timeout| now + pause + timeout.saturating_mul(2) + MARGIN);
        self.in_progress = Some((status, most));
        if matches!(self.announced, Announced::Starting { .. } | Announced::Reloading) {
            self.ask_for_time(now);
            self.send_now(now);
        }
    }

    /// Asks systemd to wait as long as the action in progress may take, if it has a limit.
    fn ask_for_time(&mut self, now: Time) {
        if let Some((_, Some(most))) = &self.in_progress {
            self.owed.more_time(most.saturating_sub(now));
        }
    }

    /// Sends what is due.
    pub(crate) fn send_due(&mut self, now: Time) {
        self.keep_alive(now);
        if self.retry.is_some_and(|(at, _)| now < at) {
            return;
        }
        self.send_owed(now);
        if !self.owed.is_empty() {
            // Otherwise an older status could arrive before the messages that it should follow.
            return;
        }
        if let Some((status, _)) = self.status.take_if(|(_, due)| now >= *due) {
            self.rate.told(now);
            let sent = self.socket.send(&format!("STATUS={}", in_one_field(&status)));
            if let Err(Refusal::Full) = sent {
                self.status = Some((status, now));
                self.full(now);
            } else {
                self.retry = None;
            }
            self.note(sent);
        }
    }

    /// When [`send_due`](Self::send_due) must be called, if at all.
    pub(crate) fn due(&self) -> Option<Time> {
        let retry = self.retry.map(|(at, _)| at);
        let status = self.status.as_ref().map(|(_, due)| *due).filter(|_| self.owed.is_empty());
        // Until the retry, only keep-alives are sent.
        let status = status.map(|due| retry.map_or(due, |at| due.max(at)));
        let keepalive = self.keepalive.as_ref().map(Keepalive::due);
        [status, retry, keepalive].into_iter().flatten().min()
    }

    /// Sends at once what has just become owed, even if an earlier message was refused.
    fn send_now(&mut self, now: Time) {
        self.retry = None;
        self.send_due(now);
    }

    fn send_owed(&mut self, now: Time) {
        while let Some((message, text)) = self.owed.first() {
            match self.socket.send(&text) {
                Ok(()) => self.settled(message),
                Err(Refusal::Full) => {
                    self.full(now);
                    return;
                }
                lost @ Err(Refusal::Lost(_)) => {
                    // Nobody will ever receive it; retries would only cost wake-ups.
                    self.settled(message);
                    self.note(lost);
                }
            }
        }
    }

    /// The socket is full. The next try is later, with a longer pause each time.
    fn full(&mut self, now: Time) -> Duration {
        let wait = self.retry.map_or(RETRY.0, |(_, wait)| (wait * 2).min(RETRY.1));
        self.retry = Some((now + wait, wait));
        wait
    }

    fn settled(&mut self, message: Message) {
        self.owed.settle(message);
        self.retry = None;
    }

    fn keep_alive(&mut self, now: Time) {
        let told = self.keepalive.as_mut().map_or(Told::Nothing, |keepalive| keepalive.pass(now));
        match told {
            Told::Nothing => {}
            Told::Alive { again } => {
                if again {
                    log::warn!(target: SYSTEMD, "keep-alives resumed");
                }
                let sent = self.socket.send("WATCHDOG=1");
                if let Err(Refusal::Full) = sent {
                    let wait = self.full(now);
                    if let Some(keepalive) = &mut self.keepalive {
                        keepalive.refused(now, wait);
                    }
                }
                self.note(sent);
            }
            Told::Withhold(stuck) => log::error!(target: SYSTEMD, "{}", self.complaint(stuck)),
        }
    }

    /// Why keep-alives are withheld, and what follows from that.
    fn complaint(&self, stuck: Stuck) -> String {
        let (what, time) = match (stuck, &self.in_progress) {
            (Stuck::Action(time), Some((status, _))) => (status.to_string(), time),
            (Stuck::Action(time), None) => ("An action".to_owned(), time),
            (Stuck::EventLoop(time), _) => ("The event loop".to_owned(), time),
        };
        let took = Took(time);
        let then = match self.announced {
            // The watchdog acts only on a service that is up.
            Announced::Starting { .. } | Announced::Stopping => "keep-alives are paused",
            Announced::Serving | Announced::Reloading => {
                "keep-alives are withheld, so that systemd restarts the service"
            }
        };
        format!("{what} has taken {took} so far: {then}")
    }

    /// A full socket is tried again. Any other error is logged as a warning, once.
    fn note(&mut self, sent: Result<(), Refusal>) {
        if let Err(Refusal::Lost(error)) = sent
            && !self.warned
        {
            self.warned = true;
            warn(&self.socket.name, &error);
        }
    }

    /// How a STATUS begins when no action is in progress.
    fn rest(&self) -> &'static str {
        match self.announced {
            Announced::Starting { .. } => "Starting",
            Announced::Serving | Announced::Reloading => "Idle",
            Announced::Stopping => "Stopping",
        }
    }

    fn after_run(&self, words: &str) -> String {
        format!("{}; last run: {words}", self.rest())
    }
}

/// The time of `CLOCK_MONOTONIC` in microseconds, which systemd compares with its own.
fn monotonic() -> u64 {
    // This clock is always there, and its time is never negative (clock_gettime(2)).
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The status without control characters, so that it cannot forge a field, and cut if it is too long.
fn in_one_field(status: &StatusText) -> String {
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
