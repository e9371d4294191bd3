//! The form of a log line, and the escaping that keeps it one line.

use std::fmt::{self, Write};

/// `LEVEL:part:message` and a newline.
pub(super) fn of(level: &str, part: &str, message: fmt::Arguments<'_>) -> String {
    let mut line = format!("{level}:");
    let mut escaping = Escaping { buffer: &mut line };
    // Writing to a String does not fail; a Display that fails itself leaves a shorter line.
    let _ = write!(escaping, "{part}:{message}");
    line.push('\n');
    line
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
    use super::{escape, of};

    #[test]
    fn a_line_has_level_part_and_message() {
        let line = of("WARNING", "flagman.core", format_args!("{} is {}", 'a', 1));
        assert_eq!(line, "WARNING:flagman.core:a is 1\n");
    }

    #[test]
    fn control_characters_are_escaped_and_all_else_is_kept() {
        assert_eq!(escape("a\nb\x1b[1m\u{85}é\\"), "a\\nb\\u{1b}[1m\\u{85}é\\");
        assert_eq!(escape("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
        assert_eq!(escape(""), "");
    }
}
