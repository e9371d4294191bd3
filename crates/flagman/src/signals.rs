//! Signals as data: flagman blocks them first, and reads them when it is ready to.
//!
//! Ordering rule: [`hold`] is the first statement of `main`, before anything else starts a thread
//! or reads the command line. So no signal sent after it is lost (I1). Nothing here installs a
//! handler.

mod mask;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use flagman_base::process::note_inherited_signals;
use flagman_base::{Sender, Signal};
use flagman_sys::SignalSet;
use nix::errno::Errno;
use nix::libc::{SI_MESGQ, SI_QUEUE, SI_TIMER, SI_TKILL, SI_USER};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::decider::Cause;
use crate::exit::{Named, Refused};
pub(crate) use mask::WatcherMask;

/// The blocked signals, and the mask as it was before.
#[derive(Debug)]
pub(crate) struct Held {
    original: SignalSet,
    stops: Vec<Signal>,
}

/// Blocks all signals that can be given actions, and SIGCHLD, in this thread, and so in all threads that it
/// starts later. Only the watcher unblocks some again, with [`Held::but`].
///
/// An ignored SIGINT, as in a script's background job, does not ask for shutdown.
///
/// # Errors
/// `pthread_sigmask(3)` fails, which it is not known to do with these arguments.
pub(crate) fn hold() -> io::Result<Held> {
    let mut stops = vec![Signal::TERM];
    if !flagman_sys::is_ignored(Signal::INT.number()) {
        stops.push(Signal::INT);
    }
    let all = Signal::with_actions().chain([Signal::CHLD]).map(Signal::number);
    let original = all.collect::<SignalSet>().block()?;
    note_inherited_signals(original, set_of(&ALWAYS_HELD));
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

    /// The mask of the one thread in which signals without a role do what they did when flagman was started;
    /// that includes those that have arrived in the meantime. `held` are the signals that have a role.
    pub(crate) fn but(&self, held: &SignalSet) -> SignalSet {
        self.original.with(held)
    }
}

/// The signals that action programs have blocked in any case: a signal to a whole service or process group
/// that asks flagman for something must not end them.
const ALWAYS_HELD: [Signal; 5] =
    [Signal::HUP, Signal::INT, Signal::USR1, Signal::USR2, Signal::TERM];

/// What the kernel says about a received signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Siginfo {
    pub(crate) signal: Signal,
    pub(crate) sender: Option<Sender>,
    /// The value that came with it (`sigqueue(3)`, a timer or a message queue).
    pub(crate) value: Option<i32>,
}

impl Siginfo {
    /// As the cause of an arrival.
    pub(crate) fn cause(self) -> Cause {
        Cause::Signal { sender: self.sender, value: self.value }
    }
}

/// Reads the pending signals of some kinds without waiting (`signalfd(2)`).
#[derive(Debug)]
pub(crate) struct Pending {
    fd: SignalFd,
}

/// The size of `struct signalfd_siginfo`.
const RECORD: usize = 128;

/// How many records one system call reads at most.
const RECORDS: usize = 8;

/// After so many records in one go only standard signals are still taken. The kernel gives those first,
/// and merges them, so there are never many.
const BATCH: usize = 64;

impl Pending {
    /// Reads `signals`, which must be blocked in every thread.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn of(signals: &SignalSet) -> Result<Self, Refused> {
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let fd = SignalFd::with_flags(&(*signals).into(), flags).named("signalfd4")?;
        Ok(Self { fd })
    }

    /// Reads `signals` from now on, which must be blocked in every thread.
    ///
    /// # Errors
    /// `signalfd(2)` fails, which it is not known to do here.
    pub(crate) fn read_only(&self, signals: &SignalSet) -> nix::Result<()> {
        flagman_sys::set_signalfd(self.fd.as_fd(), signals)
            .map_err(|error| error.raw_os_error().map_or(Errno::EINVAL, Errno::from_raw))
    }

    /// Drains the pending signals, the lowest number first, and passes each to `each`. One system call
    /// reads up to eight. All pending standard signals are taken; of real-time signals, each of which
    /// the kernel queues, a flood may leave some for the next call, so that this one ends soon.
    ///
    /// # Errors
    /// `signalfd(2)` fails, which it is not known to do here.
    pub(crate) fn take(&self, mut each: impl FnMut(Siginfo)) -> nix::Result<()> {
        let mut records = [0; RECORD * RECORDS];
        let mut taken = 0;
        loop {
            let filled = match nix::unistd::read(&self.fd, &mut records) {
                Ok(filled) => filled,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error),
            };
            let chunks = records[..filled].as_chunks().0;
            // Standard signals come first: once the last record is of another kind, none was left.
            let last = chunks.last().map(siginfo);
            chunks.iter().map(siginfo).for_each(&mut each);
            taken += chunks.len();
            let has_standard_left = last.is_some_and(|last| !last.signal.is_real_time());
            if filled < records.len() || taken >= BATCH && !has_standard_left {
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

/// The set of these signals.
pub(crate) fn set_of<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> SignalSet {
    signals.into_iter().map(|signal| signal.number()).collect()
}

/// Where `ssi_int` stands, counted in fields of four bytes.
const VALUE: usize = 11;

/// Parses one `struct signalfd_siginfo`. Its first five fields, of four bytes each, are number,
/// errno, code, pid and uid.
fn siginfo(record: &[u8; RECORD]) -> Siginfo {
    let field = |index: usize| {
        let at = index * 4;
        u32::from_ne_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
    };
    let (number, code, pid, uid) = (field(0), field(2), field(3), field(4));
    // With the first two codes the kernel itself names the sender; with sigqueue(3) the sender names
    // itself, and can lie: nothing is permitted because of it. Pid 0 means another pid namespace.
    let code = code.cast_signed();
    let names_sender = [SI_USER, SI_TKILL, SI_QUEUE].contains(&code);
    let sender = (names_sender && pid != 0).then_some(Sender::new(pid, uid));
    let has_value = [SI_QUEUE, SI_TIMER, SI_MESGQ].contains(&code);
    let value = has_value.then(|| field(VALUE).cast_signed());
    Siginfo { signal: Signal::from_number(number.cast_signed()), sender, value }
}

#[cfg(test)]
mod tests {
    use super::{Pending, Siginfo, set_of};
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
        let pending = Pending::of(&set_of(&signals)).expect("a signalfd");
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
        let pending = Pending::of(&set_of(&[Signal::USR1])).expect("a signalfd");
        assert_eq!(taken(&pending), []);
        for _ in 0..3 {
            nix::sys::signal::raise(Number::SIGUSR1).expect("a signal can be raised");
        }
        let (pid, uid) = (std::process::id(), nix::unistd::getuid().as_raw());
        let sender = Some(Sender::new(pid, uid));
        assert_eq!(taken(&pending), [Siginfo { signal: Signal::USR1, sender, value: None }]);
        assert_eq!(taken(&pending), []);
    }
}
