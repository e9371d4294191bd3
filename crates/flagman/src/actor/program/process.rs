//! A running action program and flagman's end of its socket.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use flagman_base::Signal;
use flagman_base::process::{Child, Ended, Mask, Spec, spawn};
use flagman_base::protocol::{FromProgram, LineBuffer, LineError};
use nix::sys::epoll::{EpollEvent, EpollFlags};

use crate::actor::Context;
use crate::discovery::trust;

/// How many chunks are read in one turn.
const READS: u32 = 16;

/// How much may still be read before flagman looks after something else, in chunks: a program that
/// never stops talking must not hold it up. What is left is read when the loop comes round.
pub(super) struct Attention {
    chunks: u32,
    /// Whether the loop comes round at once for what a read that got less than a chunk may have left.
    ends_with_a_short_read: bool,
}

impl Attention {
    /// Until nothing is left, and then to whether the program has ended.
    pub(super) fn full() -> Self {
        Self { chunks: READS, ends_with_a_short_read: false }
    }

    /// To a program for which the loop was woken, and is woken again if there is more: most say one
    /// line, and two calls of the kernel would find that this was all.
    pub(super) fn of_the_loop() -> Self {
        Self { chunks: READS, ends_with_a_short_read: true }
    }

    fn is_over(&self) -> bool {
        self.chunks == 0
    }

    fn has_read(&mut self, count: usize) {
        let short = self.ends_with_a_short_read && count < LineBuffer::CHUNK;
        self.chunks = if short { 0 } else { self.chunks - 1 };
    }
}

/// A program that was started and not discarded.
pub(super) struct Process {
    child: Child,
    socket: UnixStream,
    lines: LineBuffer,
    unsent: Vec<u8>,
    hearing: Hearing,
    sending: Sending,
}

/// Whether something waits until the socket takes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Done,
    Waiting,
}

/// Whether the program may still say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hearing {
    Open,
    Closed,
}

/// What a program said or did.
#[derive(Debug)]
pub(super) enum Said {
    Message(FromProgram),
    /// It cannot be understood, and this says why.
    Nonsense(String),
    /// It has closed its socket.
    Closed,
    Ended(Ended),
    /// Nothing more for now.
    Nothing,
}

impl Process {
    /// Starts the program at `path` with a socket as its descriptor 3, if it is still to be trusted.
    pub(super) fn start(path: &Path, context: &Context<'_>) -> Result<Self, String> {
        let pair = UnixStream::pair()
            .and_then(|(ours, theirs)| ours.set_nonblocking(true).map(|()| (ours, theirs)));
        let (socket, theirs) = pair.map_err(|error| format!("cannot make its socket: {error}"))?;
        let mut spec = Spec::new(path.to_owned(), ["serve"]);
        spec.channel = Some(theirs.as_fd());
        spec.mask = Mask::Held;
        trust(path).map_err(|why| format!("cannot start `{}`: {why}", path.display()))?;
        let child = spawn(&spec).map_err(|error| error.to_string())?;
        let (lines, unsent) = (LineBuffer::default(), Vec::new());
        let process =
            Self { child, socket, lines, unsent, hearing: Hearing::Open, sending: Sending::Done };
        match process.enter(context) {
            Ok(()) => Ok(process),
            Err(error) => {
                process.kill(context).wait();
                Err(format!("cannot wait for it: {}", io::Error::from(error)))
            }
        }
    }

    fn enter(&self, context: &Context<'_>) -> nix::Result<()> {
        let event = EpollEvent::new(EpollFlags::EPOLLIN, context.token.into());
        context.epoll.add(&self.child, event)?;
        context.epoll.add(&self.socket, event)
    }

    /// Sends a line, now as far as the socket takes it, and the rest when it takes more.
    pub(super) fn say(&mut self, line: &str, context: &Context<'_>) {
        self.unsent.extend_from_slice(line.as_bytes());
        self.send(context);
    }

    /// A program that does not read any more has closed its socket or will run out of time; either
    /// is found out elsewhere.
    fn send(&mut self, context: &Context<'_>) {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => self.unsent.clear(),
            }
        }
        let wanted = if self.unsent.is_empty() { Sending::Done } else { Sending::Waiting };
        if wanted != self.sending && self.hearing == Hearing::Open {
            let more = match wanted {
                Sending::Done => EpollFlags::empty(),
                Sending::Waiting => EpollFlags::EPOLLOUT,
            };
            let mut event = EpollEvent::new(EpollFlags::EPOLLIN | more, context.token.into());
            // It is there, so this only changes what it waits for.
            let _ = context.epoll.modify(&self.socket, &mut event);
            self.sending = wanted;
        }
    }

    /// The next thing that the program said or did. What it said before it ended comes first.
    pub(super) fn listen(&mut self, attention: &mut Attention, context: &Context<'_>) -> Said {
        self.send(context);
        loop {
            if let Some(line) = self.lines.next_line() {
                return said(line);
            }
            if attention.is_over() {
                // What it has said and was not read in this turn comes before its end.
                return Said::Nothing;
            }
            if self.hearing == Hearing::Closed {
                break;
            }
            match self.socket.read(self.lines.space()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Ok(0) | Err(_) => return self.close(context),
                Ok(count) => {
                    self.lines.filled(count);
                    attention.has_read(count);
                }
            }
        }
        self.child.ended().map_or(Said::Nothing, Said::Ended)
    }

    fn close(&mut self, context: &Context<'_>) -> Said {
        self.hearing = Hearing::Closed;
        // It would be ready for ever.
        let _ = context.epoll.delete(&self.socket);
        let cut = || Said::Nonsense("it closed its socket in the middle of a line".to_owned());
        if self.lines.is_between_lines() { Said::Closed } else { cut() }
    }

    /// The child itself.
    pub(super) fn child(&self) -> &Child {
        &self.child
    }

    /// Asks its group to end.
    pub(super) fn terminate(&self) {
        // It may have ended meanwhile, which is what is wanted.
        let _ = self.child.signal_group(Signal::TERM);
    }

    /// Kills what is left of its group. The child is to be reaped when it has died, for which its
    /// entry in the epoll stays.
    pub(super) fn kill(self, context: &Context<'_>) -> Child {
        // What has gone meanwhile need not be killed.
        let _ = self.child.signal_group(Signal::KILL);
        if self.hearing == Hearing::Open {
            let _ = context.epoll.delete(&self.socket);
        }
        self.child
    }
}

fn said(line: Result<&str, LineError>) -> Said {
    let message = line.map_err(|error| error.to_string()).and_then(|line| {
        FromProgram::decode(line).map_err(|malformed| format!("it said nonsense: {malformed}"))
    });
    message.map_or_else(Said::Nonsense, Said::Message)
}
