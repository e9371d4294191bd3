//! Where log lines go: standard error, without ever blocking on it.
//!
//! Whether a write would block depends on what standard error is, so that is found out once. The
//! file description of standard error is shared with the shell and with other programs and must
//! not be made non-blocking itself. Where nothing else helps, a thread of its own may block on it.

use std::fs::File;
use std::io::IsTerminal;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{SFlag, fstat, makedev};

use super::format::Format;
use super::stream::{Stream, Way};
use super::writer::Writer;

#[derive(Debug)]
pub(super) enum Sink {
    /// Writes do not wait for anybody.
    Direct(Stream),
    /// A pipe or terminal that cannot be opened again.
    Writer(Writer),
}

impl Sink {
    pub(super) fn standard_error(format: Format) -> Self {
        Self::of(std::io::stderr().as_fd(), format)
    }

    fn of(fd: BorrowedFd<'_>, format: Format) -> Self {
        let direct = |way| Self::Direct(Stream::new(way, format));
        let or_writer = |file: Option<File>| match file {
            Some(file) => direct(Way::Reopened(file)),
            None => Writer::spawn(format).map_or_else(|| direct(Way::Plain), Self::Writer),
        };
        let Ok(stat) = fstat(fd) else { return direct(Way::Plain) };
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            // Opened again for writing it would be a pipe that somebody writes to, and nobody reads.
            SFlag::S_IFIFO if is_for_reading(fd) => direct(Way::Plain),
            SFlag::S_IFSOCK => direct(Way::Socket),
            SFlag::S_IFIFO => or_writer(reopened(fd)),
            // Opening the master of a terminal again would make another terminal.
            SFlag::S_IFCHR if fd.is_terminal() && stat.st_rdev != makedev(5, 2) => {
                or_writer(reopened(fd))
            }
            SFlag::S_IFCHR if fd.is_terminal() => or_writer(None),
            _ => direct(Way::Plain),
        }
    }

    /// Writes a line with its newline, or counts it as lost.
    pub(super) fn write(&mut self, line: &str) {
        match self {
            Self::Direct(stream) => stream.write(line),
            Self::Writer(writer) => writer.write(line),
        }
    }

    /// Tells of lost lines, and waits a little for those that are on their way.
    pub(super) fn flush(&mut self) {
        match self {
            Self::Direct(stream) => {
                stream.settle();
            }
            Self::Writer(writer) => writer.flush(),
        }
    }
}

/// Whether nothing can be written to it, as to what stands in for a closed standard error.
fn is_for_reading(fd: BorrowedFd<'_>) -> bool {
    let flags = fcntl(fd, FcntlArg::F_GETFL).map(OFlag::from_bits_truncate);
    flags.is_ok_and(|flags| flags & OFlag::O_ACCMODE == OFlag::O_RDONLY)
}

/// The same pipe or terminal as a file description of our own, which does not block.
pub(super) fn reopened(fd: BorrowedFd<'_>) -> Option<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    File::options()
        .write(true)
        .custom_flags(flags.bits())
        .open(format!("/proc/self/fd/{}", fd.as_raw_fd()))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::AsFd;

    use super::{Format, Sink};

    #[test]
    fn a_pipe_that_is_for_reading_is_not_opened_for_writing() {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let sink = Sink::of(reader.as_fd(), Format::Text);
        drop(writer);
        // Otherwise this would wait for ever.
        assert!(matches!(sink, Sink::Direct(_)), "{sink:?}");
        assert_eq!(reader.read(&mut [0]).expect("it can be read"), 0);
    }

    #[test]
    fn a_terminal_is_opened_once_more_but_not_its_master() {
        let terminal = nix::pty::openpty(None, None).expect("a terminal");
        let mut sink = Sink::of(terminal.slave.as_fd(), Format::Text);
        assert!(matches!(sink, Sink::Direct(_)), "{sink:?}");
        sink.write("a line\n");
        let mut bytes = [0; 100];
        let count = File::from(terminal.master).read(&mut bytes).expect("it can be read");
        assert_eq!(&bytes[..count], b"a line\r\n");
        let terminal = nix::pty::openpty(None, None).expect("a terminal");
        let sink = Sink::of(terminal.master.as_fd(), Format::Text);
        assert!(matches!(sink, Sink::Writer(_)), "{sink:?}");
    }
}
