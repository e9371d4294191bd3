//! The configuration file: it says what the command line says, in the same words.
//!
//! A file is read in two steps. First its text becomes settings and words: everything that can be checked
//! without knowing the actions is checked here. Then, when it is known in which directories action
//! programs are looked for, its words become actions.
//!
//! Names, types, bounds and most messages come from the tables of the command line (`cli/options.rs`), and
//! values go through the same functions as text. So the two cannot come to disagree.
//!
//! Nothing here changes anything: a file can be read again at any time, and gives a plan or one mistake.

mod actions;

pub(crate) mod keys;

mod mistake;

mod place;

mod source;

mod syntax;

pub(crate) mod value;

mod walk;

#[cfg(any(test, fuzzing))]
pub(crate) mod properties;

#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use mistake::FileMistake;

use flagman_base::Signal;

use self::walk::Contents;
use crate::cli::{Planned, Settings};
use crate::discovery::Catalog;

/// A configuration file that was read.
#[derive(Debug)]
pub(crate) struct File {
    /// As it was typed.
    name: String,
    text: String,
    contents: Contents,
}

impl File {
    /// Reads the file. Blocks while the kernel reads it, and for up to 80 milliseconds while it is being
    /// changed.
    ///
    /// # Errors
    /// It cannot be read, or has a mistake that shows without knowing the actions.
    pub(crate) fn read(path: &Path) -> Result<Self, FileMistake> {
        let name = path.to_string_lossy().into_owned();
        let text = source::read(&name)?;
        let contents = syntax::parse(&text).and_then(|table| walk::walk(&table));
        match contents {
            Ok(contents) => Ok(Self { name, text, contents }),
            Err(wrong) => Err(wrong.of_file(&name, &text)),
        }
    }

    /// The options that it gives.
    pub(crate) fn settings(&self) -> &Settings {
        &self.contents.settings
    }

    /// Its actions with their signals, in its order, and warnings about action programs. Blocks for up to two
    /// seconds for each action program that does not answer.
    ///
    /// # Errors
    /// The words of an action are not what it takes.
    pub(crate) fn actions(
        &self,
        catalog: &Catalog<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<(Signal, Planned)>, FileMistake> {
        let mut actions = Vec::new();
        for entry in &self.contents.actions {
            let planned = entry.planned(catalog, warnings);
            let planned = planned.map_err(|wrong| wrong.of_file(&self.name, &self.text))?;
            actions.extend(entry.signals.iter().map(|signal| (*signal, planned.clone())));
        }
        Ok(actions)
    }
}
