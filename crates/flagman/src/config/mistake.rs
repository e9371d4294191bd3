//! What can be wrong with a configuration file, as one line.

use std::fmt;

use super::place::Place;

/// The first mistake of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileMistake {
    /// The file cannot be read, or must not be.
    Unreadable {
        /// As it was typed.
        file: String,
        /// Why, and what to do.
        why: String,
    },
    /// Something in it is wrong.
    In {
        /// As it was typed.
        file: String,
        /// Where.
        place: Place,
        /// What, and what to write instead.
        what: String,
    },
}

impl fmt::Display for FileMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, why } => {
                write!(out, "cannot read the configuration file `{file}`: {why}")
            }
            Self::In { file, place, what } => write!(out, "{file}:{place}: {what}"),
        }
    }
}

/// Something wrong at this byte of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) what: String,
}

impl Wrong {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into() }
    }

    /// As the mistake of this file with this text.
    pub(super) fn of_file(self, file: &str, text: &str) -> FileMistake {
        let Self { at, what } = self;
        FileMistake::In { file: file.to_owned(), place: Place::of(at, text), what }
    }
}
