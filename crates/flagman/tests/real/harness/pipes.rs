//! Pipes that have little room, or none.

use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsFd;

use flagman_test::LIMIT;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// A pipe with as little room as a pipe can have.
pub(crate) fn small_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    fcntl(writer.as_fd(), FcntlArg::F_SETPIPE_SZ(4096)).expect("a pipe can be made small");
    (reader, writer)
}

/// A pipe that is full until it is read.
pub(crate) fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = small_pipe();
    set_flags(&writer, OFlag::O_NONBLOCK);
    while nix::unistd::write(&writer, b"x").is_ok() {}
    set_flags(&writer, OFlag::empty());
    (reader, writer)
}

/// Makes a pipe non-blocking for everybody who writes to it.
pub(crate) fn make_nonblocking(writer: &PipeWriter) {
    set_flags(writer, OFlag::O_NONBLOCK);
}

/// Whether it is still non-blocking.
pub(crate) fn is_nonblocking(writer: &PipeWriter) -> bool {
    let flags = fcntl(writer, FcntlArg::F_GETFL).expect("it has flags");
    OFlag::from_bits_truncate(flags).contains(OFlag::O_NONBLOCK)
}

/// Closes the reading end, and returns when nobody has it open any more. A process that another test has
/// forked may hold it until it executes its program.
pub(crate) fn close_reader(reader: PipeReader, writer: &impl AsFd) {
    drop(reader);
    // Nothing is asked for, and the error that a pipe without a reader has is told in any case (`poll(2)`).
    let mut polled = [PollFd::new(writer.as_fd(), PollFlags::empty())];
    let limit = PollTimeout::try_from(LIMIT).expect("a time-out that fits");
    assert_eq!(poll(&mut polled, limit), Ok(1), "somebody still reads");
}

fn set_flags(writer: &PipeWriter, flags: OFlag) {
    fcntl(writer, FcntlArg::F_SETFL(flags)).expect("flags can be set");
}
