//! Signals as data: flagman blocks them first, and reads them when it is ready to.
//!
//! Ordering rule: [`hold`] is the first statement of `main`, before anything else starts a thread
//! or reads the command line. So no signal sent after it is lost (I1). Nothing here installs a
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

/// The blocked signals, and the mask as it was before.
#[derive(Debug)]
pub(crate) struct Held {
    original: SignalSet,
    stops: Vec<Signal>,
}

/// Blocks flagman's signals in this thread, and so in all threads that it starts later.
///
/// SIGINT is left alone if it is ignored, as it is in a script's background job.
///
/// # Errors
/// `pthread_sigmask(3)` fails, which it is not known to do with these arguments.
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

    /// Unblocks all signals: they do again what they did when flagman was started.
    ///
    /// # Errors
    /// As [`hold`].
    pub(crate) fn release(&self) -> io::Result<()> {
        self.original.block_only().map(drop)
    }

    /// Keeps only `kept` blocked. From now on the others do what they did when flagman was started;
    /// that includes those that have arrived in the meantime.
    ///
    /// # Errors
    /// As [`hold`].
    pub(crate) fn keep_only(&self, kept: impl IntoIterator<Item = Signal>) -> io::Result<()> {
        let mut mask = self.original;
        kept.into_iter().for_each(|signal| mask.add(signal.number()));
        mask.block_only().map(drop)
    }
}

/// What the kernel says about a received signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Siginfo {
    pub(crate) signal: Signal,
    pub(crate) sender: Option<Sender>,
}

/// Reads the pending signals of some kinds without waiting (`signalfd(2)`).
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

    /// Drains all pending signals, the lowest number first, and passes each to `each`. One system call
    /// reads up to eight, which is more than flagman has kinds.
    ///
    /// # Errors
    /// `signalfd(2)` fails, which it is not known to do here.
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

/// Parses one `struct signalfd_siginfo`. Its first five fields, of four bytes each, are number,
/// errno, code, pid and uid.
fn siginfo(record: &[u8; RECORD]) -> Siginfo {
    let field = |index: usize| {
        let at = index * 4;
        u32::from_ne_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
    };
    let (number, code, pid, uid) = (field(0), field(2), field(3), field(4));
    // With these codes the kernel itself names the sender; pid 0 means a sender in another pid
    // namespace. With sigqueue(3) the sender names itself, and can lie.
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
    fn more_kinds_than_one_system_call_reads_are_drained_in_order() {
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
    fn pending_signals_are_merged_and_name_their_first_sender() {
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
