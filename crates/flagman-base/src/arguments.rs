//! How an action declares its arguments, and how the words of a command line are converted to them.
//!
//! The declaration is data ([`Declared`]), so the command line, `--list` and an action program's
//! `describe` all read the same one.

use std::borrow::Cow;
use std::fmt;

use crate::value::{Kind, Value};

/// How many words an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly one.
    Required,
    /// One or none.
    Optional,
    /// Any number, including none.
    Repeated,
}

/// One declared argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The name that users read.
    pub name: Cow<'static, str>,
    /// The type of each of its words.
    pub kind: Kind,
    /// How many words it takes; only the last argument may be other than [`Arity::Required`].
    pub arity: Arity,
}

impl Declared {
    /// The declaration of a field of type `F`.
    #[must_use]
    pub const fn of<F: Field>(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind: F::KIND, arity: F::ARITY }
    }
}

impl fmt::Display for Declared {
    /// As `--list` shows it: `name: type`, `name: type ...` or `[name: type]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, arity } = self;
        match arity {
            Arity::Required => write!(formatter, "{name}: {kind}"),
            Arity::Optional => write!(formatter, "[{name}: {kind}]"),
            Arity::Repeated => write!(formatter, "{name}: {kind} ..."),
        }
    }
}

/// Rejects, at compile time, a declaration in which an argument other than the last is optional or
/// repeated. There would be no way to tell which words belong to it.
///
/// # Panics
/// At compile time, where `#[derive(Arguments)]` calls it.
pub const fn only_the_last_varies(declared: &[Declared]) {
    let mut index = 0;
    while index + 1 < declared.len() {
        let required = matches!(declared[index].arity, Arity::Required);
        assert!(required, "only the last argument of an action may be optional or repeated");
        index += 1;
    }
}

/// The arguments of an action. Derive it for a documented struct.
pub trait Arguments: Sized {
    /// What the action does, in a sentence or two.
    const DESCRIPTION: &'static str;
    /// The arguments, in order.
    const DECLARED: &'static [Declared];

    /// Converts the words that follow the action's name.
    ///
    /// # Errors
    /// The first word that cannot be converted, or the first required argument without a word.
    fn from_words(words: &[String]) -> Result<Self, WrongArgument>;
}

/// A type for the fields of an [`Arguments`] struct: a [`Value`], or an `Option` or a `Vec` of one.
pub trait Field: Sized {
    /// The declared type of each word.
    const KIND: Kind;
    /// How many words it takes.
    const ARITY: Arity;

    /// Takes the words of this argument from the front of `words`.
    ///
    /// # Errors
    /// The word that cannot be converted, or the missing word.
    fn take(words: &mut Words<'_>, name: &'static str) -> Result<Self, WrongArgument>;
}

impl<V: Value> Field for V {
    const KIND: Kind = V::KIND;
    const ARITY: Arity = Arity::Required;

    fn take(words: &mut Words<'_>, name: &'static str) -> Result<Self, WrongArgument> {
        words.next(name)?.ok_or(WrongArgument::Missing { argument: name })
    }
}

impl<V: Value> Field for Option<V> {
    const KIND: Kind = V::KIND;
    const ARITY: Arity = Arity::Optional;

    fn take(words: &mut Words<'_>, name: &'static str) -> Result<Self, WrongArgument> {
        words.next(name)
    }
}

impl<V: Value> Field for Vec<V> {
    const KIND: Kind = V::KIND;
    const ARITY: Arity = Arity::Repeated;

    fn take(words: &mut Words<'_>, name: &'static str) -> Result<Self, WrongArgument> {
        std::iter::from_fn(|| words.next(name).transpose()).collect()
    }
}

/// The words that are still to be converted.
#[derive(Debug)]
pub struct Words<'a> {
    left: std::slice::Iter<'a, String>,
}

impl<'a> Words<'a> {
    /// Starts at the first word after the action's name.
    #[must_use]
    pub fn new(words: &'a [String]) -> Self {
        Self { left: words.iter() }
    }

    /// Takes the words of the argument `name`.
    ///
    /// # Errors
    /// As [`Field::take`].
    pub fn take<F: Field>(&mut self, name: &'static str) -> Result<F, WrongArgument> {
        F::take(self, name)
    }

    fn next<V: Value>(&mut self, name: &'static str) -> Result<Option<V>, WrongArgument> {
        let convert = |word: &String| {
            V::from_word(word).map_err(|should_be| WrongArgument::Wrong {
                argument: name,
                word: word.clone(),
                should_be,
            })
        };
        self.left.next().map(convert).transpose()
    }
}

/// Why words could not be converted to arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrongArgument {
    /// A required argument has no word.
    Missing {
        /// The argument's name.
        argument: &'static str,
    },
    /// A word does not fit the type of its argument.
    Wrong {
        /// The argument's name.
        argument: &'static str,
        /// The word that was typed.
        word: String,
        /// What it should have been: "an int (…)".
        should_be: String,
    },
}

impl fmt::Display for WrongArgument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { argument } => write!(formatter, "its argument `{argument}` is missing"),
            Self::Wrong { argument, word, should_be } => {
                write!(formatter, "its argument `{argument}` must be {should_be}, not `{word}`")
            }
        }
    }
}

impl std::error::Error for WrongArgument {}
