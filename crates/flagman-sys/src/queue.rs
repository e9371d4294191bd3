//! Sends signals that carry a value (`sigqueue(3)`).

use std::io;

/// Sends the signal `number` to the process `pid`, with `value` for its receiver, who finds it in
/// `si_value.sival_int` or, with `signalfd(2)`, in `ssi_int` (`sigqueue(3)`). Does not block. With the
/// number 0 it sends nothing and only asks whether the process is there.
///
/// # Errors
/// - `EAGAIN`: a real-time signal found the queue of its receiver full (`RLIMIT_SIGPENDING`). Nothing was
///   sent, and the sender may try again. A standard signal is sent nevertheless, or merged with one that is
///   pending, and then its value is lost.
/// - `EINVAL`: `number` is not a signal.
/// - `EPERM`: the process belongs to another user.
/// - `ESRCH`: there is no such process.
pub fn queue_signal(pid: u32, number: i32, value: i32) -> io::Result<()> {
    // SAFETY: sigqueue takes three values and touches no memory of ours. The value has the form of a
    // pointer, and neither the C library nor the kernel follows it.
    match unsafe { libc::sigqueue(pid.cast_signed(), number, union_of(value)) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The C type is a union of an `int` and a pointer, of which `libc` only has the pointer. The `int` is in
/// its first bytes, whatever their order on this machine.
fn union_of(value: i32) -> libc::sigval {
    let mut bytes = [0; size_of::<usize>()];
    bytes[..size_of::<i32>()].copy_from_slice(&value.to_ne_bytes());
    libc::sigval { sival_ptr: std::ptr::without_provenance_mut(usize::from_ne_bytes(bytes)) }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::mem::MaybeUninit;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::process::{Child, Command, Stdio};
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::time::Duration;

    use super::queue_signal;

    /// Where the handler writes the value of each signal that arrives.
    static TOLD: AtomicI32 = AtomicI32::new(-1);

    extern "C" fn tell(_: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
        // SAFETY: the kernel passes a valid siginfo_t to a handler with SA_SIGINFO, and one of a signal
        // that was sent with sigqueue has a value.
        let value = unsafe { (*info).si_value() }.sival_ptr.addr().to_ne_bytes();
        let number: *const u8 = value.as_ptr();
        // SAFETY: the first four bytes of `value` are valid for reading, and write(2) may be called in a
        // signal handler.
        unsafe { libc::write(TOLD.load(Ordering::SeqCst), number.cast(), 4) };
    }

    fn handle(number: i32) {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all zeroes is a valid struct sigaction.
        let action = unsafe { action.assume_init_mut() };
        action.sa_sigaction = tell as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        // SAFETY: `action` is valid for reading, and its handler has the signature that SA_SIGINFO asks for.
        assert_eq!(unsafe { libc::sigaction(number, action, std::ptr::null_mut()) }, 0);
    }

    #[test]
    fn a_value_arrives_as_it_was_sent_with_its_sign() {
        let (mut told, ours) = UnixStream::pair().expect("a pair of sockets");
        told.set_read_timeout(Some(Duration::from_mins(1))).expect("it can be limited");
        TOLD.store(ours.as_raw_fd(), Ordering::SeqCst);
        let number = libc::SIGRTMIN() + 9;
        handle(number);
        for value in [0, 1, -1, 0x0102_0304, i32::MAX, i32::MIN] {
            queue_signal(std::process::id(), number, value).expect("it can be sent");
            let mut bytes = [0; 4];
            told.read_exact(&mut bytes).expect("the handler writes it");
            assert_eq!(i32::from_ne_bytes(bytes), value);
        }
    }

    /// A child that lives until it is dropped.
    struct Cat(Child);

    impl Cat {
        fn new() -> Self {
            let mut command = Command::new("cat");
            Self(command.stdin(Stdio::piped()).spawn().expect("it starts"))
        }
    }

    impl Drop for Cat {
        fn drop(&mut self) {
            // It may have ended already.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_full_queue_is_an_error_of_its_own_and_nothing_is_sent() {
        let mut cat = Cat::new();
        let pid = cat.0.id();
        let limit = ["--sigpending=0:", "--pid", &pid.to_string()];
        assert!(Command::new("prlimit").args(limit).status().expect("prlimit starts").success());
        let full = queue_signal(pid, libc::SIGRTMIN(), 5).unwrap_err();
        assert_eq!(full.raw_os_error(), Some(libc::EAGAIN));
        // The signal would have killed it. `wait` closes its input, and that ends it well.
        assert!(cat.0.wait().expect("it can be waited for").success());
    }

    #[test]
    fn what_cannot_be_sent_is_an_error_that_says_why() {
        let code = |pid, number| queue_signal(pid, number, 0).unwrap_err().raw_os_error();
        let own = std::process::id();
        assert!(queue_signal(own, 0, 0).is_ok());
        assert_eq!(code(own, libc::SIGRTMAX() + 1), Some(libc::EINVAL));
        // No process can have these ids.
        assert_eq!(code(0, libc::SIGUSR1), Some(libc::ESRCH));
        assert_eq!(code(u32::MAX, libc::SIGUSR1), Some(libc::ESRCH));
    }
}
