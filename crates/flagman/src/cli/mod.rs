//! The command line: from the words that were typed to a plan of bundles, or to the first mistake.
//!
//! Ordering rule: every mistake is found here, before anything is set up or said (I2).

mod action;

mod check;

#[cfg(test)]
mod generate;

mod given;

mod help;

pub(crate) mod kind;

mod label;

mod list;

mod mistake;

pub(crate) mod options;

mod plan;

mod policies;

mod quoting;

mod read;

mod settings;

mod signal;

mod suspect;

mod usage;

mod width;

#[cfg(any(test, fuzzing))]
mod shell;

#[cfg(any(test, fuzzing))]
mod inert;

#[cfg(any(test, fuzzing))]
pub(crate) mod properties;

#[cfg(test)]
pub(crate) mod dice;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub(crate) use action::{nearest, of_words};
pub(crate) use check::{bundle_lines, start_fields};
pub(crate) use given::option_line;
pub(crate) use help::{help, version};
pub(crate) use label::labels;
pub(crate) use list::{Emphasis, list};
pub(crate) use mistake::{ActionMistake, Hint, Mistake};
pub(crate) use plan::{Plan, Planned, Systemd, WhenEmpty};
pub(crate) use policies::{Policies, PolicyMistake};
pub(crate) use quoting::split;
pub(crate) use read::read;
pub(crate) use settings::Settings;
pub(crate) use signal::signal;
pub(crate) use width::Width;

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// Print the help.
    Help,
    /// Print the version.
    Version,
    /// List the known actions, looking for programs in these directories first.
    List(Vec<PathBuf>),
    /// Say how this plan was understood.
    Check(Plan),
    /// Carry it out.
    Start(Plan),
}
