//! Cuts a stream of bytes into lines, however the bytes come in.
//!
//! It must never hold more than one unfinished line of [`LONGEST_LINE`] bytes, whatever the other
//! side sends.

use std::fmt;

use super::LONGEST_LINE;

/// How much memory is kept for the next line, in bytes; most lines are shorter.
const KEPT: usize = 4096;

/// The line that is not finished yet.
#[derive(Debug, Default)]
pub struct LineBuffer {
    unfinished: Vec<u8>,
    broken: bool,
}

/// Why bytes are not a line. There are no lines after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is longer than [`LONGEST_LINE`].
    TooLong,
    /// It is not UTF-8.
    NotUtf8,
}

impl LineBuffer {
    /// Takes what was read, and gives the lines that it finished, without their newlines. An error
    /// is the last thing ever given: what comes after it is ignored.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Vec<Result<String, LineError>> {
        let mut lines = Vec::new();
        while !self.broken && !bytes.is_empty() {
            let (part, rest, ends) = cut(bytes);
            bytes = rest;
            if let Some(line) = self.take(part, ends) {
                self.broken = line.is_err();
                lines.push(line);
            }
        }
        lines
    }

    /// Whether the stream ends here between two lines; if not, the last one was cut short.
    #[must_use]
    pub fn is_between_lines(&self) -> bool {
        self.unfinished.is_empty()
    }

    fn take(&mut self, part: &[u8], ends: End) -> Option<Result<String, LineError>> {
        if self.unfinished.len() + part.len() > LONGEST_LINE {
            self.unfinished = Vec::new();
            return Some(Err(LineError::TooLong));
        }
        self.make_room(part.len());
        self.unfinished.extend_from_slice(part);
        match ends {
            End::Newline => Some(self.finish()),
            End::NotYet => None,
        }
    }

    /// Grows by doubling, but not past the limit.
    fn make_room(&mut self, more: usize) {
        let (length, capacity) = (self.unfinished.len(), self.unfinished.capacity());
        if length + more > capacity {
            let wanted = (length + more).max(LONGEST_LINE.min(2 * capacity));
            self.unfinished.reserve_exact(wanted - length);
        }
    }

    fn finish(&mut self) -> Result<String, LineError> {
        let line = match std::str::from_utf8(&self.unfinished) {
            Ok(line) => Ok(line.to_owned()),
            Err(_) => Err(LineError::NotUtf8),
        };
        self.unfinished.clear();
        self.unfinished.shrink_to(KEPT);
        line
    }
}

/// How a part of the stream ends.
#[derive(Clone, Copy)]
enum End {
    Newline,
    NotYet,
}

/// The bytes before the first newline, those after it, and whether there was one.
fn cut(bytes: &[u8]) -> (&[u8], &[u8], End) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..], End::Newline),
        None => (bytes, &[], End::NotYet),
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "it sent a line of more than {LONGEST_LINE} bytes"),
            Self::NotUtf8 => formatter.write_str("it sent a line that is not UTF-8"),
        }
    }
}

impl std::error::Error for LineError {}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, LineBuffer, LineError};

    type Lines = Vec<Result<String, LineError>>;

    /// The lines of `parts`, and whether the stream ended between two.
    fn lines<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Lines, bool) {
        let mut buffer = LineBuffer::default();
        let lines = parts.into_iter().flat_map(|part| buffer.feed(part)).collect();
        (lines, buffer.is_between_lines())
    }

    /// Every way to cut `stream`: one for each set of places between two bytes.
    fn cuttings(stream: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
        (0..1_u32 << (stream.len() - 1)).map(|set| {
            let mut parts = Vec::new();
            let mut start = 0;
            for end in (1..stream.len()).filter(|end| set & (1 << (end - 1)) != 0) {
                parts.push(&stream[start..end]);
                start = end;
            }
            parts.push(&stream[start..]);
            parts
        })
    }

    #[test]
    fn every_way_to_cut_a_stream_gives_the_same_lines() {
        let streams: [&[u8]; 5] =
            [b"{}\n\nab\ncd", "é\nü\n".as_bytes(), b"a\n\xff\nb\n", b"\n", b"\xc3\n\xa9\nab"];
        for stream in streams {
            let expected = lines([stream]);
            for parts in cuttings(stream) {
                assert_eq!(lines(parts.clone()), expected, "{parts:?}");
            }
        }
    }

    #[test]
    fn lines_come_without_their_newlines_and_an_unfinished_one_not_at_all() {
        let expected = vec![Ok("a".to_owned()), Ok(String::new())];
        assert_eq!(lines([b"a\n\nb".as_slice()]), (expected.clone(), false));
        assert_eq!(lines([b"a\n\n".as_slice()]), (expected, true));
    }

    #[test]
    fn nothing_comes_after_an_error() {
        let expected = vec![Ok("a".to_owned()), Err(LineError::NotUtf8)];
        assert_eq!(lines([b"a\n\xff\nb\n".as_slice(), b"c\n"]).0, expected);
    }

    #[test]
    fn the_longest_line_is_taken_however_it_is_cut() {
        let mut stream = vec![b'a'; LONGEST_LINE];
        stream.push(b'\n');
        for size in [1000, 65_536, LONGEST_LINE, LONGEST_LINE + 1] {
            let (lines, between) = lines(stream.chunks(size));
            assert_eq!(lines.len(), 1);
            assert_eq!(lines[0].as_ref().map(String::len), Ok(LONGEST_LINE));
            assert!(between);
        }
    }

    #[test]
    fn a_longer_line_is_an_error_as_soon_as_it_is_longer() {
        let stream = vec![b'a'; LONGEST_LINE + 1];
        for size in [1000, 65_536, LONGEST_LINE, LONGEST_LINE + 1] {
            assert_eq!(lines(stream.chunks(size)).0, [Err(LineError::TooLong)]);
        }
    }

    #[test]
    fn a_flood_without_a_newline_takes_no_more_memory_than_a_line() {
        let mut buffer = LineBuffer::default();
        let flood = vec![b'a'; 65_536];
        for _ in 0..100 {
            buffer.feed(&flood);
            assert!(buffer.unfinished.capacity() <= LONGEST_LINE);
        }
        assert_eq!(buffer.unfinished.capacity(), 0);
    }
}
