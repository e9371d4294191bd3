//! Questions over UDP, all of them in flight at once.
//!
//! Each has its own connected socket. So the kernel drops datagrams from other senders, reports a
//! port that nobody listens on, and keeps an answer until it is read.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::Message;

use crate::answer::Failure;
use crate::question::Question;

/// The shortest timeout of a socket. Zero would mean no timeout.
const MOMENT: Duration = Duration::from_millis(1);

/// Sends all `questions` at once, and repeats those without an answer, with the limit of each of
/// `tries`.
pub(super) fn ask(
    master: SocketAddr,
    questions: &[Question],
    tries: &[Duration],
) -> Vec<Result<Message, Failure>> {
    let mut asked: Vec<_> =
        questions.iter().map(|question| Asked::open(master, question)).collect();
    for limit in tries {
        for asked in &mut asked {
            asked.proceed(Asked::send);
        }
        let deadline = Instant::now() + *limit;
        for asked in &mut asked {
            asked.proceed(|asked| asked.receive(deadline));
        }
    }
    asked.into_iter().map(|asked| asked.outcome).collect()
}

/// A question in flight, and its outcome so far.
struct Asked<'a> {
    question: &'a Question,
    id: u16,
    bytes: Vec<u8>,
    socket: Option<UdpSocket>,
    outcome: Result<Message, Failure>,
}

impl<'a> Asked<'a> {
    fn open(master: SocketAddr, question: &'a Question) -> Self {
        let message = question.message();
        let prepared = connect(master).and_then(|socket| {
            message.to_vec().map(|bytes| (socket, bytes)).map_err(io::Error::other)
        });
        let (socket, bytes, failure) = match prepared {
            Ok((socket, bytes)) => (Some(socket), bytes, Failure::Silence),
            Err(error) => (None, Vec::new(), Failure::Exchange(error)),
        };
        Self { question, id: message.metadata.id, bytes, socket, outcome: Err(failure) }
    }

    /// Does a step, unless the question has been answered or has no socket.
    fn proceed(&mut self, step: impl FnOnce(&mut Self) -> io::Result<()>) {
        if self.outcome.is_ok() || self.socket.is_none() {
            return;
        }
        if let Err(error) = step(self) {
            self.outcome = Err(Failure::Exchange(error));
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let Some(socket) = &self.socket else { return Ok(()) };
        self.outcome = Err(Failure::Silence);
        socket.send(&self.bytes).map(drop)
    }

    /// Reads until the answer arrives or `deadline` passes. Ignores datagrams that do not answer
    /// this question. An answer that has already arrived is read even after the deadline.
    fn receive(&mut self, deadline: Instant) -> io::Result<()> {
        let Some(socket) = &self.socket else { return Ok(()) };
        let mut buffer = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            socket.set_read_timeout(Some(left.max(MOMENT)))?;
            match socket.recv(&mut buffer) {
                Ok(length) => {
                    if let Some(message) = self.read(&buffer[..length]) {
                        self.outcome = Ok(message);
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    fn read(&self, bytes: &[u8]) -> Option<Message> {
        let message = Message::from_vec(bytes).ok();
        message.filter(|message| self.question.is_answered_by(self.id, message))
    }
}

/// A connected socket on a random port, which the kernel chooses.
fn connect(master: SocketAddr) -> io::Result<UdpSocket> {
    let socket = match master {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
    };
    socket.connect(master)?;
    Ok(socket)
}

/// Linux returns `WouldBlock` when a socket's timeout expires, other systems `TimedOut`.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
