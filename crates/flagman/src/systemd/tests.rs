//! What the manager receives, over a real socket.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use flagman_base::Signal;

use super::keepalive::{Keepalive, Stuck};
use super::socket::ManagerSocket;
use super::{LONGEST_STATUS, MARGIN, Notifier, RETRY, StatusText};
use crate::decider::Time;
use crate::pulse::{Doing, Pulse};
use crate::rate::PERIOD;

const NOW: Duration = Duration::from_secs(5);

/// A manager's socket and a notifier that talks to it.
fn manager(name: &str) -> (UnixDatagram, Notifier) {
    let name = format!("flagman-test-{name}-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let socket = UnixDatagram::bind_addr(&address).expect("a socket");
    socket.set_nonblocking(true).expect("a socket can be made non-blocking");
    let ours = ManagerSocket::open(OsStr::new(&format!("@{name}"))).expect("a socket");
    (socket, Notifier::new(ours, None))
}

/// Like [`manager`], long after readiness was reported.
fn serving(name: &str) -> (UnixDatagram, Notifier) {
    let (socket, mut notifier) = manager(name);
    notifier.ready(Duration::ZERO);
    said(&socket);
    (socket, notifier)
}

fn said(socket: &UnixDatagram) -> Vec<String> {
    let mut buffer = vec![0; 1 << 16];
    let next = || socket.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec());
    std::iter::from_fn(next).map(|said| String::from_utf8(said).expect("UTF-8")).collect()
}

#[test]
fn readiness_is_reported_with_a_status() {
    let (socket, mut notifier) = manager("ready");
    notifier.ready(NOW);
    assert_eq!(said(&socket), ["READY=1", "STATUS=Idle; no signal yet"]);
    assert_eq!(notifier.due(), None);
}

#[test]
fn a_status_forges_no_other_field_and_is_cut_when_it_is_long() {
    let (socket, mut notifier) = manager("forge");
    notifier.ready(NOW);
    said(&socket);
    notifier.last_run("failed\nMAINPID=1", NOW * 2);
    assert_eq!(said(&socket), ["STATUS=Idle; last run: failed\\nMAINPID=1"]);
    notifier.last_run(&"é".repeat(LONGEST_STATUS), NOW * 3);
    let long = said(&socket).remove(0);
    assert!(long.ends_with("é…") && long.len() < LONGEST_STATUS + 20, "{long}");
}

#[test]
fn of_many_statuses_the_newest_is_sent_when_the_rate_allows() {
    let (socket, mut notifier) = serving("rate");
    for words in ["1", "2", "3"] {
        notifier.last_run(words, NOW);
    }
    assert_eq!(said(&socket), ["STATUS=Idle; last run: 1"]);
    assert_eq!(notifier.due(), Some(NOW + PERIOD));
    notifier.send_due(NOW + PERIOD);
    assert_eq!(said(&socket), ["STATUS=Idle; last run: 3"]);
    assert_eq!(notifier.due(), None);
}

#[test]
fn a_status_for_later_is_sent_after_a_period_if_nothing_newer_has_come() {
    let (socket, mut notifier) = serving("later");
    notifier.begun(StatusText::Running("print".into(), Signal::HUP), None, Duration::ZERO, NOW);
    notifier.send_due(NOW);
    assert_eq!(said(&socket), [""; 0]);
    assert_eq!(notifier.due(), Some(NOW + PERIOD));
    notifier.send_due(NOW + PERIOD);
    assert_eq!(said(&socket), ["STATUS=Running print for SIGHUP"]);
    notifier.begun(StatusText::Running("print".into(), Signal::HUP), None, Duration::ZERO, NOW * 2);
    notifier.last_run("x", NOW * 2);
    assert_eq!((said(&socket), notifier.due()), (vec!["STATUS=Idle; last run: x".into()], None));
}

