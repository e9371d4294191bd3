//! Pipes that take little, or nothing any more.

use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// A pipe that takes as little as a pipe can.
pub(crate) fn small_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    fcntl(writer.as_fd(), FcntlArg::F_SETPIPE_SZ(4096)).expect("a pipe can be made small");
    (reader, writer)
}

/// A pipe that takes nothing until it is read.
pub(crate) fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = small_pipe();
    let set = |flags| fcntl(writer.as_fd(), FcntlArg::F_SETFL(flags)).expect("flags can be set");
    set(OFlag::O_NONBLOCK);
    while nix::unistd::write(&writer, b"x").is_ok() {}
    set(OFlag::empty());
    (reader, writer)
}
