//! A second thread. It ends the program if flagman is gone while the action is busy, and passes SIGTERM
//! on to what the action runs. Otherwise it sleeps.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal as Number, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{Pid, getpgrp, getpid};

use super::connection::Connection;
use crate::{Signal, process};

/// When flagman is gone, a busy action has ten times this long to finish. Each time, what it runs is
/// told to stop, because the action may have just started it.
const BUSY: Duration = Duration::from_millis(50);

/// How long the tear-down may take after that: as long as flagman would allow.
const TEAR_DOWN: Duration = Duration::from_secs(5);

/// The main thread's way to report that it has seen the end of file. Dropping it reports that the main
/// thread is done.
pub(super) struct EndSeen(Sender<()>);

impl EndSeen {
    pub(super) fn tell(&self) {
        // The watch ends last, so it is still listening.
        let _ = self.0.send(());
    }
}

/// Starts the watch. SIGTERM must be blocked already.
pub(super) fn spawn(connection: Arc<Connection>) -> io::Result<EndSeen> {
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    let stops = SignalFd::with_flags(&SigSet::from(Number::SIGTERM), flags)?;
    let (tell, told) = channel();
    let watch = thread::Builder::new().name("watch".into()).stack_size(64 * 1024);
    watch.spawn(move || {
        until_gone(&connection, &stops);
        end(&told);
    })?;
    Ok(EndSeen(tell))
}

/// Waits until flagman is gone.
fn until_gone(connection: &Connection, stops: &SignalFd) {
    loop {
        let socket = PollFd::new(connection.as_fd(), PollFlags::empty());
        let mut fds = [socket, PollFd::new(stops.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut fds, PollTimeout::NONE);
        let [gone, stop] = fds.map(|fd| fd.any().unwrap_or(true));
        match ready {
            Err(Errno::EINTR) => {}
            Ok(_) if !gone => {
                if stop && matches!(stops.read_signal(), Ok(Some(_))) {
                    process::signal_running(Signal::TERM);
                }
            }
            Ok(_) | Err(_) => return,
        }
    }
}

/// Lets the main thread end the program properly, within time limits.
fn end(told: &Receiver<()>) {
    let seen = (0..10).find_map(|_| {
        process::signal_running(Signal::TERM);
        told.recv_timeout(BUSY).map_or_else(unless_timeout, |()| Some(MainThread::EndSeen))
    });
    let done = match seen {
        Some(MainThread::EndSeen) => {
            told.recv_timeout(TEAR_DOWN).map_or_else(unless_timeout, |()| None)
        }
        Some(MainThread::Done) | None => seen,
    };
    if done.is_none() {
        kill_all();
    }
}

/// What the main thread has reported to the watch.
enum MainThread {
    EndSeen,
    Done,
}

fn unless_timeout(error: RecvTimeoutError) -> Option<MainThread> {
    match error {
        RecvTimeoutError::Timeout => None,
        RecvTimeoutError::Disconnected => Some(MainThread::Done),
    }
}

/// Kills this program and everything that it has started.
fn kill_all() {
    process::signal_running(Signal::KILL);
    if getpgrp() == getpid() {
        // This kills this process too. If it does not, `exit_now` below ends it.
        let _ = kill(Pid::from_raw(0), Number::SIGKILL);
    }
    flagman_sys::exit_now(1);
}