#[test]
fn actions_that_follow_each_other_do_not_delay_the_status() {
    let (socket, mut notifier) = manager("busy");
    for (step, name) in ["a", "b", "c"].into_iter().enumerate() {
        let now = NOW + PERIOD * u32::try_from(step).expect("a small number") / 3;
        notifier.begun(StatusText::Running(name.into(), Signal::HUP), None, Duration::ZERO, now);
    }
    notifier.send_due(NOW + PERIOD);
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

/// Sends the manager messages until one is refused and owed, and returns when that was.
fn until_full(notifier: &mut Notifier) -> Time {
    let mut now = NOW;
    while notifier.owed.is_empty() {
        notifier.ready(now);
        now += PERIOD;
    }
    now
}

#[test]
fn what_a_full_socket_refuses_is_owed_and_tried_again() {
    let (socket, mut notifier) = manager("full");
    let now = until_full(&mut notifier);
    notifier.send_due(now + RETRY.1);
    assert!(!notifier.owed.is_empty(), "still full");
    said(&socket);
    notifier.send_due(now + RETRY.1 * 3);
    assert_eq!(said(&socket), ["READY=1", "STATUS=Idle; no signal yet"]);
    assert_eq!(notifier.due(), None);
}

#[test]
fn a_name_that_is_not_an_address_is_an_error() {
    for name in ["relative", "@", &format!("/{}", "x".repeat(200))] {
        let connected = ManagerSocket::open(OsStr::new(name));
        assert_eq!(connected.is_ok(), name == "@", "{name}");
    }
}

fn running(name: &str) -> StatusText {
    StatusText::Running(name.into(), Signal::HUP)
}

/// The time in a RELOADING=1 message, and the other messages.
fn reload_of(said: Vec<String>) -> (u64, Vec<String>) {
    let mut time = None;
    let mut others = Vec::new();
    for message in said {
        match message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=") {
            Some(monotonic) => time = monotonic.parse().ok(),
            None => others.push(message),
        }
    }
    (time.expect("a reload was told"), others)
}

#[test]
fn a_reload_is_reported_with_the_time_and_ends_with_the_outcome_of_its_run() {
    let (socket, mut notifier) = serving("reload");
    let before = super::monotonic();
    notifier.reloading(NOW);
    let (began, others) = reload_of(said(&socket));
    assert!((before..=super::monotonic()).contains(&began), "{began}");
    assert_eq!(others, [""; 0]);
    notifier.reloaded("SIGHUP: x done", NOW);
    assert_eq!(said(&socket), ["READY=1\nSTATUS=Idle; last run: SIGHUP: x done"]);
    assert_eq!(notifier.due(), None);
}

#[test]
fn the_outcome_of_a_reload_comes_with_its_end_ten_times_a_second() {
    let (socket, mut notifier) = serving("reload-rate");
    // The first STATUS was long ago; the run before the first reload is reported at the same time as
    // that reload.
    notifier.last_run("0", NOW);
    said(&socket);
    for count in 1..10 {
        notifier.reloading(NOW);
        said(&socket);
        notifier.reloaded(&count.to_string(), NOW);
        assert_eq!(said(&socket), [format!("READY=1\nSTATUS=Idle; last run: {count}")]);
    }
    notifier.reloading(NOW);
    said(&socket);
    notifier.reloaded("10\nMAINPID=1", NOW);
    assert_eq!(said(&socket), ["READY=1"]);
    assert_eq!(notifier.due(), Some(NOW + Duration::from_secs(1)));
    notifier.send_due(NOW + Duration::from_secs(1));
    assert_eq!(said(&socket), ["STATUS=Idle; last run: 10\\nMAINPID=1"]);
}

#[test]
fn a_reload_that_is_asked_for_during_the_set_up_begins_after_it() {
    let (socket, mut notifier) = manager("reload-early");
    notifier.reloading(NOW);
    assert_eq!(said(&socket), [""; 0]);
    notifier.ready(NOW);
    let (_, others) = reload_of(said(&socket));
    assert_eq!(others, ["READY=1", "STATUS=Idle; no signal yet"]);
}

#[test]
fn nothing_is_sent_about_a_reload_once_flagman_shuts_down() {
    let (socket, mut notifier) = serving("reload-stop");
    notifier.reloading(NOW);
    notifier.stopping(NOW);
    said(&socket);
    notifier.reloaded("SIGHUP: x done", NOW * 2);
    assert_eq!(said(&socket), ["STATUS=Stopping; last run: SIGHUP: x done"]);
    notifier.reloading(NOW * 2);
    assert_eq!(said(&socket), [""; 0]);
}

