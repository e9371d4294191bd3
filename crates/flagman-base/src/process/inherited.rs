//! The signal mask and dispositions that this process was started with, for its children.
//!
//! Ordering rule: they are noted before this process changes any of them itself.

use std::sync::OnceLock;

use flagman_sys::SignalSet;
use nix::sys::signal::SigSet;

/// Those whose disposition a child never inherits: what the Rust runtime and whoever started this
/// process have made of them is not meant for it.
const RESTORED: [i32; 2] = [libc::SIGPIPE, libc::SIGCHLD];

static INHERITED: OnceLock<Inherited> = OnceLock::new();

struct Inherited {
    mask: SignalSet,
    held: SignalSet,
    defaults: SignalSet,
}

/// Notes the dispositions (`sigaction(2)`) that this process was started with, `mask` as the signal
/// mask, and `held` as the signals that this process blocks for itself. To be called before
/// dispositions are changed; only the first call counts.
///
/// SIGCHLD is no part of `held`, whatever the caller says: an action program waits for children of its
/// own, and a shell that starts with SIGCHLD blocked may never see one end (dash 0.5.12).
pub fn note_inherited_signals(mask: SignalSet, mut held: SignalSet) {
    held.remove(libc::SIGCHLD);
    // A second call can only come from a program that holds signals back twice.
    let _ = INHERITED.set(Inherited { mask, held, defaults: not_ignored() });
}

/// The signal mask that a child starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The one that this process was started with, as [`note_inherited_signals`] has it; without
    /// that, the mask of the thread that starts the child.
    Original,
    /// The original one and what this process holds back itself, for an action program: it is told
    /// of signals, and a signal for a whole service or group must not end it. It reads from its mask
    /// which these are.
    Held,
}

impl Mask {
    pub(super) fn set(self) -> nix::Result<SigSet> {
        let Some(inherited) = INHERITED.get() else {
            return SigSet::thread_get_mask();
        };
        Ok(match self {
            Self::Original => inherited.mask.into(),
            // The union of `nix` would leave real-time signals out.
            Self::Held => inherited.mask.with(&inherited.held).into(),
        })
    }
}

/// The signals that a child starts with at their default; it ignores the others if this process
/// does now.
pub(super) fn defaults() -> SigSet {
    let noted = INHERITED.get().map(|inherited| inherited.defaults);
    noted.unwrap_or_else(|| RESTORED.into_iter().collect()).into()
}

/// All signals that are not ignored, rather than just those of [`RESTORED`]: whatever this process
/// comes to ignore, its children do not, and `posix_spawn(3)` need not ask for each (a measured
/// saving of one system call for each signal, docs/decisions/0011).
fn not_ignored() -> SignalSet {
    let is_default = |number: &i32| !flagman_sys::is_ignored(*number);
    (1..=libc::SIGRTMAX()).filter(is_default).chain(RESTORED).collect()
}
