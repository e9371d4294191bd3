//! Parses JSON. Values borrow from the text, except for strings with escapes.
//!
//! This replaces `serde_json::Value`, whose map is a tree of owned names. Each action program reads a
//! run's message between the signal and its action, and most of the time went into building that tree
//! (docs/decisions/0011).

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON value.
#[derive(Debug)]
pub(super) enum Json<'a> {
    Null,
    Flag(bool),
    /// A number that is written without a sign or a fraction.
    Whole(u64),
    /// Any other number.
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Object<'a>),
}

impl Json<'_> {
    /// A number without a fraction, in whatever form it is written: some languages can only write `1.0`.
    pub(super) fn whole(&self) -> Option<u64> {
        // Below this limit a float represents each whole number exactly.
        let most = f64::from(1_u32 << 31) * f64::from(1_u32 << 22);
        match self {
            Self::Whole(number) => Some(*number),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "that is checked"
            )]
            Self::Number(number) if number.fract() == 0.0 && (0.0..=most).contains(number) => {
                Some(*number as u64)
            }
            Self::Null
            | Self::Flag(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }

    /// A number of 32 bits without a fraction, which may be negative.
    pub(super) fn signed(&self) -> Option<i32> {
        match self {
            Self::Whole(number) => i32::try_from(*number).ok(),
            #[expect(clippy::cast_possible_truncation, reason = "that is checked")]
            Self::Number(number)
                if number.fract() == 0.0
                    && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(number) =>
            {
                Some(*number as i32)
            }
            Self::Null
            | Self::Flag(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }

    /// The kind of the value, in words.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag(_) => "true or false",
            Self::Whole(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// The members of a JSON object, in order. If several have the same name, the last one counts.
#[derive(Debug, Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Json<'a>> {
        let place = self.0.iter().rposition(|(other, _)| other == name)?;
        Some(self.0.remove(place).1)
    }

    /// The name of the first member, if any.
    pub(super) fn first_name(&self) -> Option<&str> {
        self.0.first().map(|(name, _)| &**name)
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyObject)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Json::Whole(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "what is rounded is too large for `signed`")]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Json::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        AnyObject.visit_map(members).map(Json::Object)
    }
}

struct AnyObject;

impl<'de> Visitor<'de> for AnyObject {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Object::default();
        while let Some((name, value)) = members.next_entry()? {
            let Json::Text(name) = name else {
                return Err(A::Error::custom("a name is a string"));
            };
            object.0.push((name, value));
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Json, Object};

    fn read(text: &str) -> Result<Object<'_>, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn what_has_no_escapes_is_borrowed_and_what_has_is_not() {
        let mut object = read(r#"{"a":"x","b":"\n"}"#).expect("an object");
        assert!(matches!(object.take("a"), Some(Json::Text(Cow::Borrowed("x")))));
        assert!(matches!(object.take("b"), Some(Json::Text(Cow::Owned(text))) if text == "\n"));
    }

    #[test]
    fn of_several_members_with_one_name_the_last_one_counts() {
        let mut object = read(r#"{"b":2,"a":1,"a":3}"#).expect("an object");
        assert_eq!(object.first_name(), Some("b"));
        assert!(object.take("b").is_some());
        assert_eq!(object.take("a").and_then(|value| value.whole()), Some(3));
    }

    #[test]
    fn a_signed_number_is_one_of_32_bits_without_a_fraction_however_it_is_written() {
        let signed = |text: &str| {
            let object = format!(r#"{{"a":{text}}}"#);
            read(&object).expect("an object").take("a").and_then(|value| value.signed())
        };
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("5", 5),
            ("-5", -5),
            ("5.0", 5),
            ("-5.0", -5),
            ("2e3", 2000),
            ("2147483647", i32::MAX),
            ("2147483647.0", i32::MAX),
            ("-2147483648", i32::MIN),
            ("-2147483648.0", i32::MIN),
        ] {
            assert_eq!(signed(text), Some(number), "{text}");
        }
        for text in ["2147483648", "-2147483649", "2147483648.0", "-2147483649.0", "0.5", "-0.5"] {
            assert_eq!(signed(text), None, "{text}");
        }
        // The first two are the limits of 64 bits, at which a float has been rounded.
        for text in ["18446744073709551615", "-9223372036854775808", "1e300", "-1e300"] {
            assert_eq!(signed(text), None, "{text}");
        }
        for text in ["null", "true", "\"5\"", "[5]", "{\"a\":5}"] {
            assert_eq!(signed(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_nested_without_end_is_refused() {
        let deep =
            |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert!(read(&deep(100)).is_ok());
        assert!(read(&deep(100_000)).is_err_and(|why| why.to_string().contains("recursion limit")));
    }
}
