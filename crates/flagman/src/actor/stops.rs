//! Programs that a signal stops, as the terminal does with one in the background that reads from it
//! (SIGTTIN): they would be waited for in silence.

use std::fmt;

use flagman_base::Signal;
use flagman_base::process::{Change, Child};
use nix::libc;

/// A program that has just been stopped. Its text goes on after the name of its action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(crate) signal: Signal,
    pub(crate) pid: u32,
}

/// Whether a program is stopped, as far as it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stops {
    /// By this signal, or not at all.
    Now(Option<Signal>),
    /// It was when it was asked to end, which has continued it.
    Before(Option<Signal>),
}

impl Default for Stops {
    fn default() -> Self {
        Self::Now(None)
    }
}

impl Stops {
    /// Looks at the program, and tells if it has been stopped since the last look.
    pub(super) fn look(&mut self, child: &Child) -> Option<Stopped> {
        let Self::Now(now) = self else { return None };
        match child.change()? {
            Change::Stopped(signal) => {
                *now = Some(signal);
                Some(Stopped { signal, pid: child.pid() })
            }
            Change::Continued => {
                *now = None;
                None
            }
        }
    }

    /// Takes note that the program is asked to end.
    pub(super) fn asked_to_end(&mut self) {
        *self = Self::Before(self.by());
    }

    /// The signal that has stopped it.
    pub(super) fn by(self) -> Option<Signal> {
        match self {
            Self::Now(by) | Self::Before(by) => by,
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signal, pid } = self;
        let why = match signal.number() {
            libc::SIGTTIN => {
                ": it reads from the terminal, where it has no input; give it that another way"
            }
            libc::SIGTTOU => {
                ": it wants to change the terminal or write to it, which is not its own"
            }
            _ => "",
        };
        write!(
            formatter,
            "its program was stopped by {signal}{why}; continue it with `kill -CONT {pid}`"
        )
    }
}

#[cfg(test)]
mod tests {
    use flagman_base::Signal;
    use nix::libc;

    use super::Stopped;

    #[test]
    fn one_that_the_terminal_stops_is_told_why() {
        let told = |number| Stopped { signal: Signal::from_number(number), pid: 7 }.to_string();
        assert_eq!(
            told(libc::SIGSTOP),
            "its program was stopped by SIGSTOP; continue it with `kill -CONT 7`"
        );
        assert!(told(libc::SIGTTIN).contains("by SIGTTIN: it reads from the terminal"));
        assert!(told(libc::SIGTTOU).contains("by SIGTTOU: it wants to change the terminal"));
    }
}
