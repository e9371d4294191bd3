//! Stands in for `nix::unistd`.

use std::os::fd::AsFd;

/// Reads a timer of the model.
///
/// # Errors
/// `EAGAIN`: it has not gone off.
pub fn read(fd: impl AsFd, _: &mut [u8]) -> crate::Result<usize> {
    crate::kernel::kernel().read_timer(fd.as_fd())
}
