//! How long the lines of `--help` and `--list` are.
//!
//! On a terminal as long as it is wide, within bounds in which text is easy to read; anywhere else 80, so
//! that what a script or a page gets is always the same. `COLUMNS` is not read: it is a variable of the
//! shell's own, which is rarely exported and then stays as it was when the terminal is resized.

use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;

/// The width of what is not a terminal, or does not know its width.
const USUAL: u16 = 80;
const NARROWEST: u16 = 40;
const WIDEST: u16 = 100;

/// A number of columns within the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Width(u16);

impl Width {
    /// That of the terminal that standard output is, if it is one.
    pub(crate) fn of_standard_output() -> Self {
        Self::of_terminal(std::io::stdout())
    }

    fn of_terminal(output: impl AsFd) -> Self {
        Self::of(tcgetwinsize(output).ok().map(|size| size.ws_col))
    }

    /// The width for a terminal of this many columns; one that does not know says 0.
    pub(super) fn of(columns: Option<u16>) -> Self {
        let columns = columns.filter(|columns| *columns > 0).unwrap_or(USUAL);
        Self(columns.clamp(NARROWEST, WIDEST))
    }

    pub(super) fn columns(self) -> usize {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use nix::pty::{Winsize, openpty};

    use super::Width;

    #[test]
    fn lines_are_as_long_as_a_terminal_is_wide_within_bounds_and_80_elsewhere() {
        let cases = [(0, 80), (1, 40), (40, 40), (63, 63), (100, 100), (101, 100), (u16::MAX, 100)];
        for (ws_col, expected) in cases {
            let size = Winsize { ws_row: 24, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
            let terminal = openpty(Some(&size), None).expect("a terminal");
            assert_eq!(Width::of_terminal(&terminal.slave).columns(), expected, "{ws_col}");
        }
        let (_reader, writer) = std::io::pipe().expect("a pipe");
        assert_eq!(Width::of_terminal(&writer).columns(), 80);
    }
}
