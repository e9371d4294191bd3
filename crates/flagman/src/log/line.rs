//! The form of a log line, and the escaping that keeps it one line.

use std::fmt::{self, Write};

/// Appends `LEVEL:part:message` and a newline to `buffer`.
pub(super) fn format(buffer: &mut String, level: &str, part: &str, message: fmt::Arguments<'_>) {
    buffer.push_str(level);
    buffer.push(':');
    let mut escaping = Escaping { buffer };
    // Writing to a String does not fail; a Display that fails itself leaves a shorter line.
    let _ = write!(escaping, "{part}:{message}");
    buffer.push('\n');
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
        for part in text.split_inclusive(char::is_control) {
            match part.char_indices().next_back() {
                Some((at, last)) if last.is_control() => {
                    self.buffer.push_str(&part[..at]);
                    self.buffer.extend(last.escape_default());
                }
                Some(_) | None => self.buffer.push_str(part),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, format};

    #[test]
    fn a_line_has_level_part_and_message() {
        let mut buffer = String::new();
        format(&mut buffer, "WARNING", "flagman.core", format_args!("{} is {}", 'a', 1));
        assert_eq!(buffer, "WARNING:flagman.core:a is 1\n");
    }

    #[test]
    fn control_characters_are_escaped_and_all_else_is_kept() {
        assert_eq!(escape("a\nb\x1b[1m\u{85}é\\"), "a\\nb\\u{1b}[1m\\u{85}é\\");
        assert_eq!(escape(""), "");
    }
}
