//! What each signal means to flagman: a request for shutdown, a request for a run, or news of a child.
//! Signal numbers become roles where signals are received; the rest of flagman knows only roles.

use flagman_base::Signal;

use crate::decider::{BundleId, Stop};

/// What a signal means to flagman.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It asks for shutdown.
    Stop(Stop),
    /// It asks for a run of this bundle.
    Run(BundleId),
    /// A child has ended, or was stopped or continued.
    Child,
}

impl Role {
    /// The role of a signal that flagman receives.
    pub(crate) fn of(signal: Signal) -> Self {
        match signal {
            Signal::TERM => Self::Stop(Stop::Term),
            Signal::INT => Self::Stop(Stop::Int),
            Signal::CHLD => Self::Child,
            other => Self::Run(bundle_of(other)),
        }
    }
}

/// The bundle of a signal, before and after every reload.
pub(crate) fn bundle_of(signal: Signal) -> BundleId {
    BundleId(signal.number().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Role, Signal, Stop, bundle_of};

    #[test]
    fn each_signal_has_its_role_and_each_bundle_an_id_of_its_own() {
        assert_eq!(Role::of(Signal::TERM), Role::Stop(Stop::Term));
        assert_eq!(Role::of(Signal::INT), Role::Stop(Stop::Int));
        assert_eq!(Role::of(Signal::CHLD), Role::Child);
        assert_eq!(Role::of(Signal::HUP), Role::Run(bundle_of(Signal::HUP)));
        let ids: BTreeSet<_> = Signal::with_actions().map(bundle_of).collect();
        assert_eq!(ids.len(), Signal::with_actions().count());
    }
}
