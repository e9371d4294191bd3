//! The signal mask and dispositions that this process was started with, for its children.
//!
//! Ordering rule: they are noted before this process changes any of them itself.

use std::sync::OnceLock;

use nix::sys::signal::{SigSet, Signal as Number};

use crate::Signal;

/// The signals that flagman holds back, and that an action program starts with blocked.
pub const HELD: [Signal; 5] = [Signal::HUP, Signal::INT, Signal::TERM, Signal::USR1, Signal::USR2];

/// Those whose disposition a child never inherits: what the Rust runtime and whoever started this
/// process have made of them is not meant for it.
const RESTORED: [Number; 2] = [Number::SIGPIPE, Number::SIGCHLD];

static INHERITED: OnceLock<Inherited> = OnceLock::new();

struct Inherited {
    mask: SigSet,
    defaults: SigSet,
}

/// Notes the dispositions (`sigaction(2)`) that this process was started with, and `mask` as the
/// signal mask. To be called before either is changed; only the first call counts.
pub fn note_inherited_signals(mask: SigSet) {
    // A second call can only come from a program that holds signals back twice.
    let _ = INHERITED.set(Inherited { mask, defaults: not_ignored() });
}

/// The signal mask that a child starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The one that this process was started with, as [`note_inherited_signals`] has it; without
    /// that, the mask of the thread that starts the child.
    Original,
    /// The original one and [`HELD`], for an action program.
    Held,
}

impl Mask {
    pub(super) fn set(self) -> nix::Result<SigSet> {
        let noted = INHERITED.get().map(|inherited| inherited.mask);
        let original = noted.map_or_else(SigSet::thread_get_mask, Ok)?;
        match self {
            Self::Original => Ok(original),
            Self::Held => Ok(held()? | original),
        }
    }
}

/// The signals that a child starts with at their default; it ignores the others if this process
/// does now.
pub(super) fn defaults() -> SigSet {
    let noted = INHERITED.get().map(|inherited| inherited.defaults);
    noted.unwrap_or_else(|| RESTORED.into_iter().collect())
}

/// All signals that are not ignored, rather than just those of [`RESTORED`]: whatever this process
/// comes to ignore, its children do not, and `posix_spawn(3)` need not ask for each (a measured
/// saving of one system call for each signal, docs/decisions/0011).
fn not_ignored() -> SigSet {
    let ignored = |number: &i32| flagman_sys::is_ignored(*number);
    // A set cannot be told of a single real-time signal, only of all of them.
    let mut defaults = if (libc::SIGRTMIN()..=libc::SIGRTMAX()).any(|number| ignored(&number)) {
        Number::iterator().collect()
    } else {
        SigSet::all()
    };
    for signal in Number::iterator().filter(|signal| ignored(&(*signal as i32))) {
        defaults.remove(signal);
    }
    defaults.extend(RESTORED);
    defaults
}

/// [`HELD`] as a set.
pub(crate) fn held() -> nix::Result<SigSet> {
    HELD.iter().map(|signal| Number::try_from(signal.number())).collect()
}
