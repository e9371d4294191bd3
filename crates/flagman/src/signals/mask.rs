//! What the watcher blocks. No thread can change the mask of another (`pthread_sigmask(3)`): the main thread
//! asks, and the watcher does it.
//!
//! Ordering rule: the main thread waits until the watcher has done it, before anybody can know that a signal
//! has actions now.

use std::io;
use std::sync::PoisonError;

use flagman_sys::SignalSet;

use crate::threads::{Condvar, Mutex};

/// What the watcher blocks.
#[derive(Debug)]
pub(crate) struct WatcherMask {
    state: Mutex<MaskState>,
    done: Condvar,
}

#[derive(Debug)]
struct MaskState {
    mask: SignalSet,
    /// What was added to it since the watcher last looked.
    added: SignalSet,
    is_wanted: bool,
}

impl WatcherMask {
    /// The mask that it starts with.
    pub(crate) fn new(mask: SignalSet) -> Self {
        let state = Mutex::new(MaskState { mask, added: SignalSet::empty(), is_wanted: true });
        Self { state, done: Condvar::new() }
    }

    /// Adds `signals`, wakes the watcher, and returns when it blocks them.
    pub(crate) fn want(&self, signals: &SignalSet, wake: impl FnOnce()) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.mask = state.mask.with(signals);
        state.added = state.added.with(signals);
        state.is_wanted = true;
        wake();
        while state.is_wanted {
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Called by the watcher: blocks what is wanted, if that has changed. Returns what was added since the last
    /// call.
    ///
    /// # Errors
    /// `pthread_sigmask(3)` fails, which it is not known to do with these arguments.
    pub(crate) fn follow(&self) -> io::Result<SignalSet> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.is_wanted) {
            state.mask.block_only()?;
            self.done.notify_all();
        }
        Ok(std::mem::replace(&mut state.added, SignalSet::empty()))
    }
}
