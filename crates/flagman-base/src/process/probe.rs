//! Whether the system lets this process watch over what it starts.
//!
//! A sandbox may forbid a call of the kernel (`seccomp(2)`), and an old kernel lacks some. A program that
//! was started and cannot be watched has to be killed in the middle of its work, so each call is tried
//! once, on this process itself, before anything is started.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::sync::OnceLock;

use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, WaitId, WaitIdOptions, getpid, pidfd_open, waitid};

/// A call of the kernel that is needed for starting programs, and why it failed.
#[derive(Debug)]
pub struct ProbeError {
    call: &'static str,
    cause: io::Error,
}

impl ProbeError {
    fn of(call: &'static str, cause: impl Into<io::Error>) -> Self {
        Self { call, cause: cause.into() }
    }

    pub(super) fn into_cause(self) -> (&'static str, io::Error) {
        (self.call, self.cause)
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, cause } = self;
        write!(formatter, "cannot start programs: {}", Refused { call, cause })
    }
}

impl std::error::Error for ProbeError {}

/// A call that failed, in words, with what to do if it is forbidden.
pub(super) struct Refused<'a> {
    pub(super) call: &'static str,
    pub(super) cause: &'a io::Error,
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, cause } = self;
        write!(formatter, "the system call `{call}` failed: {cause}")?;
        match cause.raw_os_error() {
            Some(libc::EPERM | libc::EACCES | libc::ENOSYS) => formatter
                .write_str("; allow it in the sandbox (`SystemCallFilter=`, seccomp), or use Linux 5.4 or later"),
            _ => Ok(()),
        }
    }
}

/// Tries each call that starting a program and waiting for it needs, without starting anything. Once all
/// have worked they are not tried again.
///
/// # Errors
/// One of them fails; the error names it.
pub fn probe() -> Result<(), ProbeError> {
    static WORKS: OnceLock<()> = OnceLock::new();
    if WORKS.get().is_none() {
        try_all()?;
        WORKS.get_or_init(|| ());
    }
    Ok(())
}

fn try_all() -> Result<(), ProbeError> {
    let pidfd = pidfd_open(getpid(), PidfdFlags::empty());
    let pidfd = pidfd.map_err(|errno| ProbeError::of("pidfd_open", errno))?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::PidFd(pidfd.as_fd()), options) {
        // This process is no child of its own.
        Ok(_) | Err(rustix::io::Errno::CHILD) => {}
        Err(errno) => return Err(ProbeError::of("waitid", errno)),
    }
    flagman_sys::signal_by_pidfd(pidfd.as_fd(), 0)
        .map_err(|cause| ProbeError::of("pidfd_send_signal", cause))?;
    kill(Pid::this(), None).map_err(|errno| ProbeError::of("kill", errno))?;
    EventFd::from_flags(EfdFlags::EFD_CLOEXEC)
        .map_err(|errno| ProbeError::of("eventfd2", errno))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use super::{ProbeError, probe};

    #[test]
    fn a_call_that_is_forbidden_is_named_with_what_to_do() {
        let told =
            |errno| ProbeError::of("pidfd_open", Error::from_raw_os_error(errno)).to_string();
        let forbidden = "cannot start programs: the system call `pidfd_open` failed: Operation not permitted \
                         (os error 1); allow it in the sandbox (`SystemCallFilter=`, seccomp), or use Linux 5.4 \
                         or later";
        assert_eq!(told(libc::EPERM), forbidden);
        let too_many = "cannot start programs: the system call `pidfd_open` failed: Too many open files (os \
                        error 24)";
        assert_eq!(told(libc::EMFILE), too_many);
    }

    #[test]
    fn where_nothing_is_forbidden_all_calls_work() {
        assert!(probe().is_ok());
        assert!(probe().is_ok());
    }
}
