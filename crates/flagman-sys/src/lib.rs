//! The few system calls that flagman needs and that no safe wrapper offers.
//!
//! This is the only crate of the workspace that may contain `unsafe`. It must stay small enough to
//! be read in one sitting: each function makes one call and says why that is sound.

use std::mem::MaybeUninit;

/// Whether the disposition of `signal` is "ignore" (`SIG_IGN`), as a shell without job control
/// leaves SIGINT for its background jobs and `nohup` leaves SIGHUP.
///
/// Asks `sigaction(2)` without changing anything. A number that is no signal is not ignored.
#[must_use]
pub fn is_ignored(signal: i32) -> bool {
    let mut current = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null new action makes sigaction only report; `current` is valid for writing one
    // struct sigaction, which is what the call writes when it succeeds.
    let status = unsafe { libc::sigaction(signal, std::ptr::null(), current.as_mut_ptr()) };
    if status != 0 {
        return false;
    }
    // SAFETY: the call succeeded, so the kernel and the C library have filled `current`.
    let current = unsafe { current.assume_init() };
    current.sa_sigaction == libc::SIG_IGN
}

/// Ends the process with `status` at once, without running exit handlers or destructors
/// (`_exit(2)`): another thread may be blocked for ever while it holds a lock that they want.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: _exit takes any status, touches no memory of ours and does not return.
    unsafe { libc::_exit(status) }
}

#[cfg(test)]
mod tests {
    use super::is_ignored;

    #[test]
    fn the_rust_runtime_ignores_sigpipe_and_leaves_sigusr1_alone() {
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGUSR1));
    }

    #[test]
    fn a_number_that_is_no_signal_is_not_ignored() {
        assert!(!is_ignored(-1));
    }
}
