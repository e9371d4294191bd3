//! Where log lines go: standard error, without ever blocking on it.
//!
//! Whether a write would block depends on what standard error is, so that is found out once. The
//! file description of standard error is shared with the shell and with other programs and must
//! not be made non-blocking itself. Where nothing else helps, a thread of its own may block on it.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use flagman_base::protocol::Level;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::socket::{MsgFlags, send};
use nix::sys::stat::{SFlag, fstat, makedev};

use super::format::Format;
use super::line;
use super::writer::Writer;

/// The part of flagman that writes the log.
const LOG: &str = "flagman.log";

/// How a write that does not block is made.
#[derive(Debug)]
enum Way {
    /// A pipe or terminal, opened once more as a file description of our own.
    Reopened(File),
    /// A socket, by the flag of the call.
    Socket,
    /// A pipe or terminal that cannot be opened again.
    Writer(Writer),
    /// A file or a device on which writes do not wait for anybody.
    Plain,
}

#[derive(Debug)]
pub(super) struct Sink {
    way: Way,
    /// The end of a long line of which standard error took only a part.
    unfinished: Vec<u8>,
    lost: u64,
    /// The form of what the sink itself has to say.
    format: Format,
}

impl Sink {
    pub(super) fn standard_error(format: Format) -> Self {
        let way = Way::of(std::io::stderr().as_fd());
        Self { way, unfinished: Vec::new(), lost: 0, format }
    }

    /// Writes a line with its newline, or counts it as lost.
    pub(super) fn write(&mut self, line: &str) {
        // What was told of lost lines may itself have been taken only in part.
        let ready = self.finish_line() && self.tell_lost() && self.unfinished.is_empty();
        let written = ready && self.send(line.as_bytes());
        if !written {
            self.lost += 1;
        }
    }

    /// Waits a little for lines that are on their way.
    pub(super) fn flush(&self) {
        if let Way::Writer(writer) = &self.way {
            writer.flush();
        }
    }

    fn tell_lost(&mut self) -> bool {
        if self.lost == 0 {
            return true;
        }
        let (lost, plural) = (self.lost, if self.lost == 1 { " was" } else { "s were" });
        let message = format_args!("{lost} log line{plural} lost here");
        let line = line::of(self.format, Level::Warning, LOG, message);
        let told = self.send(line.as_bytes());
        if told {
            self.lost = 0;
        }
        told
    }

    fn finish_line(&mut self) -> bool {
        let rest = std::mem::take(&mut self.unfinished);
        rest.is_empty() || self.send_or_keep(rest)
    }

    fn send_or_keep(&mut self, rest: Vec<u8>) -> bool {
        let sent = self.send(&rest);
        if !sent {
            self.unfinished = rest;
        }
        sent && self.unfinished.is_empty()
    }

    /// Sends `bytes`; `false` if none of them could be. What is left of a part is kept.
    fn send(&mut self, bytes: &[u8]) -> bool {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.way.write(&bytes[sent..]) {
                Ok(0) | Err(_) if sent == 0 => return false,
                Ok(0) | Err(_) => {
                    self.unfinished = bytes[sent..].to_vec();
                    return true;
                }
                Ok(count) => sent += count,
            }
        }
        true
    }
}

impl Way {
    fn of(fd: BorrowedFd<'_>) -> Self {
        let Ok(stat) = fstat(fd) else { return Self::Plain };
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFSOCK => Self::Socket,
            SFlag::S_IFIFO => Self::reopened(fd).unwrap_or_else(Self::writer),
            // Opening the master of a terminal again would make another terminal.
            SFlag::S_IFCHR if fd.is_terminal() && stat.st_rdev != makedev(5, 2) => {
                Self::reopened(fd).unwrap_or_else(Self::writer)
            }
            SFlag::S_IFCHR if fd.is_terminal() => Self::writer(),
            _ => Self::Plain,
        }
    }

    fn writer() -> Self {
        Writer::spawn().map_or(Self::Plain, Self::Writer)
    }

    fn reopened(fd: BorrowedFd<'_>) -> Option<Self> {
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        File::options()
            .write(true)
            .custom_flags(flags.bits())
            .open(format!("/proc/self/fd/{}", fd.as_raw_fd()))
            .ok()
            .map(Self::Reopened)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        loop {
            let written = match self {
                Self::Reopened(file) => file.write(bytes).map_err(|error| error.kind()),
                Self::Socket => send_now(bytes).map_err(kind),
                Self::Writer(writer) => writer.write(bytes),
                Self::Plain => nix::unistd::write(std::io::stderr(), bytes).map_err(kind),
            };
            if written != Err(ErrorKind::Interrupted) {
                return written;
            }
        }
    }
}