#[test]
fn systemd_is_asked_to_wait_as_long_as_an_action_that_it_waits_for_may_take() {
    let (socket, mut notifier) = manager("extend");
    let timeout = Duration::from_mins(5);
    let most = |since| {
        let left = (timeout * 2 + MARGIN).saturating_sub(since);
        format!("EXTEND_TIMEOUT_USEC={}", left.as_micros())
    };
    notifier.begun(StatusText::SettingUp("a".into()), Some(timeout), Duration::ZERO, NOW);
    assert_eq!(said(&socket), [most(Duration::ZERO)]);
    notifier.ready(NOW);
    said(&socket);
    notifier.begun(running("a"), Some(timeout), Duration::ZERO, NOW);
    notifier.send_due(NOW);
    assert_eq!(said(&socket), [""; 0], "nobody waits for it");
    notifier.reloading(NOW + Duration::from_secs(3));
    let (_, others) = reload_of(said(&socket));
    assert_eq!(others.first(), Some(&most(Duration::from_secs(3))));
    notifier.begun(running("b"), Some(timeout), Duration::ZERO, NOW * 2);
    assert_eq!(said(&socket).first(), Some(&most(Duration::ZERO)));
}

#[test]
fn keep_alives_are_sent_in_time_and_withheld_from_a_stuck_action() {
    let (socket, mut notifier) = serving("watchdog");
    let pulse = Arc::new(Pulse::default());
    let period = Duration::from_secs(2);
    notifier.keepalive = Some(Keepalive::new(period, None, Arc::clone(&pulse)));
    assert_eq!(notifier.due(), Some(period / 2));
    notifier.send_due(NOW);
    assert_eq!(said(&socket), ["WATCHDOG=1"]);
    assert_eq!(notifier.due(), Some(NOW + period / 2));
    pulse.set(Doing::Acting(NOW));
    notifier.send_due(NOW + period * 3);
    assert_eq!(said(&socket), [""; 0]);
}

#[test]
fn a_keep_alive_that_a_full_socket_refuses_is_soon_tried_again() {
    let (socket, mut notifier) = manager("watchdog-full");
    let mut now = until_full(&mut notifier);
    let period = RETRY.1 * 6;
    notifier.keepalive = Some(Keepalive::new(period, None, Arc::default()));
    now += period;
    notifier.send_due(now);
    // Now the socket has room again.
    let alive = |socket| said(socket).iter().any(|said| said == "WATCHDOG=1");
    assert!(!alive(&socket));
    notifier.send_due(now + RETRY.1);
    assert!(alive(&socket));
    assert_eq!(notifier.due(), Some(now + RETRY.1 + period / 2));
}

#[test]
fn the_log_says_why_keep_alives_are_withheld_and_what_follows() {
    let (_, mut notifier) = manager("complaint");
    let time = Duration::from_secs(3);
    let meanwhile = "has taken 3.0 s so far: keep-alives are paused";
    let any_more = "has taken 3.0 s so far: keep-alives are withheld, so that systemd restarts \
                    the service";
    let event_loop = notifier.complaint(Stuck::EventLoop(time));
    assert_eq!(event_loop, format!("The event loop {meanwhile}"));
    notifier.ready(NOW);
    let event_loop = notifier.complaint(Stuck::EventLoop(time));
    assert_eq!(event_loop, format!("The event loop {any_more}"));
    // The action may have ended since it was checked.
    assert_eq!(notifier.complaint(Stuck::Action(time)), format!("An action {any_more}"));
    notifier.begun(running("a"), None, Duration::ZERO, NOW);
    let action = notifier.complaint(Stuck::Action(time));
    assert_eq!(action, format!("Running a for SIGHUP {any_more}"));
    notifier.stopping(NOW);
    let action = notifier.complaint(Stuck::Action(time));
    assert_eq!(action, format!("Running a for SIGHUP {meanwhile}"));
}

#[test]
fn what_a_shutdown_runs_first_is_told_also_if_it_has_begun_before_the_shutdown_is_told() {
    let (socket, mut notifier) = serving("hook");
    let status = StatusText::Running("drain".into(), Signal::TERM);
    notifier.begun(status, None, Duration::ZERO, NOW);
    notifier.stopping(NOW);
    assert_eq!(said(&socket), ["STOPPING=1"]);
    notifier.send_due(NOW * 2);
    assert_eq!(said(&socket), ["STATUS=Running drain for SIGTERM"]);
}
