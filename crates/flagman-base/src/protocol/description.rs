//! What an action program prints about itself when it is called with the word `describe`.

use serde::Serialize;

use super::fields::{Fields, Whose};
use super::json::{Json, Object};
use super::message::{self, Malformed};
use super::{PROTOCOL, Unsendable};
use crate::{Arguments, Arity, Declared, Kind};

/// An action program's description of itself: one JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What the action does, in a sentence or two. It may contain anything, control characters too.
    pub description: String,
    /// Its arguments, in order. Only the last one may be optional or repeated.
    pub arguments: Vec<Declared>,
}

#[derive(Serialize)]
struct Written {
    protocol: u32,
    description: String,
    arguments: Vec<Argument>,
}

#[derive(Serialize)]
struct Argument {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "is_false")]
    optional: bool,
    #[serde(skip_serializing_if = "is_false")]
    repeated: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Description {
    /// The description of an action with the arguments `A`.
    #[must_use]
    pub fn of<A: Arguments>() -> Self {
        Self { description: A::DESCRIPTION.to_owned(), arguments: A::DECLARED.to_vec() }
    }

    /// Encodes it as a line, with its newline.
    ///
    /// # Errors
    /// The line would be longer than [`LONGEST_LINE`](super::LONGEST_LINE).
    pub fn encode(&self) -> Result<String, Unsendable> {
        message::encode(&Written {
            protocol: PROTOCOL,
            description: self.description.clone(),
            arguments: self.arguments.iter().map(Argument::of).collect(),
        })
    }

    /// Decodes what a program has printed.
    ///
    /// # Errors
    /// It is not a description, it is of another protocol version, or its arguments are invalid: an
    /// unknown type, a name that is empty or has blanks, or one before the last that is optional or
    /// repeated.
    pub fn decode(text: &str) -> Result<Self, Malformed> {
        message::with_object(text, Self::read)
    }

    fn read(object: Object<'_>) -> Result<Self, Malformed> {
        let mut fields = Fields::new(Whose::Description, object);
        // A newer protocol may look quite different, so check its number first.
        let protocol: u64 = fields.number("protocol")?;
        if protocol != u64::from(PROTOCOL) {
            let why = format!("it speaks protocol {protocol}, and this flagman speaks {PROTOCOL}");
            return Err(Malformed(why));
        }
        let description = fields.text("description")?.into_owned();
        let arguments = fields.optional_list("arguments")?.into_iter();
        let arguments: Vec<Declared> = arguments
            .map(|argument| Argument::read(argument)?.declared())
            .collect::<Result<_, _>>()?;
        only_the_last_varies(&arguments)?;
        Ok(Self { description, arguments })
    }
}

impl Argument {
    fn of(declared: &Declared) -> Self {
        let (optional, repeated) = match declared.arity {
            Arity::Required => (false, false),
            Arity::Optional => (true, false),
            Arity::Repeated => (false, true),
        };
        let (name, kind) = (declared.name.to_string(), declared.kind.to_string());
        Self { name, kind, optional, repeated }
    }

    fn read(value: Json<'_>) -> Result<Self, Malformed> {
        let mut fields = Fields::of(Whose::ArgumentOfDescription, value)?;
        Ok(Self {
            name: fields.text("name")?.into_owned(),
            kind: fields.text("type")?.into_owned(),
            optional: fields.flag("optional")?,
            repeated: fields.flag("repeated")?,
        })
    }

    fn declared(self) -> Result<Declared, Malformed> {
        let Self { name, kind, optional, repeated } = self;
        let wrong =
            |what: &str| Malformed(format!("its argument `{}` {what}", name.escape_debug()));
        if name.is_empty()
            || name.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        {
            return Err(wrong("has a name that is empty or contains blanks"));
        }
        let kind = Kind::from_name(&kind)
            .ok_or_else(|| wrong(&format!("has the unknown type `{}`", kind.escape_debug())))?;
        let arity = match (optional, repeated) {
            (false, false) => Arity::Required,
            (true, false) => Arity::Optional,
            (_, true) => Arity::Repeated,
        };
        Ok(Declared { name: name.into(), kind, arity })
    }
}

fn only_the_last_varies(arguments: &[Declared]) -> Result<(), Malformed> {
    let before = arguments.split_last().map_or(arguments, |(_, before)| before);
    match before.iter().find(|declared| declared.arity != Arity::Required) {
        None => Ok(()),
        Some(Declared { name, .. }) => Err(Malformed(format!(
            "its argument `{name}` is optional or repeated, and is not the last"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::Description;
    use crate::{Arity, Declared, Kind};

    const GOLDEN: &str = concat!(
        r#"{"protocol":1,"description":"...","arguments":[{"name":"zone","type":"str"},"#,
        r#"{"name":"record","type":"str","repeated":true}]}"#
    );

    fn argument(name: &'static str, kind: Kind, arity: Arity) -> Declared {
        Declared { name: name.into(), kind, arity }
    }

    #[test]
    fn a_description_is_the_line_that_the_contract_says() {
        let zone = argument("zone", Kind::Str, Arity::Required);
        let record = argument("record", Kind::Str, Arity::Repeated);
        let description = Description { description: "...".into(), arguments: vec![zone, record] };
        assert_eq!(description.encode(), Ok(format!("{GOLDEN}\n")));
        assert_eq!(Description::decode(GOLDEN), Ok(description));
    }

    #[test]
    fn a_description_may_span_lines_and_say_more() {
        let text = "{\n \"protocol\": 1, \"icon\": 5,\n \"description\": \"\",\n \"arguments\": [\n  \
                    {\"name\": \"n\", \"type\": \"float\", \"optional\": true, \"unit\": \"s\"}]}\n";
        let arguments = vec![argument("n", Kind::Float, Arity::Optional)];
        let expected = Description { description: String::new(), arguments };
        assert_eq!(Description::decode(text), Ok(expected));
        let text = r#"{"protocol":1,"description":"No arguments"}"#;
        assert!(Description::decode(text).is_ok_and(|said| said.arguments.is_empty()));
    }

    #[test]
    fn what_cannot_be_is_malformed_in_a_sentence_that_a_person_understands() {
        let with = |arguments: &str| {
            format!(r#"{{"protocol":1,"description":"","arguments":[{arguments}]}}"#)
        };
        let bad = [
            ("usage: x".to_owned(), "it said `usage: x`, which is not a JSON object"),
            (r#"{"protocol":2}"#.to_owned(), "it speaks protocol 2, and this flagman speaks 1"),
            (r#"{"protocol":1}"#.to_owned(), "its description has no `description`"),
            (r#"{"description":""}"#.to_owned(), "its description has no `protocol`"),
            (with(r#"{"name":"a","type":"url"}"#), "`a` has the unknown type `url`"),
            (with(r#"{"name":"","type":"str"}"#), "its argument `` has a name that is empty"),
            (with(r#"{"name":"a\n","type":"str"}"#), r"its argument `a\n` has a name"),
            (with(r#"{"type":"str"}"#), "an argument of its description has no `name`"),
            (
                with(r#"{"name":"a","type":"str","optional":"yes"}"#),
                "has a string for its `optional`, which must be true or false",
            ),
            (
                with(r#"{"name":"a","type":"str","optional":true},{"name":"b","type":"str"}"#),
                "its argument `a` is optional or repeated, and is not the last",
            ),
        ];
        for (text, why) in bad {
            let malformed = Description::decode(&text).unwrap_err().to_string();
            assert!(malformed.contains(why), "{malformed}");
        }
    }
}
