//! Waiting for a descriptor.

use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::LIMIT;

/// Waits until there is something to read, accept or reap, or the end of file. If that does not come in
/// time, the test fails with the message `otherwise`.
#[track_caller]
pub fn until_ready(descriptor: &impl AsFd, otherwise: &str) {
    let mut polled = [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)];
    let limit = PollTimeout::try_from(LIMIT).expect("a time-out that fits");
    assert_eq!(poll(&mut polled, limit), Ok(1), "{otherwise}");
}
