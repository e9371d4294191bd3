//! The signal mask and dispositions that this process was started with, to be passed to its
//! children.
//!
//! Ordering rule: they are recorded before this process changes any of them.

use std::sync::{Mutex, OnceLock, PoisonError};

use flagman_sys::SignalSet;
use nix::sys::signal::SigSet;

/// Signals whose disposition a child never inherits. The Rust runtime or the parent of this process
/// may have changed it, but not for the child.
const RESTORED: [i32; 2] = [libc::SIGPIPE, libc::SIGCHLD];

static INHERITED: OnceLock<Inherited> = OnceLock::new();

struct Inherited {
    mask: SignalSet,
    held: Mutex<SignalSet>,
    defaults: SignalSet,
}

/// Records the dispositions (`sigaction(2)`) that this process was started with, `mask` as its
/// original signal mask, and `held` as the signals that it blocks for itself. Call this before
/// changing any disposition. Only the first call has an effect.
///
/// SIGCHLD is never part of `held`: an action program waits for children of its own, and a shell that
/// starts with SIGCHLD blocked may never see one end (dash 0.5.12).
pub fn note_inherited_signals(mask: SignalSet, mut held: SignalSet) {
    held.remove(libc::SIGCHLD);
    // Only a program that blocks its own signals twice calls this a second time.
    let held = Mutex::new(held);
    let _ = INHERITED.set(Inherited { mask, held, defaults: not_ignored() });
}

/// Adds `signals` to those that this process blocks for itself, and so to the mask of action programs that
/// start from now on. Does nothing before [`note_inherited_signals`].
pub fn note_held_signals(signals: &SignalSet) {
    if let Some(inherited) = INHERITED.get() {
        let mut held = inherited.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = held.with(signals);
        held.remove(libc::SIGCHLD);
    }
}

/// The signal mask that a child starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The mask that this process was started with, as recorded by [`note_inherited_signals`]. If
    /// nothing was recorded, the mask of the thread that starts the child.
    Original,
    /// The original mask and the signals that this process blocks for itself. For an action
    /// program: flagman tells it about signals, so a signal to the whole service or group must not
    /// end it. The program reads from its mask which signals are blocked.
    Held,
}

impl Mask {
    pub(super) fn set(self) -> nix::Result<SigSet> {
        let Some(inherited) = INHERITED.get() else {
            return SigSet::thread_get_mask();
        };
        Ok(match self {
            Self::Original => inherited.mask.into(),
            // The union in `nix` would omit real-time signals.
            Self::Held => {
                let held = inherited.held.lock().unwrap_or_else(PoisonError::into_inner);
                inherited.mask.with(&held).into()
            }
        })
    }
}

/// The signals that a child resets to their default. The child ignores the other signals if this
/// process ignores them at that time.
pub(super) fn defaults() -> SigSet {
    let noted = INHERITED.get().map(|inherited| inherited.defaults);
    noted.unwrap_or_else(|| RESTORED.into_iter().collect()).into()
}

/// All signals that are not ignored, and [`RESTORED`]. If this process later ignores one of them,
/// its children still do not. `posix_spawn(3)` need not query the disposition of each signal, which
/// saves one system call for each (measured in docs/decisions/0011).
fn not_ignored() -> SignalSet {
    let is_default = |number: &i32| !flagman_sys::is_ignored(*number);
    (1..=libc::SIGRTMAX()).filter(is_default).chain(RESTORED).collect()
}
