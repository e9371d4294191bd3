//! Writing to the standard streams, which this process shares with other programs.
//!
//! Any process that shares a stream can make it non-blocking (`O_NONBLOCK`). Node.js does so by itself,
//! and the flag then applies to all of them: a write that would have waited fails with EAGAIN instead.
//! So the functions here wait for room with `poll(2)` and continue. They never clear the flag: other
//! programs rely on it, and may set it again at any time.
//!
//! Ordering rule: text that the standard library has buffered for standard output is written first.

use std::fmt::Display;
use std::io::{self, ErrorKind, StdoutLock, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long to wait when a write finds no room although `poll(2)` reported some. This happens on a
/// terminal with room for one byte, because it writes a newline as two.
const NO_ROOM_YET: Duration = Duration::from_millis(2);

static STANDARD_OUTPUT: Mutex<Stream> = Mutex::new(Stream { last: Last::Whole });

/// Prints a line on standard output and adds the newline. Use it instead of `println!`: that fails when
/// another program has made standard output non-blocking, and prints the rest of its line later.
///
/// Blocks until the whole line is written. Lines from several threads do not mix. If the previous line
/// was cut off, for example by a full disk, it is ended with a newline first.
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
/// Standard output cannot be written: a closed pipe, a full disk. The rest of this line is not printed
/// later.
pub fn print_line(line: impl Display) -> io::Result<()> {
    let line = line.to_string();
    print(&format!("{line}\n"))
        .map_err(|error| io::Error::new(error.kind(), format!("cannot print `{line}`: {error}")))
}

/// Prints a text that ends with a newline. Blocks like [`print_line`].
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

/// Writes what the standard library has buffered for standard output, for example after a `print!`
/// without a newline. Blocks until all of it is written. The process would write it on exit too, but
/// without waiting for room.
///
/// # Errors
/// Standard output cannot be written.
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

/// Writes some of `bytes`, as `write(2)` does. Blocks until there is room, even if the stream is
/// non-blocking.
///
/// # Errors
/// Those of `write(2)`, except EAGAIN and EINTR.
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

/// Waits for room in a stream, possibly several times.
#[derive(Default)]
struct Room {
    waited: bool,
}

impl Room {
    /// Blocks until the stream has room or an error. The next write reports the error.
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
    /// It was cut off: the next text would continue it.
    Torn,
}

/// A stream to which lines are written.
#[derive(Debug)]
struct Stream {
    last: Last,
}

impl Stream {
    /// Writes whole lines, after a newline if the previous line was cut off.
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
