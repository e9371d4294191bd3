//! Writing lines to standard error, whatever becomes of it: a line that it does not take is lost,
//! counted, and told with the next one that it does take.
//!
//! A full pipe, a full disk, a file at its size limit and a reader that has gone are all the same
//! here. A line of which only a part was taken is finished before anything else is written.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::{AsFd, AsRawFd};

use flagman_base::output::write_some;
use flagman_base::protocol::Level;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};

use super::format::Format;
use super::line;

/// The part of flagman that writes the log.
const LOG: &str = "flagman.log";

/// How a write is made.
#[derive(Debug)]
pub(super) enum Way {
    /// To a file description of our own, which does not block.
    Reopened(File),
    /// To a socket, by the flag of the call that makes it not block.
    Socket,
    /// To a file or a device on which writes do not wait for anybody.
    Plain,
    /// To anything, and it waits for room: for a thread that may.
    Waiting,
}

#[derive(Debug)]
pub(super) struct Stream {
    way: Way,
    /// The end of a line of which standard error took only a part.
    unfinished: Vec<u8>,
    lost: u64,
    /// The form of what the stream itself has to say.
    format: Format,
}

impl Stream {
    pub(super) fn new(way: Way, format: Format) -> Self {
        Self { way, unfinished: Vec::new(), lost: 0, format }
    }

    /// Writes a line with its newline, or counts it as lost.
    pub(super) fn write(&mut self, line: &str) {
        let written = self.settle() && self.send(line.as_bytes());
        if !written {
            self.lost += 1;
        }
    }

    /// Counts lines that somebody else has lost before the next one.
    pub(super) fn add_lost(&mut self, lost: u64) {
        self.lost += lost;
    }

    /// Finishes a line that was cut and tells of lost ones; `true` if a new line can follow.
    pub(super) fn settle(&mut self) -> bool {
        // What was told of lost lines may itself have been taken only in part.
        self.finish_line() && self.tell_lost() && self.unfinished.is_empty()
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
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        loop {
            let written = match self {
                Self::Reopened(file) => file.write(bytes).map_err(|error| error.kind()),
                Self::Socket => send_now(bytes).map_err(kind),
                Self::Plain => nix::unistd::write(std::io::stderr(), bytes).map_err(kind),
                Self::Waiting => write_some(std::io::stderr().as_fd(), bytes).map_err(kind),
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

    use super::super::sink::reopened;
    use super::{Format, Stream, Way};

    fn stream_into_pipe() -> (Stream, File) {
        let (reader, writer) = nix::unistd::pipe().expect("a pipe");
        let file = reopened(writer.as_fd()).expect("it can be opened once more");
        (Stream::new(Way::Reopened(file), Format::Text), File::from(reader))
    }

    fn read_some(reader: &mut File) -> String {
        let mut bytes = vec![0; 1 << 20];
        let count = reader.read(&mut bytes).expect("the pipe can be read");
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    #[test]
    fn lines_that_a_full_pipe_does_not_take_are_counted_and_told() {
        let (mut stream, mut reader) = stream_into_pipe();
        let mut written = 0;
        while stream.lost < 3 {
            stream.write("a line of the log\n");
            written += 1;
        }
        let kept = read_some(&mut reader);
        assert_eq!(kept.lines().count(), written - 3);
        stream.write("after\n");
        let told = "WARNING:flagman.log:3 log lines were lost here\nafter\n";
        assert_eq!(read_some(&mut reader), told);
    }

    #[test]
    fn a_long_line_that_was_cut_is_finished_before_the_next() {
        let (mut stream, mut reader) = stream_into_pipe();
        let long = "x".repeat(100_000);
        stream.write(&format!("{long}\n"));
        let mut seen = read_some(&mut reader);
        assert!(seen.len() < 100_000);
        stream.write("after\n");
        seen.push_str(&read_some(&mut reader));
        assert_eq!(seen, format!("{long}\nafter\n"));
    }

    #[test]
    fn the_end_of_a_line_that_was_cut_is_kept_as_long_as_nothing_is_taken() {
        let (mut stream, mut reader) = stream_into_pipe();
        let long = "x".repeat(100_000);
        stream.write(&format!("{long}\n"));
        for _ in 0..2 {
            stream.write("lost\n");
        }
        let mut seen = read_some(&mut reader);
        stream.write("after\n");
        seen.push_str(&read_some(&mut reader));
        let told = "WARNING:flagman.log:2 log lines were lost here\nafter\n";
        assert_eq!(seen, format!("{long}\n{told}"));
    }

    #[test]
    fn a_reader_that_has_gone_costs_only_the_line() {
        let (mut stream, reader) = stream_into_pipe();
        drop(reader);
        stream.write("nobody reads this\n");
        assert_eq!(stream.lost, 1);
    }

    #[test]
    fn what_was_lost_is_told_at_the_end_if_no_line_follows() {
        let (mut stream, mut reader) = stream_into_pipe();
        while stream.lost < 2 {
            stream.write("a line of the log\n");
        }
        read_some(&mut reader);
        stream.add_lost(3);
        assert!(stream.settle());
        assert_eq!(read_some(&mut reader), "WARNING:flagman.log:5 log lines were lost here\n");
    }
}
