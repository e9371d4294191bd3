//! The few system calls that flagman needs and that no safe wrapper offers.
//!
//! This is the only crate of the workspace that may contain `unsafe`. It must stay small enough to read
//! in one sitting: each function makes one call, and its SAFETY note says why the call is sound.

mod queue;

mod signal_set;

mod standard;

mod text;

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

pub use queue::queue_signal;
pub use signal_set::SignalSet;
pub use standard::without_null;
pub use text::give_back_code;

/// Whether the disposition of `signal` is "ignore" (`SIG_IGN`), as a shell without job control
/// leaves SIGINT for its background jobs and `nohup` leaves SIGHUP.
///
/// Reads the disposition with `sigaction(2)` and changes nothing. An invalid signal number is not ignored.
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

/// Resets the disposition of `signal` to its default (`sigaction(2)`, `SIG_DFL`), for the whole process.
///
/// # Errors
/// `signal` is not a valid signal number, or its disposition cannot be changed.
pub fn restore_default(signal: i32) -> io::Result<()> {
    // SAFETY: all zeroes is a valid struct sigaction: an empty mask, no flags, and SIG_DFL.
    let default: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: `default` is valid for reading and names no handler that could be called; a null old
    // action makes sigaction report nothing.
    match unsafe { libc::sigaction(signal, &raw const default, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ignores `signal` (`sigaction(2)`, `SIG_IGN`), for the whole process. While the signal is blocked it
/// still becomes pending and can be read as data (`signalfd(2)`).
///
/// # Errors
/// `signal` is not a valid signal number, or its disposition cannot be changed.
pub fn ignore(signal: i32) -> io::Result<()> {
    // SAFETY: all zeroes is a valid struct sigaction: an empty mask and no flags.
    let mut ignore: libc::sigaction = unsafe { std::mem::zeroed() };
    ignore.sa_sigaction = libc::SIG_IGN;
    // SAFETY: `ignore` is valid for reading and names no handler that could be called; a null old
    // action makes sigaction report nothing.
    match unsafe { libc::sigaction(signal, &raw const ignore, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sends `signal` to the process of `pidfd`, whatever group it is in (`pidfd_send_signal(2)`).
/// Signal 0 sends nothing and only checks whether a signal could be sent.
///
/// # Errors
/// The process has been reaped or belongs to another user, or `signal` is not a valid signal
/// number.
pub fn signal_by_pidfd(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let nothing = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: the call takes a descriptor and integers; a null siginfo makes the kernel fill in its own.
    let status = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, nothing, 0)
    };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Makes the signalfd of `fd` read `signals` from now on, and no others (`signalfd(2)`).
///
/// # Errors
/// `fd` is no signalfd.
pub fn set_signalfd(fd: BorrowedFd<'_>, signals: &SignalSet) -> io::Result<()> {
    // SAFETY: the call reads one initialised sigset_t. It makes no descriptor, as `fd` is one already.
    match unsafe { libc::signalfd(fd.as_raw_fd(), signals.as_raw(), 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Takes over the descriptor `number`, which this process inherited; `None` if none is open there.
///
/// Another part of the program may own `number`, and there is no way to know. So this returns a
/// duplicate and leaves `number` open. Both have `FD_CLOEXEC` set, so programs that this process starts
/// do not inherit them (`fcntl(2)`, `F_DUPFD_CLOEXEC`).
#[must_use]
pub fn take_descriptor(number: i32) -> Option<OwnedFd> {
    // SAFETY: this command of fcntl takes integers only and touches no memory of ours.
    let duplicate = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) };
    if duplicate < 0 {
        return None;
    }
    set_close_on_exec(number);
    // SAFETY: the kernel has just created `duplicate` for this call, so nothing else owns it.
    Some(unsafe { OwnedFd::from_raw_fd(duplicate) })
}

/// Keeps programs that this process starts from inheriting the descriptor `number` (`fcntl(2)`,
/// `FD_CLOEXEC`). Use it for descriptors that a service manager passes. Does nothing if none is open
/// there.
pub fn set_close_on_exec(number: i32) {
    // SAFETY: this command of fcntl takes integers only and touches no memory of ours. The flag
    // does not affect the use of the descriptor in this process.
    unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) };
}

/// Makes all threads of the process share one heap (`mallopt(3)`, `M_ARENA_MAX`). Call it before a
/// second thread starts.
///
/// Otherwise the C library gives each thread a heap of its own and reserves 64 MiB of address space for
/// it. Under a limit on address space (`RLIMIT_AS`), a thread that gets no heap cannot allocate, even if
/// other heaps have free memory. Does nothing where the C library has no such setting.
pub fn keep_to_one_heap() {
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt takes two integers and touches no memory of ours.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1)
    };
}

/// Ends the process with `status` at once, without running exit handlers or destructors (`_exit(2)`).
/// Another thread may be blocked for ever while it holds a lock that they need.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: _exit takes any status, touches no memory of ours and does not return.
    unsafe { libc::_exit(status) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use super::{ignore, is_ignored, restore_default, take_descriptor};

    #[test]
    fn the_rust_runtime_ignores_sigpipe_and_leaves_sigusr1_alone() {
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGUSR1));
    }

    #[test]
    fn a_number_that_is_no_signal_is_not_ignored() {
        assert!(!is_ignored(-1));
    }

    #[test]
    fn a_disposition_is_put_back_to_its_default() {
        assert!(restore_default(libc::SIGURG).is_ok());
        assert!(!is_ignored(libc::SIGURG));
        assert!(restore_default(libc::SIGKILL).is_err());
        assert!(restore_default(-1).is_err());
    }

    #[test]
    fn a_disposition_is_made_to_ignore() {
        assert!(ignore(libc::SIGXFSZ).is_ok());
        assert!(is_ignored(libc::SIGXFSZ));
        assert!(ignore(libc::SIGKILL).is_err());
        assert!(ignore(-1).is_err());
    }

    #[test]
    fn a_descriptor_is_taken_over_and_not_passed_on() {
        let (mut ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let taken = take_descriptor(theirs.as_raw_fd()).expect("it is open");
        drop(theirs);
        ours.write_all(b"a").expect("the descriptor that was taken is still open");
        // SAFETY: this command of fcntl takes integers only.
        let flags = unsafe { libc::fcntl(taken.as_raw_fd(), libc::F_GETFD) };
        assert_eq!(flags, libc::FD_CLOEXEC);
        assert!(take_descriptor(9999).is_none());
    }
}
