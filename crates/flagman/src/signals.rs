//! Signals as data: they are blocked first, and read when flagman chooses.
//!
//! Ordering rule: [`hold`] is the first statement of `main`, before anything else starts a thread
//! or reads the command line, so that nothing sent after it is lost (I1). Nothing here installs a
//! handler.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use flagman_base::process::note_inherited_signals;
use flagman_base::{Sender, Signal};
use flagman_sys::SignalSet;
use nix::errno::Errno;
use nix::libc::{SI_TKILL, SI_USER};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::exit::{Named, Refused};

/// The signals that can be given actions.
pub(crate) const BUNDLED: [Signal; 3] = [Signal::HUP, Signal::USR1, Signal::USR2];

/// The signals that are held back, and the mask as it was before.
#[derive(Debug)]
pub(crate) struct Held {
    original: SignalSet,
    stops: Vec<Signal>,
}

/// Blocks flagman's signals in this thread, and so in all that it starts later.
///
/// SIGINT is left alone when it is ignored, as in a script's background job.
///
/// # Errors
/// None that `pthread_sigmask(3)` is known to have for these arguments.
pub(crate) fn hold() -> io::Result<Held> {
    let mut stops = vec![Signal::TERM];
    if !flagman_sys::is_ignored(Signal::INT.number()) {
        stops.push(Signal::INT);
    }
    let original = set_of(BUNDLED.iter().chain(&stops).chain(&[Signal::CHLD])).block()?;
    let held = BUNDLED.iter().chain(&[Signal::TERM, Signal::INT]);
    note_inherited_signals(original, set_of(held));
    Ok(Held { original, stops })
}

impl Held {
    /// The signals that ask for shutdown.
    pub(crate) fn stops(&self) -> &[Signal] {
        &self.stops
    }

    /// Holds nothing any more: all signals do what they did when flagman was started.
    ///
    /// # Errors
    /// As [`hold`].
    pub(crate) fn let_go(&self) -> io::Result<()> {
        self.original.block_only().map(drop)
    }

    /// Goes on holding `kept` only; the others do from now on what they did when flagman was
    /// started, those that have arrived meanwhile too.
    ///
    /// # Errors
    /// As [`hold`].
    pub(crate) fn keep_only(&self, kept: impl IntoIterator<Item = Signal>) -> io::Result<()> {
        let mut mask = self.original;
        kept.into_iter().for_each(|signal| mask.add(signal.number()));
        mask.block_only().map(drop)
    }
}

/// What the kernel says of a signal that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Siginfo {
    pub(crate) signal: Signal,
    pub(crate) sender: Option<Sender>,
}

/// The pending signals of some kinds, to be read without waiting (`signalfd(2)`).
#[derive(Debug)]
pub(crate) struct Pending {
    fd: SignalFd,
}

/// The size of `struct signalfd_siginfo`.
const RECORD: usize = 128;

impl Pending {
    /// Reads `signals`, which must be blocked in every thread.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn of<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> Result<Self, Refused> {
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let fd = SignalFd::with_flags(&set_of(signals).into(), flags).named("signalfd4")?;
        Ok(Self { fd })
    }

    /// Takes all that is pending, the lowest number first, and gives each to `each`. One call of
    /// the kernel takes up to eight, more than there are kinds.
    ///
    /// # Errors
    /// None that `signalfd(2)` is known to have here.
    pub(crate) fn take(&self, mut each: impl FnMut(Siginfo)) -> nix::Result<()> {
        let mut records = [0; RECORD * 8];
        loop {
            let filled = match nix::unistd::read(&self.fd, &mut records) {
                Ok(filled) => filled,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error),
            };
            records[..filled].as_chunks().0.iter().map(siginfo).for_each(&mut each);
            if filled < records.len() {
                return Ok(());
            }
        }
    }
}

impl AsFd for Pending {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn set_of<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> SignalSet {
    signals.into_iter().map(|signal| signal.number()).collect()
}

/// Reads one `struct signalfd_siginfo`: number, errno, code, pid and uid are its first five
/// fields, of four bytes each.
fn siginfo(record: &[u8; RECORD]) -> Siginfo {
    let field = |index: usize| {
        let at = index * 4;
        u32::from_ne_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
    };
    let (number, code, pid, uid) = (field(0), field(2), field(3), field(4));
    // With these codes the kernel itself names the sender; pid 0 is one in another pid namespace.
    // What comes by sigqueue(3) is named by the sender, who can lie.
    let sent = [SI_USER, SI_TKILL].contains(&code.cast_signed());
    let sender = (sent && pid != 0).then_some(Sender::new(pid, uid));
    Siginfo { signal: Signal::from_number(number.cast_signed()), sender }
}

#[cfg(test)]
mod tests {
    use super::{Pending, Siginfo};
    use flagman_base::{Sender, Signal};
    use nix::sys::signal::{SigSet, Signal as Number};

    fn taken(pending: &Pending) -> Vec<Siginfo> {
        let mut all = Vec::new();
        pending.take(|siginfo| all.push(siginfo)).expect("signals can be read");
        all
    }

    #[test]
    fn more_kinds_than_one_call_of_the_kernel_gives_are_taken_in_their_order() {
        use Number::{
            SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGTERM, SIGURG, SIGUSR1, SIGUSR2, SIGVTALRM,
        };
        let numbers =
            [SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGURG, SIGVTALRM, SIGPROF, SIGIO];
        numbers.iter().copied().collect::<SigSet>().thread_block().expect("they can be blocked");
        let signals = numbers.map(|number| Signal::from_number(number as i32));
        let pending = Pending::of(&signals).expect("a signalfd");
        for number in numbers.iter().rev() {
            nix::sys::signal::raise(*number).expect("a signal can be raised");
        }
        let taken: Vec<Signal> = taken(&pending).iter().map(|siginfo| siginfo.signal).collect();
        assert_eq!(taken, signals);
    }

    #[test]
    fn signals_that_wait_are_merged_and_name_their_first_sender() {
        let mut set = SigSet::empty();
        set.add(Number::SIGUSR1);
        set.thread_block().expect("signals can be blocked");
        let pending = Pending::of(&[Signal::USR1]).expect("a signalfd");
        assert_eq!(taken(&pending), []);
        for _ in 0..3 {
            nix::sys::signal::raise(Number::SIGUSR1).expect("a signal can be raised");
        }
        let (pid, uid) = (std::process::id(), nix::unistd::getuid().as_raw());
        let sender = Some(Sender::new(pid, uid));
        assert_eq!(taken(&pending), [Siginfo { signal: Signal::USR1, sender }]);
        assert_eq!(taken(&pending), []);
    }
}
