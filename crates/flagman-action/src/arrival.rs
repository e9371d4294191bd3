//! What a run answers: the signal, how often it was seen, and what the kernel says of its sender.

use std::fmt;

/// A signal, by its number on this machine; shown by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(i32);

impl Signal {
    /// SIGHUP.
    pub const HUP: Self = Self(libc::SIGHUP);
    /// SIGINT.
    pub const INT: Self = Self(libc::SIGINT);
    /// SIGUSR1.
    pub const USR1: Self = Self(libc::SIGUSR1);
    /// SIGUSR2.
    pub const USR2: Self = Self(libc::SIGUSR2);
    /// SIGTERM.
    pub const TERM: Self = Self(libc::SIGTERM);
    /// SIGCHLD.
    pub const CHLD: Self = Self(libc::SIGCHLD);

    /// The signal with this number, as the kernel gives it.
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Its number on this machine (`signal(7)`).
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::HUP => formatter.write_str("SIGHUP"),
            Self::INT => formatter.write_str("SIGINT"),
            Self::USR1 => formatter.write_str("SIGUSR1"),
            Self::USR2 => formatter.write_str("SIGUSR2"),
            Self::TERM => formatter.write_str("SIGTERM"),
            Self::CHLD => formatter.write_str("SIGCHLD"),
            Self(number) => write!(formatter, "signal {number}"),
        }
    }
}

/// The process that sent a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its process id, in flagman's pid namespace.
    pub pid: u32,
    /// Its real user id.
    pub uid: u32,
}

/// What one run of a bundle answers: one signal, received once or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The signal.
    pub signal: Signal,
    /// How many times it was seen since its last run started. A lower bound: the kernel merges
    /// signals that wait.
    pub count: u64,
    /// The first one's sender; `None` when the kernel cannot name it (it is in another pid
    /// namespace, or the kernel itself sent the signal).
    pub sender: Option<Sender>,
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn a_signal_is_shown_by_its_name() {
        assert_eq!(Signal::USR1.to_string(), "SIGUSR1");
        assert_eq!(Signal::from_number(64).to_string(), "signal 64");
    }
}
