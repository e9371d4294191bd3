//! Takes what is needed out of a JSON object, by name, and leaves the rest: what a side does not
//! know is ignored.
//!
//! By hand rather than by a derived decoder: this code is in every flagman that runs, and a derived
//! one is several times as long (docs/decisions/0008-built-for-size.md).

use serde_json::{Map, Value};

use super::message::Malformed;

/// The fields of an object, and whose they are: "its message `done`", for whoever made a mistake.
pub(super) struct Fields {
    whose: String,
    fields: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(whose: impl Into<String>, fields: Map<String, Value>) -> Self {
        Self { whose: whose.into(), fields }
    }

    /// The fields of `value`, if it is an object.
    pub(super) fn of(whose: impl Into<String>, value: Value) -> Result<Self, Malformed> {
        let whose = whose.into();
        match value {
            Value::Object(fields) => Ok(Self { whose, fields }),
            other => Err(Malformed(format!("{whose} is {}, not an object", kind(&other)))),
        }
    }

    /// A field that must be there.
    fn take(&mut self, name: &str) -> Result<Value, Malformed> {
        let taken = self.fields.remove(name);
        taken.ok_or_else(|| Malformed(format!("{} has no `{name}`", self.whose)))
    }

    fn wrong(&self, name: &str, found: &Value, should_be: &str) -> Malformed {
        let (whose, found) = (&self.whose, kind(found));
        Malformed(format!("{whose} has {found} for its `{name}`, which must be {should_be}"))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, Malformed> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            other => Err(self.wrong(name, &other, "a string")),
        }
    }

    pub(super) fn number<N: TryFrom<u64>>(&mut self, name: &str) -> Result<N, Malformed> {
        let value = self.take(name)?;
        let number = whole(&value).and_then(|number| number.try_into().ok());
        number.ok_or_else(|| self.wrong(name, &value, "a whole number that is not too large"))
    }

    pub(super) fn optional_number<N: TryFrom<u64>>(
        &mut self,
        name: &str,
    ) -> Result<Option<N>, Malformed> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.number(name).map(Some),
        }
    }

    /// `false` where it is not said.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Malformed> {
        match self.fields.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.wrong(name, &other, "true or false")),
        }
    }

    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Value>, Malformed> {
        match self.take(name)? {
            Value::Array(list) => Ok(list),
            other => Err(self.wrong(name, &other, "a list")),
        }
    }

    /// Empty where it is not said.
    pub(super) fn optional_list(&mut self, name: &str) -> Result<Vec<Value>, Malformed> {
        if self.fields.contains_key(name) { self.list(name) } else { Ok(Vec::new()) }
    }

    /// An object in it; `None` where it is null or not said.
    pub(super) fn optional_object(&mut self, name: &str) -> Result<Option<Self>, Malformed> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Self::of(format!("`{name}` of {}", self.whose), value).map(Some),
        }
    }
}

/// A number without a fraction, however it is written: some languages have no other form than `1.0`.
fn whole(value: &Value) -> Option<u64> {
    // Up to here each whole number is a float of its own.
    let most = f64::from(1_u32 << 31) * f64::from(1_u32 << 22);
    let float = value.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=most).contains(float));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is checked")]
    value.as_u64().or(float.map(|float| float as u64))
}

/// What kind of value it is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
