//! The signal mask that children start with.

use std::sync::OnceLock;

use nix::sys::signal::{SigSet, Signal as Number};

use crate::Signal;

/// The signals that flagman holds back, and that an action program starts with blocked.
pub const HELD: [Signal; 5] = [Signal::HUP, Signal::INT, Signal::TERM, Signal::USR1, Signal::USR2];

static ORIGINAL: OnceLock<SigSet> = OnceLock::new();

/// Says with which mask this process was started, before it blocked any signals itself. Only the
/// first call counts.
pub fn set_original_mask(original: SigSet) {
    // A second call can only come from a program that holds signals back twice.
    let _ = ORIGINAL.set(original);
}

/// The signal mask that a child starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The one that this process was started with, as [`set_original_mask`] has it; without that,
    /// the mask of the thread that starts the child.
    Original,
    /// The original one and [`HELD`], for an action program.
    Held,
}

impl Mask {
    pub(super) fn set(self) -> nix::Result<SigSet> {
        let original = ORIGINAL.get().copied().map_or_else(SigSet::thread_get_mask, Ok)?;
        match self {
            Self::Original => Ok(original),
            Self::Held => Ok(held()? | original),
        }
    }
}

/// [`HELD`] as a set.
pub(crate) fn held() -> nix::Result<SigSet> {
    HELD.iter().map(|signal| Number::try_from(signal.number())).collect()
}
