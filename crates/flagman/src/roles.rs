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

/// The highest signal number on any machine that flagman is built for.
const MOST: usize = 64;

/// The role of each signal that has one.
#[derive(Clone, Debug)]
pub(crate) struct Roles([Option<Role>; MOST + 1]);

impl Roles {
    /// These roles. Numbers that no signal has are skipped.
    pub(crate) fn new(all: impl IntoIterator<Item = (Signal, Role)>) -> Self {
        let mut roles = [None; MOST + 1];
        for (signal, role) in all {
            if let Some(place) = index(signal).and_then(|index| roles.get_mut(index)) {
                *place = Some(role);
            }
        }
        Self(roles)
    }

    pub(crate) fn of(&self, signal: Signal) -> Option<Role> {
        index(signal).and_then(|index| self.0.get(index).copied().flatten())
    }

    /// All signals that have a role, the lowest number first.
    pub(crate) fn signals(&self) -> impl Iterator<Item = Signal> + '_ {
        let all = (0..).zip(&self.0);
        all.filter(|(_, role)| role.is_some()).map(|(number, _)| Signal::from_number(number))
    }
}

/// The signals that ask for shutdown, each with its role.
pub(crate) fn of_stop(signal: Signal) -> Role {
    Role::Stop(if signal == Signal::INT { Stop::Int } else { Stop::Term })
}

fn index(signal: Signal) -> Option<usize> {
    usize::try_from(signal.number()).ok()
}

#[cfg(test)]
mod tests {
    use super::{BundleId, Role, Roles, Signal, of_stop};

    #[test]
    fn each_signal_has_the_role_that_it_was_given() {
        let last = Signal::from_number(64);
        let given = [
            (Signal::TERM, of_stop(Signal::TERM)),
            (Signal::INT, of_stop(Signal::INT)),
            (last, Role::Run(BundleId(7))),
            (Signal::from_number(65), Role::Child),
            (Signal::from_number(-1), Role::Child),
        ];
        let roles = Roles::new(given);
        for (signal, role) in &given[..3] {
            assert_eq!(roles.of(*signal), Some(*role));
        }
        for number in [-1, 0, 1, 65] {
            assert_eq!(roles.of(Signal::from_number(number)), None, "{number}");
        }
        assert_eq!(roles.signals().collect::<Vec<_>>(), [Signal::INT, Signal::TERM, last]);
    }
}