fn kind(errno: Errno) -> ErrorKind {
    std::io::Error::from(errno).kind()
}

fn send_now(bytes: &[u8]) -> nix::Result<usize> {
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    send(std::io::stderr().as_raw_fd(), bytes, flags)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::AsFd;

    use super::{Format, Sink, Way};

    fn sink_into_pipe() -> (Sink, File) {
        let (reader, writer) = nix::unistd::pipe().expect("a pipe");
        let way = Way::of(writer.as_fd());
        assert!(matches!(way, Way::Reopened(_)), "{way:?}");
        let sink = Sink { way, unfinished: Vec::new(), lost: 0, format: Format::Text };
        (sink, File::from(reader))
    }

    fn read_some(reader: &mut File) -> String {
        let mut bytes = vec![0; 1 << 20];
        let count = reader.read(&mut bytes).expect("the pipe can be read");
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    #[test]
    fn lines_that_a_full_pipe_does_not_take_are_counted_and_told() {
        let (mut sink, mut reader) = sink_into_pipe();
        let mut written = 0;
        while sink.lost < 3 {
            sink.write("a line of the log\n");
            written += 1;
        }
        let kept = read_some(&mut reader);
        assert_eq!(kept.lines().count(), written - 3);
        sink.write("after\n");
        let told = "WARNING:flagman.log:3 log lines were lost here\nafter\n";
        assert_eq!(read_some(&mut reader), told);
    }

    #[test]
    fn a_long_line_that_was_cut_is_finished_before_the_next() {
        let (mut sink, mut reader) = sink_into_pipe();
        let long = "x".repeat(100_000);
        sink.write(&format!("{long}\n"));
        let mut seen = read_some(&mut reader);
        assert!(seen.len() < 100_000);
        sink.write("after\n");
        seen.push_str(&read_some(&mut reader));
        assert_eq!(seen, format!("{long}\nafter\n"));
    }

    #[test]
    fn the_end_of_a_line_that_was_cut_is_kept_as_long_as_nothing_is_taken() {
        let (mut sink, mut reader) = sink_into_pipe();
        let long = "x".repeat(100_000);
        sink.write(&format!("{long}\n"));
        for _ in 0..2 {
            sink.write("lost\n");
        }
        let mut seen = read_some(&mut reader);
        sink.write("after\n");
        seen.push_str(&read_some(&mut reader));
        let told = "WARNING:flagman.log:2 log lines were lost here\nafter\n";
        assert_eq!(seen, format!("{long}\n{told}"));
    }

    #[test]
    fn a_terminal_is_opened_once_more_but_not_its_master() {
        let terminal = nix::pty::openpty(None, None).expect("a terminal");
        let mut way = Way::of(terminal.slave.as_fd());
        assert!(matches!(way, Way::Reopened(_)), "{way:?}");
        assert_eq!(way.write(b"a line\n"), Ok(7));
        assert_eq!(read_some(&mut File::from(terminal.master)), "a line\r\n");
        let terminal = nix::pty::openpty(None, None).expect("a terminal");
        let way = Way::of(terminal.master.as_fd());
        assert!(matches!(way, Way::Writer(_)), "{way:?}");
    }

    #[test]
    fn a_reader_that_has_gone_costs_only_the_line() {
        let (mut sink, reader) = sink_into_pipe();
        drop(reader);
        sink.write("nobody reads this\n");
        assert_eq!(sink.lost, 1);
    }
}
