//! What a program writes into a pipe. It is kept up to a bound, and reading never blocks.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read};
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags};

/// How much is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// The reading end of the pipe, and what was read from it.
pub(super) struct Capture {
    reader: PipeReader,
    said: Vec<u8>,
    longest: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// More may come.
    Open,
    /// Nothing more will come.
    Closed,
}

impl Capture {
    /// A pipe, of which so many bytes are kept, and its writing end for the program.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub(super) fn new(longest: usize) -> io::Result<(Self, PipeWriter)> {
        let (reader, theirs) = io::pipe()?;
        // The program's end is a file description of its own and still blocks, as a program expects.
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok((Self { reader, said: Vec::new(), longest, state: State::Open }, theirs))
    }

    /// What to poll for; nothing once the pipe is closed.
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

    /// Reads one chunk; `false` when there was nothing to read.
    pub(super) fn read(&mut self) -> bool {
        let mut chunk = [0; CHUNK];
        match self.reader.read(&mut chunk) {
            Ok(0) => self.state = State::Closed,
            Ok(count) => {
                // One byte beyond the bound shows that there was more.
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

    /// Reads until nothing is there, or the bound is passed.
    pub(super) fn read_all(&mut self) {
        while !self.is_over() && self.read() {}
    }
}
