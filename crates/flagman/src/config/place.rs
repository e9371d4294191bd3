//! Where in a file something stands, as editors count it.

use std::fmt;

/// A line and a column, both from 1. A column is a character, not a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The place of the byte at `offset`; at most the end of the text. A byte in the middle of a character
    /// has that character's place.
    pub(super) fn of(offset: usize, text: &str) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.rfind('\n').map_or(before, |newline| &before[newline + 1..]);
        // Editors do not show the mark that may begin a file.
        let shown = line.chars().filter(|character| *character != '\u{feff}').count();
        Self { line: before.matches('\n').count() + 1, column: shown + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn lines_and_columns_count_from_1_and_columns_count_characters() {
        let text = "\u{feff}a = 1\r\nä = 'ö'\n\nend";
        for (word, line, column) in
            [("a =", 1, 1), ("1", 1, 5), ("ä", 2, 1), ("'ö'", 2, 5), ("end", 4, 1)]
        {
            let offset = text.find(word).expect("it is there");
            assert_eq!(Place::of(offset, text), Place { line, column }, "{word}");
        }
        assert_eq!(Place::of(0, ""), Place { line: 1, column: 1 });
        assert_eq!(Place::of(99, "ab\n"), Place { line: 2, column: 1 });
        assert_eq!(Place::of(1, "ä"), Place { line: 1, column: 1 }, "in the middle of a character");
    }
}
