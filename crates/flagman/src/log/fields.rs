//! What a JSON line of the log has beside its message: fields with names, for programs that read the log.
//!
//! They are written into the line as they come. Nothing here can make the line more than one, or
//! anything but an object: names and texts are escaped, and objects and lists are closed by the call that
//! opens them.

use std::fmt::Write;

use super::line::json_string;

/// The fields of one object, which is being written.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    /// The line so far: it ends with the brace that opens the object, or with a field.
    line: &'a mut String,
}

impl<'a> Fields<'a> {
    pub(super) fn of(line: &'a mut String) -> Self {
        Self { line }
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.line.push_str(&json_string(value));
    }

    pub(crate) fn number(&mut self, name: &str, value: impl Into<i128>) {
        self.name(name);
        // Writing to a String does not fail.
        let _ = write!(self.line, "{}", value.into());
    }

    /// A field that has no value, because it is unknown.
    pub(crate) fn null(&mut self, name: &str) {
        self.name(name);
        self.line.push_str("null");
    }

    /// An object, whose fields `write` writes.
    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Fields<'_>)) {
        self.name(name);
        self.braces(write);
    }

    /// A list of objects, one for each of `items`, whose fields `write` writes.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(T, &mut Fields<'_>),
    ) {
        self.name(name);
        self.line.push('[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.line.push(',');
            }
            self.braces(|fields| write(item, fields));
        }
        self.line.push(']');
    }

    fn braces(&mut self, write: impl FnOnce(&mut Fields<'_>)) {
        self.line.push('{');
        write(&mut Fields { line: self.line });
        self.line.push('}');
    }

    /// The name of the next field. No value ends with a brace that opens.
    fn name(&mut self, name: &str) {
        if !self.line.ends_with('{') {
            self.line.push(',');
        }
        self.line.push_str(&json_string(name));
        self.line.push(':');
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn fields_of_every_type_are_json_however_they_are_nested() {
        let mut line = "{".to_owned();
        let mut fields = Fields::of(&mut line);
        fields.text("event", "run");
        fields.text("a\"b", "{\n\u{202e}");
        fields.number("value", -1);
        fields.number("us", u64::MAX);
        fields.null("sender");
        fields.object("empty", |_| {});
        fields.object("sender", |sender| {
            sender.number("pid", 7);
            sender.object("user", |user| user.text("name", "root"));
        });
        fields.list("none", [""; 0], |_, _| {});
        fields.list("actions", [("print", 15), ("exec", 3000)], |(name, us), action| {
            action.text("name", name);
            action.number("us", us);
        });
        fields.number("ignored", 0);
        line.push('}');
        let expected = concat!(
            r#"{"event":"run","a\"b":"{\n\u202e","value":-1,"us":18446744073709551615,"sender":null,"#,
            r#""empty":{},"sender":{"pid":7,"user":{"name":"root"}},"none":[],"#,
            r#""actions":[{"name":"print","us":15},{"name":"exec","us":3000}],"ignored":0}"#,
        );
        assert_eq!(line, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
    }
}
