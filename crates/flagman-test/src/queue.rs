//! Sending signals that carry a value, from a test.

use std::io;

/// Sends the signal `number` (`libc::SIGRTMIN() + 3`) with `value` to the process `pid` (`sigqueue(3)`). It
/// is pending or queued when this returns, which never blocks.
///
/// Unlike the rest of this crate it returns its error, because that a queue is full is what some tests are
/// about. A sender that is to lose nothing tries again:
///
/// ```
/// use std::io::ErrorKind;
/// use flagman_test::queue_signal;
///
/// # let (pid, number, value) = (std::process::id(), 0, 5);
/// while let Err(error) = queue_signal(pid, number, value) {
///     assert_eq!(error.kind(), ErrorKind::WouldBlock);
///     std::thread::yield_now();
/// }
/// ```
///
/// # Errors
/// - [`WouldBlock`](io::ErrorKind::WouldBlock) (`EAGAIN`): the receiver's queue of real-time signals is full
///   (`RLIMIT_SIGPENDING`), and nothing was sent. A standard signal never gets this error: it loses its
///   value without a word instead, also when one of the same number is pending.
/// - `EINVAL`: `number` is not a signal.
/// - `EPERM`: the process belongs to another user.
/// - `ESRCH`: there is no such process.
pub fn queue_signal(pid: u32, number: i32, value: i32) -> io::Result<()> {
    flagman_sys::queue_signal(pid, number, value)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::queue_signal;
    use crate::Running;

    /// A real-time signal with each C library: their own ones are 32 to 34.
    const REAL_TIME: i32 = 35;

    fn sleep() -> Running {
        let mut command = Command::new("sleep");
        command.arg("1000");
        Running::start(command)
    }

    #[test]
    fn a_queue_that_has_room_takes_the_signal() {
        let running = sleep();
        queue_signal(running.pid(), REAL_TIME, 5).expect("there is room");
        let (status, _) = running.wait();
        assert_eq!(status.signal(), Some(REAL_TIME));
    }

    #[test]
    fn a_queue_that_is_full_can_be_told_from_other_errors() {
        let running = sleep();
        let words = ["--sigpending=0:", "--pid", &running.pid().to_string()];
        let limited = Command::new("prlimit").args(words).status();
        assert!(limited.expect("prlimit starts").success());
        let full = queue_signal(running.pid(), REAL_TIME, 5).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        let error = queue_signal(u32::MAX, REAL_TIME, 5).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(3), "ESRCH");
    }
}
