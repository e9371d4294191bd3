//! Stands in for `flagman_sys::SignalSet`: the masks of threads are the model's.

use std::io;

use crate::kernel::kernel;

/// A set of signals: a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalSet(u128);

impl SignalSet {
    /// The empty set.
    #[must_use]
    pub fn empty() -> Self {
        Self(0)
    }

    /// Adds the signal `number`.
    pub fn add(&mut self, number: i32) {
        self.0 |= 1 << number;
    }

    /// Removes the signal `number`.
    pub fn remove(&mut self, number: i32) {
        self.0 &= !(1 << number);
    }

    /// Whether the signal `number` is in the set.
    #[must_use]
    pub fn contains(&self, number: i32) -> bool {
        self.0 & (1 << number) != 0
    }

    /// The union of this set and `other`.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Blocks these signals, and only these, in this thread, which is the watcher: the main thread blocks
    /// all signals from its first statement on.
    ///
    /// # Errors
    /// None.
    pub fn block_only(&self) -> io::Result<Self> {
        assert_eq!(shuttle::thread::current().name(), Some("watcher"));
        kernel().set_mask(*self);
        Ok(*self)
    }
}

impl FromIterator<i32> for SignalSet {
    fn from_iter<I: IntoIterator<Item = i32>>(numbers: I) -> Self {
        let mut set = Self::empty();
        numbers.into_iter().for_each(|number| set.add(number));
        set
    }
}
