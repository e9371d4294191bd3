//! Takes fields out of a JSON object by name and ignores the rest.
//!
//! Written by hand rather than derived: this code is part of every running flagman, and a derived
//! decoder is several times as long (docs/decisions/0008-built-for-size.md).

use std::borrow::Cow;
use std::fmt;

use super::json::{Json, Object};
use super::message::Malformed;

/// The fields of an object, and what they belong to, for error messages.
pub(super) struct Fields<'a> {
    whose: Whose<'a>,
    fields: Object<'a>,
}

/// What the fields belong to: "its message `done`".
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    Message(&'a str),
    /// An object in a message, under this name.
    Within {
        name: &'static str,
        message: &'a str,
    },
    Description,
    ArgumentOfDescription,
}

impl fmt::Display for Whose<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(name) => write!(formatter, "its message `{name}`"),
            Self::Within { name, message } => {
                write!(formatter, "`{name}` of its message `{message}`")
            }
            Self::Description => formatter.write_str("its description"),
            Self::ArgumentOfDescription => formatter.write_str("an argument of its description"),
        }
    }
}

impl<'a> Fields<'a> {
    pub(super) fn new(whose: Whose<'a>, fields: Object<'a>) -> Self {
        Self { whose, fields }
    }

    /// The fields of `value`, which must be an object.
    pub(super) fn of(whose: Whose<'a>, value: Json<'a>) -> Result<Self, Malformed> {
        match value {
            Json::Object(fields) => Ok(Self { whose, fields }),
            other => Err(Malformed(format!("{whose} is {}, not an object", other.kind()))),
        }
    }

    /// A required field.
    fn take(&mut self, name: &str) -> Result<Json<'a>, Malformed> {
        let taken = self.fields.take(name);
        taken.ok_or_else(|| Malformed(format!("{} has no `{name}`", self.whose)))
    }

    fn wrong(&self, name: &str, found: &Json<'_>, should_be: &str) -> Malformed {
        let (whose, found) = (self.whose, found.kind());
        Malformed(format!("{whose} has {found} for its `{name}`, which must be {should_be}"))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Cow<'a, str>, Malformed> {
        match self.take(name)? {
            Json::Text(text) => Ok(text),
            other => Err(self.wrong(name, &other, "a string")),
        }
    }

    pub(super) fn number<N: TryFrom<u64>>(&mut self, name: &str) -> Result<N, Malformed> {
        let value = self.take(name)?;
        self.as_number(name, &value)
    }

    /// `None` if it is null or missing.
    pub(super) fn optional(&mut self, name: &str) -> Option<Json<'a>> {
        self.fields.take(name).filter(|value| !matches!(value, Json::Null))
    }

    /// As [`optional`](Self::optional).
    pub(super) fn optional_number<N: TryFrom<u64>>(
        &mut self,
        name: &str,
    ) -> Result<Option<N>, Malformed> {
        self.optional(name).map(|value| self.as_number(name, &value)).transpose()
    }

    fn as_number<N: TryFrom<u64>>(&self, name: &str, value: &Json<'_>) -> Result<N, Malformed> {
        let number = value.whole().and_then(|number| number.try_into().ok());
        number.ok_or_else(|| self.wrong(name, value, "a whole number that is not too large"))
    }

    /// A number of 32 bits that may be negative; `None` if it is null or missing.
    pub(super) fn optional_signed(&mut self, name: &str) -> Result<Option<i32>, Malformed> {
        let Some(value) = self.optional(name) else { return Ok(None) };
        let should_be = "a whole number from -2147483648 to 2147483647";
        value.signed().map(Some).ok_or_else(|| self.wrong(name, &value, should_be))
    }

    /// `false` if it is missing.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Malformed> {
        match self.fields.take(name) {
            None => Ok(false),
            Some(Json::Flag(flag)) => Ok(flag),
            Some(other) => Err(self.wrong(name, &other, "true or false")),
        }
    }

    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Json<'a>>, Malformed> {
        match self.take(name)? {
            Json::List(list) => Ok(list),
            other => Err(self.wrong(name, &other, "a list")),
        }
    }

    /// Empty if it is missing.
    pub(super) fn optional_list(&mut self, name: &str) -> Result<Vec<Json<'a>>, Malformed> {
        if self.fields.contains(name) { self.list(name) } else { Ok(Vec::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, Whose};
    use crate::protocol::message::Malformed;

    fn value(text: &str) -> Result<Option<i32>, Malformed> {
        let object = serde_json::from_str(text).expect("an object");
        Fields::new(Whose::Message("run"), object).optional_signed("value")
    }

    #[test]
    fn a_signed_number_may_be_null_or_missing() {
        for text in ["{}", r#"{"value":null}"#, r#"{"id":5}"#, r#"{"value":5,"value":null}"#] {
            assert_eq!(value(text), Ok(None), "{text}");
        }
        for number in [0, 5, -5, i32::MIN, i32::MAX] {
            assert_eq!(value(&format!(r#"{{"value":{number}}}"#)), Ok(Some(number)));
        }
    }

    #[test]
    fn what_is_no_signed_number_is_named_with_its_limits() {
        for (text, kind) in [
            ("2147483648", "a number"),
            ("-2147483649", "a number"),
            ("0.5", "a number"),
            ("\"5\"", "a string"),
            ("false", "true or false"),
            ("[5]", "a list"),
            ("{}", "an object"),
        ] {
            let malformed = value(&format!(r#"{{"value":{text}}}"#)).unwrap_err().to_string();
            let expected = format!(
                "its message `run` has {kind} for its `value`, which must be a whole number from \
                 -2147483648 to 2147483647"
            );
            assert!(malformed.ends_with(&expected), "{malformed}");
        }
    }
}
