//! One question over TCP, in its own connection (RFC 7766).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use hickory_proto::op::Message;

use super::udp::is_timeout;
use crate::answer::Failure;
use crate::question::Question;

/// Asks `question`. Blocks until `deadline` at most.
pub(super) fn ask(
    master: SocketAddr,
    question: &Question,
    deadline: Instant,
) -> Result<Message, Failure> {
    let message = exchange(master, question, deadline).map_err(|error| {
        if is_timeout(&error) { Failure::Silence } else { Failure::Exchange(error) }
    })?;
    if message.metadata.truncation { Err(Failure::Truncated) } else { Ok(message) }
}

fn exchange(master: SocketAddr, question: &Question, deadline: Instant) -> io::Result<Message> {
    let message = question.message();
    let bytes = message.to_vec().map_err(io::Error::other)?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    let mut connection =
        Connection { stream: TcpStream::connect_timeout(&master, left(deadline)?)?, deadline };
    connection.write_all(&[&length.to_be_bytes()[..], &bytes].concat())?;
    loop {
        let answer = Message::from_vec(&connection.read_message()?).map_err(io::Error::other)?;
        if question.is_answered_by(message.metadata.id, &answer) {
            return Ok(answer);
        }
    }
}

/// The time left until `deadline`.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A stream with one deadline, however slowly the bytes arrive.
struct Connection {
    stream: TcpStream,
    deadline: Instant,
}

impl Connection {
    /// Reads a message, which follows its length in two bytes.
    fn read_message(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 2];
        self.read_exact(&mut length)?;
        let mut bytes = vec![0; u16::from_be_bytes(length).into()];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
