//! The form of a log line, and the escaping that keeps it one line.

use std::fmt::{self, Write};
use std::time::SystemTime;

use flagman_base::protocol::Level;
use humantime::format_rfc3339_micros;

use super::fields::Fields;
use super::format::{self, Format};

/// The line in this form, with its newline.
pub(super) fn of(format: Format, level: Level, part: &str, message: fmt::Arguments<'_>) -> String {
    with_fields(format, level, part, message, &|_| {})
}

/// The same, with `fields` after the message where the form has room for them: in JSON.
pub(super) fn with_fields(
    format: Format,
    level: Level,
    part: &str,
    message: fmt::Arguments<'_>,
    fields: &dyn Fn(&mut Fields<'_>),
) -> String {
    at(SystemTime::now(), format, level, part, message, fields)
}

fn at(
    time: SystemTime,
    format: Format,
    level: Level,
    part: &str,
    message: fmt::Arguments<'_>,
    fields: &dyn Fn(&mut Fields<'_>),
) -> String {
    let name = format::name(level);
    let start = match format {
        Format::Text => format!("{name}:"),
        Format::TimedText => format!("{} {name}:", format_rfc3339_micros(time)),
        Format::Journal => format!("<{}>", format::priority(level)),
        Format::Json => return object(time, level, part, message, fields),
    };
    escaped(start, part, message)
}

fn escaped(mut line: String, part: &str, message: fmt::Arguments<'_>) -> String {
    let mut escaping = Escaping { buffer: &mut line };
    // Writing to a String does not fail; a Display that fails itself leaves a shorter line.
    let _ = write!(escaping, "{part}:{message}");
    line.push('\n');
    line
}

/// JSON escapes what would break the line.
fn object(
    time: SystemTime,
    level: Level,
    part: &str,
    message: fmt::Arguments<'_>,
    fields: &dyn Fn(&mut Fields<'_>),
) -> String {
    let mut text = String::new();
    // As above.
    let _ = text.write_fmt(message);
    let mut line = "{".to_owned();
    let mut all = Fields::of(&mut line);
    all.text("time", &format_rfc3339_micros(time).to_string());
    all.text("level", format::name(level));
    all.text("part", part);
    all.text("message", &text);
    fields(&mut all);
    line + "}\n"
}

/// A JSON string in which nothing misleads that a reader shows as it stands.
pub(super) fn json_string(text: &str) -> String {
    // A string can always be shown as JSON.
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let mut shown = String::with_capacity(quoted.len());
    for character in quoted.chars() {
        if misleads(character) {
            // All of these have four digits. Writing to a String does not fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// `text` with its control characters escaped, as `\n` or `\u{1b}`.
pub(crate) fn escape(text: &str) -> String {
    let mut buffer = String::with_capacity(text.len());
    // Writing to a String does not fail.
    let _ = Escaping { buffer: &mut buffer }.write_str(text);
    buffer
}

struct Escaping<'a> {
    buffer: &'a mut String,
}

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(misleads) {
            match part.char_indices().next_back() {
                Some((at, last)) if misleads(last) => {
                    self.buffer.push_str(&part[..at]);
                    self.buffer.extend(last.escape_default());
                }
                Some(_) | None => self.buffer.push_str(part),
            }
        }
        Ok(())
    }
}

/// Whether a character can break a line or change how the rest of it is read: control characters,
/// line separators, and marks that change the direction of the text.
fn misleads(character: char) -> bool {
    let direction = '\u{200e}'..='\u{200f}';
    let embedding = '\u{2028}'..='\u{202e}';
    let isolate = '\u{2066}'..='\u{2069}';
    character.is_control()
        || direction.contains(&character)
        || embedding.contains(&character)
        || isolate.contains(&character)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Format, Level, at, escape, of};

    #[test]
    fn a_line_has_level_part_and_message() {
        let line =
            |format| of(format, Level::Warning, "flagman.core", format_args!("a is {}\n", 1));
        assert_eq!(line(Format::Text), "WARNING:flagman.core:a is 1\\n\n");
        assert_eq!(line(Format::Journal), "<4>flagman.core:a is 1\\n\n");
        let start = r#"{"time":"2"#;
        assert!(line(Format::Json).starts_with(start), "{}", line(Format::Json));
    }

    #[test]
    fn in_json_a_line_bears_its_time_and_any_message() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_000_000_000_000_001);
        let message = format_args!("a\n\"b\"\u{1b}\u{9b}\u{202e}é");
        let part = "flagman.action.\"x\"";
        let line = at(time, Format::Json, Level::Critical, part, message, &|_| {});
        let expected = concat!(
            r#"{"time":"2001-09-09T01:46:40.000001Z","level":"CRITICAL","#,
            r#""part":"flagman.action.\"x\"","message":"a\n\"b\"\u001b\u009b\u202eé"}"#,
            "\n"
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn fields_follow_the_message_in_json_and_are_not_in_other_forms() {
        let line = |format| {
            let message = format_args!("SIGUSR1: 1 arrival");
            at(SystemTime::UNIX_EPOCH, format, Level::Info, "flagman.core", message, &|fields| {
                fields.text("event", "run");
                fields.number("count", 1);
            })
        };
        let json = concat!(
            r#"{"time":"1970-01-01T00:00:00.000000Z","level":"INFO","part":"flagman.core","#,
            r#""message":"SIGUSR1: 1 arrival","event":"run","count":1}"#,
            "\n"
        );
        assert_eq!(line(Format::Json), json);
        assert_eq!(line(Format::Text), "INFO:flagman.core:SIGUSR1: 1 arrival\n");
        assert_eq!(line(Format::Journal), "<6>flagman.core:SIGUSR1: 1 arrival\n");
        let timed = "1970-01-01T00:00:00.000000Z INFO:flagman.core:SIGUSR1: 1 arrival\n";
        assert_eq!(line(Format::TimedText), timed);
    }

    #[test]
    fn control_characters_are_escaped_and_all_else_is_kept() {
        assert_eq!(escape("a\nb\x1b[1m\u{85}é\\"), "a\\nb\\u{1b}[1m\\u{85}é\\");
        assert_eq!(escape("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
        assert_eq!(escape(""), "");
    }
}
