//! What a program writes into a pipe, read without ever waiting for it, and kept up to a bound.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read};
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags};

/// How much is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// Our end of the pipe, and what came out of it.
pub(super) struct Capture {
    reader: PipeReader,
    said: Vec<u8>,
    longest: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Somebody can still write.
    Open,
    /// Nobody can write any more.
    Closed,
}

impl Capture {
    /// A pipe, with the end that is the program's; of what it writes so many bytes are kept.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub(super) fn new(longest: usize) -> io::Result<(Self, PipeWriter)> {
        let (reader, theirs) = io::pipe()?;
        // The other end is a file description of its own and still blocks, as a program expects.
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok((Self { reader, said: Vec::new(), longest, state: State::Open }, theirs))
    }

    /// What becomes ready when there is something to read; nothing once all has been read.
    pub(super) fn awaited(&self) -> Option<PollFd<'_>> {
        let open = self.state == State::Open;
        open.then(|| PollFd::new(self.reader.as_fd(), PollFlags::POLLIN))
    }

    /// What was written, up to the bound.
    pub(super) fn said(&self) -> &[u8] {
        &self.said[..self.said.len().min(self.longest)]
    }

    /// Whether more was written than is kept.
    pub(super) fn is_over(&self) -> bool {
        self.said.len() > self.longest
    }

    /// Reads a part of what is there; `false` when nothing was.
    pub(super) fn read(&mut self) -> bool {
        let mut chunk = [0; CHUNK];
        match self.reader.read(&mut chunk) {
            Ok(0) => self.state = State::Closed,
            Ok(count) => {
                // One byte too many is enough to know.
                let room = (self.longest + 1).saturating_sub(self.said.len());
                self.said.extend_from_slice(&chunk[..count.min(room)]);
                return true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return true,
            Err(_) => self.state = State::Closed,
        }
        false
    }

    /// Reads all that is there, or more than is kept, which comes first.
    pub(super) fn read_all(&mut self) {
        while !self.is_over() && self.read() {}
    }
}
