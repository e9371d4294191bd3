//! Measures the time from the spawn of flagman to READY=1 (`sd_notify(3)`), and compares it with
//! `/bin/true`.
//!
//! Ordering rule: a flagman is killed and reaped, and then the socket is drained, before the next
//! one starts. So no message of one can be mistaken for a message of the next.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::child::{Child, detached};
use crate::failure::{During, Failure, Result};
use crate::lines::{PATIENCE, is_readable};
use crate::programs::ALL_IN_PROCESS;
use crate::scratch::Scratch;
use crate::statistics::{median, median_ratio};

/// A program that does nothing, and so takes the least time that a program can take.
const NOTHING: &str = "/bin/true";

/// How often each program is started in a round.
pub const STARTS: usize = 50;

/// The median start time of each round, in milliseconds.
#[derive(Debug, Default)]
pub struct Start {
    /// flagman: from just before the spawn to READY=1.
    pub flagman: Vec<f64>,
    /// The same with a bundle for each of 49 signals.
    pub all_bundles: Vec<f64>,
    /// The program that does nothing: from just before the spawn to its end.
    pub nothing: Vec<f64>,
}

impl Start {
    /// The median over the rounds of the ratio of flagman to the program that does nothing.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        median_ratio(&self.flagman, &self.nothing)
    }

    /// The same of flagman with 49 bundles.
    #[must_use]
    pub fn ratio_of_all_bundles(&self) -> f64 {
        median_ratio(&self.all_bundles, &self.nothing)
    }
}

/// Starts both programs alternately, round after round.
///
/// # Errors
/// A program cannot be started, or flagman ends or times out before READY=1.
pub fn measure(flagman: &Path, rounds: usize) -> Result<Start> {
    let socket = NotifySocket::bind()?;
    let mut start = Start::default();
    for _ in 0..rounds {
        let mut flagman_times = Vec::with_capacity(STARTS);
        let mut all_times = Vec::with_capacity(STARTS);
        let mut nothing_times = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            let one = ["--usr1", "print", "x"];
            flagman_times.push(milliseconds(time_to_ready(flagman, &one, &socket)?));
            all_times.push(milliseconds(time_to_ready(flagman, ALL_IN_PROCESS, &socket)?));
            nothing_times.push(milliseconds(time_of_nothing()?));
        }
        start.flagman.push(median(&flagman_times));
        start.all_bundles.push(median(&all_times));
        start.nothing.push(median(&nothing_times));
    }
    Ok(start)
}

fn time_to_ready(flagman: &Path, words: &[&str], socket: &NotifySocket) -> Result<Duration> {
    let what = || format!("measure the start of {}", flagman.display());
    let mut command = detached(flagman);
    command.args(words).env("NOTIFY_SOCKET", &socket.path);
    let before = Instant::now();
    let child = Child::spawn(&mut command)?;
    socket.await_ready().during(what)?;
    let time = before.elapsed();
    drop(child);
    socket.empty().during(what)?;
    Ok(time)
}

fn time_of_nothing() -> Result<Duration> {
    let mut command = detached(NOTHING);
    let before = Instant::now();
    Child::spawn(&mut command)?.wait()?;
    Ok(before.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A notify socket in its own directory.
#[derive(Debug)]
struct NotifySocket {
    inner: UnixDatagram,
    path: PathBuf,
    _directory: Scratch,
}

impl NotifySocket {
    fn bind() -> Result<Self> {
        let directory = Scratch::make()?;
        let path = directory.path.join("notify");
        let bound = UnixDatagram::bind(&path).and_then(|inner| {
            inner.set_nonblocking(true)?;
            Ok(inner)
        });
        let inner = bound.during(|| format!("bind {}", path.display()))?;
        Ok(Self { inner, path, _directory: directory })
    }

    fn await_ready(&self) -> Result<()> {
        while is_readable(&self.inner, PATIENCE)? {
            if self.take()?.is_some_and(|message| message.lines().any(|line| line == "READY=1")) {
                return Ok(());
            }
        }
        let cause = format!("none within {} s of the message before", PATIENCE.as_secs());
        Err(Failure::new("see READY=1", cause))
    }

    fn empty(&self) -> Result<()> {
        while self.take()?.is_some() {}
        Ok(())
    }

    /// Receives one message. None if none is pending.
    fn take(&self) -> Result<Option<String>> {
        let mut buffer = [0; 4096];
        match self.inner.recv(&mut buffer) {
            Ok(count) => Ok(Some(String::from_utf8_lossy(&buffer[..count]).into_owned())),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(Failure::new("read the notify socket", error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(socket: &NotifySocket, message: &str) {
        UnixDatagram::unbound().unwrap().send_to(message.as_bytes(), &socket.path).unwrap();
    }

    #[test]
    fn ready_is_found_among_other_messages_and_fields() {
        let socket = NotifySocket::bind().unwrap();
        say(&socket, "STATUS=READY=1");
        say(&socket, "STATUS=idle\nREADY=1");
        say(&socket, "STATUS=later");
        socket.await_ready().unwrap();
        assert_eq!(socket.take().unwrap().unwrap(), "STATUS=later");
    }

    #[test]
    fn an_emptied_socket_holds_nothing_of_the_last_start() {
        let socket = NotifySocket::bind().unwrap();
        say(&socket, "READY=1");
        socket.empty().unwrap();
        assert!(!is_readable(&socket.inner, Duration::ZERO).unwrap());
    }
}
