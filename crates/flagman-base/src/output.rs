//! Writing to the standard streams, which this process shares with other programs.
//!
//! Whoever shares a stream can make it non-blocking (`O_NONBLOCK`): node does so by itself, and the
//! flag then holds for everybody. A write that would have waited fails with EAGAIN instead. So
//! a writer here waits for room with `poll(2)` and continues. The flag is never cleared: other
//! programs rely on it, and they may set it again at any time.
//!
//! Ordering rule: what the standard library still holds for standard output is written first.

use std::fmt::Display;
use std::io::{self, ErrorKind, StdoutLock, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long to wait when a stream has no room although `poll(2)` has said so. A terminal that has
/// room for one byte does that, for a newline takes two.
const NO_ROOM_YET: Duration = Duration::from_millis(2);

static STANDARD_OUTPUT: Mutex<Stream> = Mutex::new(Stream { last: Last::Whole });

/// Prints a line on standard output; the newline is added. Use it in the place of `println!`, which
/// fails when another program has made standard output non-blocking, and then prints the rest of its
/// line at some later time.
///
/// Blocks until all of it is written. Lines of several threads do not mix. If the last line was cut
/// off, by a full disk for example, it is ended first.
///
/// ```
/// # fn example(seen: u64) -> Result<(), flagman_base::Error> {
/// flagman_base::print_line("one line")?;
/// flagman_base::print_line(format_args!("{seen} signals so far"))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Standard output does not take it: a closed pipe, a full disk. No more of this line is printed
/// later.
pub fn print_line(line: impl Display) -> io::Result<()> {
    let line = line.to_string();
    print(&format!("{line}\n"))
        .map_err(|error| io::Error::new(error.kind(), format!("cannot print `{line}`: {error}")))
}

/// Prints a text that ends with a newline. Blocks as [`print_line`] does.
///
/// # Errors
/// As [`print_line`].
pub fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    flush_locked(&mut output)?;
    let mut stream = STANDARD_OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    stream.write(output.as_fd(), text).map_err(|errno| match errno {
        Errno::EBADF => io::Error::other("standard output is closed"),
        errno => errno.into(),
    })
}

/// Writes what the standard library still holds for standard output, as after a `print!` without a
/// newline. The exit of a process does so too, but does not wait for room.
///
/// # Errors
/// Standard output does not take it.
pub fn flush() -> io::Result<()> {
    flush_locked(&mut io::stdout().lock())
}

fn flush_locked(output: &mut StdoutLock<'_>) -> io::Result<()> {
    let mut room = Room::default();
    loop {
        match output.flush() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => room.wait(output.as_fd()),
            flushed => return flushed,
        }
    }
}

/// Writes some of `bytes`, as `write(2)` does, but waits for room also where the stream is
/// non-blocking.
///
/// # Errors
/// Those of `write(2)` but EAGAIN and EINTR.
pub fn write_some(to: BorrowedFd<'_>, bytes: &[u8]) -> nix::Result<usize> {
    let mut room = Room::default();
    loop {
        match nix::unistd::write(to, bytes) {
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => room.wait(to),
            written => return written,
        }
    }
}

/// Waits for room in a stream, once or more.
#[derive(Default)]
struct Room {
    waited: bool,
}

impl Room {
    /// Blocks until the stream has room or an error to tell, which the next write finds out.
    fn wait(&mut self, to: BorrowedFd<'_>) {
        let polled = poll(&mut [PollFd::new(to, PollFlags::POLLOUT)], PollTimeout::NONE);
        if self.waited || polled.is_err() {
            thread::sleep(NO_ROOM_YET);
        }
        self.waited = true;
    }
}

/// How the last line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Whole,
    /// It was cut off, so that what comes next would be glued to it.
    Torn,
}

/// A stream to which lines are written.
#[derive(Debug)]
struct Stream {
    last: Last,
}

impl Stream {
    /// Writes whole lines, after a newline if the last one was torn.
    fn write(&mut self, to: BorrowedFd<'_>, lines: &str) -> nix::Result<()> {
        let newline = match self.last {
            Last::Whole => "",
            Last::Torn => "\n",
        };
        let bytes = [newline, lines].concat().into_bytes();
        let mut written = 0;
        while written < bytes.len() {
            match write_some(to, &bytes[written..]) {
                Ok(0) => return Err(Errno::EIO),
                Ok(count) => {
                    written += count;
                    self.last = if bytes[written - 1] == b'\n' { Last::Whole } else { Last::Torn };
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::os::fd::AsFd;
    use std::thread;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    use super::{Last, Stream};

    #[test]
    fn a_long_line_is_whole_on_a_pipe_that_somebody_has_made_non_blocking() {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let flags = || fcntl(&writer, FcntlArg::F_GETFL).expect("it has flags");
        let nonblocking = OFlag::from_bits_truncate(flags()) | OFlag::O_NONBLOCK;
        fcntl(&writer, FcntlArg::F_SETFL(nonblocking)).expect("flags can be set");
        let line = format!("{}\n", "x".repeat(1 << 20));
        let mut seen = String::new();
        thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let mut seen = vec![0; line.len()];
                reader.read_exact(&mut seen).expect("it can be read");
                String::from_utf8(seen).expect("it is text")
            });
            let mut stream = Stream { last: Last::Whole };
            stream.write(writer.as_fd(), &line).expect("it is written");
            assert_eq!(stream.last, Last::Whole);
            seen = reading.join().expect("it is read");
        });
        assert_eq!(seen, line);
        // Others rely on the flag.
        assert!(OFlag::from_bits_truncate(flags()).contains(OFlag::O_NONBLOCK));
    }

    #[test]
    fn a_terminal_that_is_full_and_non_blocking_is_waited_for() {
        let terminal = nix::pty::openpty(None, None).expect("a terminal");
        fcntl(&terminal.slave, FcntlArg::F_SETFL(OFlag::O_RDWR | OFlag::O_NONBLOCK))
            .expect("flags can be set");
        let lines = "a line of some length\n".repeat(10_000);
        let mut master = std::fs::File::from(terminal.master);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut stream = Stream { last: Last::Whole };
                stream.write(terminal.slave.as_fd(), &lines).expect("it is written");
            });
            let mut seen = vec![0; lines.len() + 10_000];
            master.read_exact(&mut seen).expect("it can be read");
            assert_eq!(String::from_utf8_lossy(&seen), lines.replace('\n', "\r\n"));
        });
    }

    #[test]
    fn a_line_that_was_torn_is_ended_before_the_next() {
        let (mut stream, mut file) = (Stream { last: Last::Torn }, tempfile::tempfile().unwrap());
        stream.write(file.as_fd(), "second\n").expect("it is written");
        stream.write(file.as_fd(), "third\n").expect("it is written");
        file.rewind().expect("it is a file");
        assert_eq!(std::io::read_to_string(file).expect("it is text"), "\nsecond\nthird\n");
    }

    #[test]
    fn what_is_not_written_at_all_tears_nothing() {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("it is there");
        for last in [Last::Whole, Last::Torn] {
            let mut stream = Stream { last };
            assert_eq!(stream.write(full.as_fd(), "a line\n"), Err(Errno::ENOSPC));
            assert_eq!(stream.last, last);
        }
    }
}
