//! The declared types of arguments. This is the only place where a word is converted to a value.
//!
//! flagman's check of the command line and the set-up of the action use the same conversion, so they
//! cannot disagree.

use std::fmt;
use std::path::PathBuf;

/// A declared type, under the name that `--list` and an action program's `describe` use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text, including the empty one.
    Str,
    /// A whole decimal number from -2^63 to 2^63 - 1.
    Int,
    /// A finite decimal number.
    Float,
    /// `true` or `false`.
    Bool,
    /// A path. It must not be empty, but need not exist.
    Path,
}

impl Kind {
    /// All types.
    pub const ALL: [Self; 5] = [Self::Str, Self::Int, Self::Float, Self::Bool, Self::Path];

    /// The type with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.to_string() == name)
    }

    /// Checks that `word` is of this type.
    ///
    /// # Errors
    /// What the word must be, as the end of a sentence: "an int (…)".
    pub fn check(self, word: &str) -> Result<(), String> {
        match self {
            Self::Str => String::from_word(word).map(drop),
            Self::Int => i64::from_word(word).map(drop),
            Self::Float => f64::from_word(word).map(drop),
            Self::Bool => bool::from_word(word).map(drop),
            Self::Path => PathBuf::from_word(word).map(drop),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Str => "str",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Path => "path",
        })
    }
}

/// A Rust type that an argument can have.
pub trait Value: Sized {
    /// The declared type that users read.
    const KIND: Kind;

    /// Converts one word.
    ///
    /// # Errors
    /// What the word must be, as the end of a sentence: "an int (…)".
    fn from_word(word: &str) -> Result<Self, String>;
}

impl Value for String {
    const KIND: Kind = Kind::Str;

    fn from_word(word: &str) -> Result<Self, String> {
        Ok(word.to_owned())
    }
}

impl Value for bool {
    const KIND: Kind = Kind::Bool;

    fn from_word(word: &str) -> Result<Self, String> {
        word.parse().map_err(|_| "a bool (`true` or `false`)".to_owned())
    }
}

impl Value for PathBuf {
    const KIND: Kind = Kind::Path;

    fn from_word(word: &str) -> Result<Self, String> {
        if word.is_empty() { Err("a path (not empty)".to_owned()) } else { Ok(word.into()) }
    }
}

impl Value for f64 {
    const KIND: Kind = Kind::Float;

    fn from_word(word: &str) -> Result<Self, String> {
        match word.parse::<Self>() {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) | Err(_) => Err("a float (a finite decimal number)".to_owned()),
        }
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Value for $integer {
            const KIND: Kind = Kind::Int;

            fn from_word(word: &str) -> Result<Self, String> {
                let (least, most) = (Self::MIN, Self::MAX);
                word.parse().map_err(|_| format!("an int (from {least} to {most})"))
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32);

#[cfg(test)]
mod tests {
    use super::{Kind, Value};

    #[test]
    fn a_type_is_found_by_the_name_that_it_is_shown_by() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(&kind.to_string()), Some(kind));
        }
        assert_eq!(Kind::from_name("Str"), None);
    }

    #[test]
    fn words_of_each_type_are_accepted() {
        let good = [
            (Kind::Str, ""),
            (Kind::Int, "-9223372036854775808"),
            (Kind::Float, "-1.5e3"),
            (Kind::Bool, "false"),
            (Kind::Path, "/no/such"),
        ];
        for (kind, word) in good {
            assert_eq!(kind.check(word), Ok(()), "{kind} {word}");
        }
    }

    #[test]
    fn words_of_another_type_are_refused_with_what_they_should_have_been() {
        let bad = [
            (Kind::Int, "9223372036854775808"),
            (Kind::Int, "1.0"),
            (Kind::Int, ""),
            (Kind::Float, "nan"),
            (Kind::Float, "inf"),
            (Kind::Bool, "yes"),
            (Kind::Path, ""),
        ];
        for (kind, word) in bad {
            let should = kind.check(word).unwrap_err();
            assert!(should.contains(&kind.to_string()), "{kind} {word}: {should}");
        }
    }

    #[test]
    fn a_narrower_integer_names_its_own_range() {
        assert_eq!(u8::from_word("256"), Err("an int (from 0 to 255)".to_owned()));
    }
}
