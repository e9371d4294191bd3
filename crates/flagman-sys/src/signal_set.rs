//! Sets of signals, including real-time signals (`sigsetops(3)`).
//!
//! The safe wrappers only know the signals that have a name of their own.

use std::io;
use std::mem::MaybeUninit;

use nix::sys::signal::SigSet;

/// A set of signals, by their numbers on this machine.
#[derive(Clone, Copy)]
pub struct SignalSet(libc::sigset_t);

impl SignalSet {
    /// The empty set (`sigemptyset(3)`).
    #[must_use]
    pub fn empty() -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: `set` is valid for writing one sigset_t, and sigemptyset writes all of it. It
        // cannot fail for valid memory.
        let set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            set.assume_init()
        };
        Self(set)
    }

    /// Adds the signal `number`. A number that is not a signal, or that the C library reserves, is ignored.
    pub fn add(&mut self, number: i32) {
        // SAFETY: `self.0` is an initialised sigset_t, valid for writing. An invalid signal number
        // is refused without a change.
        unsafe { libc::sigaddset(&raw mut self.0, number) };
    }

    /// Removes the signal `number`, if it is in the set.
    pub fn remove(&mut self, number: i32) {
        // SAFETY: as in `add`.
        unsafe { libc::sigdelset(&raw mut self.0, number) };
    }

    /// Whether the signal `number` is in the set.
    #[must_use]
    pub fn contains(&self, number: i32) -> bool {
        // SAFETY: `self.0` is an initialised sigset_t. An invalid signal number returns -1.
        unsafe { libc::sigismember(&raw const self.0, number) == 1 }
    }

    /// The union of this set and `other`.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        other.numbers().for_each(|number| self.add(number));
        self
    }

    /// The signal numbers in the set, in ascending order.
    pub fn numbers(&self) -> impl Iterator<Item = i32> + '_ {
        (1..=libc::SIGRTMAX()).filter(|number| self.contains(*number))
    }

    /// The signals that are blocked in this thread (`pthread_sigmask(3)`).
    ///
    /// # Errors
    /// No error is known for these arguments.
    pub fn blocked_here() -> io::Result<Self> {
        Self::empty().mask(libc::SIG_BLOCK)
    }

    /// Adds these to the signals that are blocked in this thread and in threads that it starts later
    /// (`pthread_sigmask(3)`, `SIG_BLOCK`). Returns the signals that were blocked before.
    ///
    /// # Errors
    /// No error is known for these arguments.
    pub fn block(&self) -> io::Result<Self> {
        self.mask(libc::SIG_BLOCK)
    }

    /// Blocks these signals, and only these, in this thread (`pthread_sigmask(3)`, `SIG_SETMASK`). Returns
    /// the signals that were blocked before.
    ///
    /// # Errors
    /// No error is known for these arguments.
    pub fn block_only(&self) -> io::Result<Self> {
        self.mask(libc::SIG_SETMASK)
    }

    /// The set as the C library's functions take it.
    pub(crate) fn as_raw(&self) -> *const libc::sigset_t {
        &raw const self.0
    }

    fn mask(&self, how: i32) -> io::Result<Self> {
        let mut before = Self::empty();
        // SAFETY: both are initialised sigset_t, one valid for reading and one for writing, and
        // pthread_sigmask touches no other memory of ours.
        match unsafe { libc::pthread_sigmask(how, &raw const self.0, &raw mut before.0) } {
            0 => Ok(before),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }
}

impl FromIterator<i32> for SignalSet {
    fn from_iter<I: IntoIterator<Item = i32>>(numbers: I) -> Self {
        let mut set = Self::empty();
        numbers.into_iter().for_each(|number| set.add(number));
        set
    }
}

impl From<SignalSet> for SigSet {
    /// The same set, for calls that `nix` wraps.
    fn from(set: SignalSet) -> Self {
        // SAFETY: sigemptyset has initialised this sigset_t. `nix` also requires that there is a
        // `Signal` for each signal in the set. That only matters for iterating over the set, which
        // skips the others.
        unsafe { Self::from_sigset_t_unchecked(set.0) }
    }
}

impl PartialEq for SignalSet {
    fn eq(&self, other: &Self) -> bool {
        self.numbers().eq(other.numbers())
    }
}

impl Eq for SignalSet {}

impl std::fmt::Debug for SignalSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.numbers()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::SignalSet;

    #[test]
    fn a_set_holds_real_time_signals_like_any_other() {
        let numbers = [libc::SIGHUP, libc::SIGRTMIN(), libc::SIGRTMIN() + 3, libc::SIGRTMAX()];
        let mut set: SignalSet = numbers.into_iter().collect();
        assert_eq!(set.numbers().collect::<Vec<_>>(), numbers);
        set.remove(libc::SIGRTMAX());
        assert!(!set.contains(libc::SIGRTMAX()) && set.contains(libc::SIGHUP));
        let more = set.with(&SignalSet::from_iter([libc::SIGRTMAX()]));
        assert_eq!(more.numbers().collect::<Vec<_>>(), numbers);
        assert_eq!(format!("{:?}", SignalSet::from_iter([1])), "{1}");
    }

    #[test]
    fn what_is_no_signal_is_left_out() {
        let set: SignalSet = [0, -1, 32, 33, 65, libc::SIGUSR1].into_iter().collect();
        assert_eq!(set.numbers().collect::<Vec<_>>(), [libc::SIGUSR1]);
    }

    #[test]
    fn a_thread_blocks_a_set_and_says_what_it_blocked_before() {
        let first = SignalSet::from_iter([libc::SIGRTMIN() + 5]);
        let second = SignalSet::from_iter([libc::SIGUSR2]);
        let original = first.block().expect("a thread can block signals");
        let both = second.block_only().expect("a thread can block signals");
        assert!(both.contains(libc::SIGRTMIN() + 5));
        assert_eq!(SignalSet::blocked_here().expect("a thread knows its mask"), second);
        original.block_only().expect("a thread can block signals");
    }
}
