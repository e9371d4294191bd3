//! Signals, shown by name.

use std::fmt;

use serde::Serialize;

/// A signal, by its number on this machine. Displayed and serialized by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Signal(i32);

/// All signals that have a name of their own (`signal(7)`).
const NAMED: [(i32, &str); 31] = [
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGINT, "SIGINT"),
    (libc::SIGQUIT, "SIGQUIT"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGTRAP, "SIGTRAP"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGKILL, "SIGKILL"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGPIPE, "SIGPIPE"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGSTKFLT, "SIGSTKFLT"),
    (libc::SIGCHLD, "SIGCHLD"),
    (libc::SIGCONT, "SIGCONT"),
    (libc::SIGSTOP, "SIGSTOP"),
    (libc::SIGTSTP, "SIGTSTP"),
    (libc::SIGTTIN, "SIGTTIN"),
    (libc::SIGTTOU, "SIGTTOU"),
    (libc::SIGURG, "SIGURG"),
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGXFSZ, "SIGXFSZ"),
    (libc::SIGVTALRM, "SIGVTALRM"),
    (libc::SIGPROF, "SIGPROF"),
    (libc::SIGWINCH, "SIGWINCH"),
    (libc::SIGIO, "SIGIO"),
    (libc::SIGPWR, "SIGPWR"),
    (libc::SIGSYS, "SIGSYS"),
];

impl Signal {
    /// SIGHUP.
    pub const HUP: Self = Self(libc::SIGHUP);
    /// SIGINT.
    pub const INT: Self = Self(libc::SIGINT);
    /// SIGKILL.
    pub const KILL: Self = Self(libc::SIGKILL);
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

    /// The signal with this name: `SIGUSR1`, `SIGRTMIN+3`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let own = NAMED.iter().find(|(_, named)| *named == name).map(|(number, _)| Self(*number));
        own.or_else(|| real_time(name))
    }

    /// The number on this machine (`signal(7)`).
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }
}

/// The real-time signal with this name. Numbers count from the C library's SIGRTMIN: it keeps the
/// first real-time signals of the kernel for itself.
fn real_time(name: &str) -> Option<Signal> {
    let above = match name.strip_prefix("SIGRTMIN")? {
        "" => 0,
        above => above.strip_prefix('+')?.parse::<u8>().ok()?,
    };
    let number = libc::SIGRTMIN() + i32::from(above);
    (number <= libc::SIGRTMAX()).then_some(Signal(number))
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, first) = (self.0, libc::SIGRTMIN());
        if let Some((_, name)) = NAMED.iter().find(|(named, _)| *named == number) {
            formatter.write_str(name)
        } else if number == first {
            formatter.write_str("SIGRTMIN")
        } else if number > first && number <= libc::SIGRTMAX() {
            write!(formatter, "SIGRTMIN+{}", number - first)
        } else {
            write!(formatter, "signal {number}")
        }
    }
}

impl From<Signal> for String {
    fn from(signal: Signal) -> Self {
        signal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn a_signal_is_shown_by_its_name() {
        assert_eq!(Signal::USR1.to_string(), "SIGUSR1");
        assert_eq!(Signal::from_number(libc::SIGRTMIN()).to_string(), "SIGRTMIN");
        assert_eq!(Signal::from_number(libc::SIGRTMIN() + 3).to_string(), "SIGRTMIN+3");
        assert_eq!(Signal::from_number(99).to_string(), "signal 99");
    }

    #[test]
    fn a_signal_is_found_by_the_name_that_it_is_shown_by() {
        let all = (1..=31).chain(libc::SIGRTMIN()..=libc::SIGRTMAX());
        for signal in all.map(Signal::from_number) {
            assert_eq!(Signal::from_name(&signal.to_string()), Some(signal));
        }
        for name in ["", "USR1", "SIGFOO", "SIGRTMIN+", "SIGRTMIN+31", "SIGRTMIN3", "signal 99"] {
            assert_eq!(Signal::from_name(name), None, "{name}");
        }
    }
}
