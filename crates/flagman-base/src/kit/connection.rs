//! The socket to flagman.
//!
//! Lines from several threads must not mix, so each is sent whole, under one lock. Sending to a flagman
//! that is gone is not an error: the reader learns it from the end of file.

use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};

use crate::protocol::{ACTION_FD, FromProgram, LineBuffer};

/// How much of a text is sent, in bytes. However the text is escaped, its line stays short enough.
const LONGEST_TEXT: usize = 64 * 1024;

pub(super) struct Connection {
    stream: UnixStream,
    sending: Mutex<()>,
}

impl Connection {
    /// The connection that flagman passed to this program; `None` if something other than flagman
    /// started it.
    pub(super) fn from_flagman() -> Option<Self> {
        let said = std::env::var("FLAGMAN_ACTION_FD").ok()?;
        if said.parse() != Ok(ACTION_FD) {
            return None;
        }
        let stream = UnixStream::from(flagman_sys::take_descriptor(ACTION_FD)?);
        stream.peer_addr().ok()?;
        stream.set_nonblocking(false).ok()?;
        Some(Self { stream, sending: Mutex::new(()) })
    }

    /// Sends a message. Blocks while flagman does not read. Does nothing when flagman is gone.
    pub(super) fn say(&self, message: &FromProgram) {
        let Ok(line) = message.encode() else {
            // The texts are short enough and the message is a known one, so this always succeeds.
            return;
        };
        let _sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = line.as_bytes();
        while !left.is_empty() {
            match send(self.stream.as_raw_fd(), left, MsgFlags::MSG_NOSIGNAL) {
                Ok(sent) => left = &left[sent..],
                Err(Errno::EINTR) => {}
                Err(_) => return,
            }
        }
    }

    /// Reads what flagman sends next. Blocks until there is something.
    pub(super) fn hear(&self, buffer: &mut LineBuffer) -> Incoming {
        loop {
            match (&self.stream).read(buffer.space()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return Incoming::TheEnd,
                Ok(count) => {
                    buffer.filled(count);
                    return Incoming::Something;
                }
            }
        }
    }
}

/// What was read from the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Something,
    /// flagman is gone.
    TheEnd,
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Shortens a text so that it fits into a line.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::shortened;
    use crate::protocol::FromProgram;

    #[test]
    fn a_text_of_any_length_fits_into_a_line() {
        for text in ["\u{1}".repeat(2_000_000), "é".repeat(2_000_001), "\"".repeat(3_000_000)] {
            let message = shortened(text);
            assert!(FromProgram::Failed { id: None, message }.encode().is_ok());
        }
    }
}
