//! Splits a stream of bytes into lines, in whatever pieces the bytes arrive.
//!
//! It must never hold more than one unfinished line of [`LONGEST_LINE`] bytes plus one chunk of input,
//! whatever the other side sends. A line is returned in place: nothing is copied between the socket and
//! the message.

use std::fmt;

use super::LONGEST_LINE;

/// Input that has not been returned as lines yet.
#[derive(Debug, Default)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// The bytes before this index have been returned.
    given: usize,
    /// The bytes from this index on are free space.
    filled: usize,
    /// There is no newline between `given` and this index.
    searched: usize,
    broken: bool,
}

/// Why input is not a line. No line follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is longer than [`LONGEST_LINE`].
    TooLong,
    /// It is not UTF-8.
    NotUtf8,
}

impl LineBuffer {
    /// The most bytes that are read at once. Most lines are shorter.
    pub const CHUNK: usize = 4096;

    /// The space to read into, [`Self::CHUNK`] bytes long. What is read into it counts only after a call
    /// of [`filled`](Self::filled).
    pub fn space(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.searched -= self.given;
        self.given = 0;
        if self.filled == 0 {
            self.bytes.truncate(Self::CHUNK);
            self.bytes.shrink_to(Self::CHUNK);
        }
        let end = self.filled + Self::CHUNK;
        self.make_room(end);
        &mut self.bytes[self.filled..end]
    }

    /// Records that the first `count` bytes of [`space`](Self::space) have been read. They may finish
    /// any number of lines.
    pub fn filled(&mut self, count: usize) {
        if self.broken {
            return;
        }
        self.filled += count.min(Self::CHUNK);
    }

    /// The next finished line, without its newline. After an error there are no more lines: further input
    /// is ignored.
    pub fn next_line(&mut self) -> Option<Result<&str, LineError>> {
        if self.broken {
            return None;
        }
        let (start, unsearched) = (self.given, &self.bytes[self.searched..self.filled]);
        let newline = unsearched.iter().position(|byte| *byte == b'\n');
        let end = newline.map_or(self.filled, |at| self.searched + at);
        if end - start > LONGEST_LINE {
            *self = Self { broken: true, ..Self::default() };
            return Some(Err(LineError::TooLong));
        }
        if newline.is_none() {
            self.searched = end;
            if self.is_between_lines() && self.bytes.len() > Self::CHUNK {
                *self = Self::default();
            }
            return None;
        }
        self.given = end + 1;
        self.searched = self.given;
        let line = std::str::from_utf8(&self.bytes[start..end]).map_err(|_| LineError::NotUtf8);
        if line.is_err() {
            self.broken = true;
            self.filled = self.given;
        }
        Some(line)
    }

    /// Whether all input has been returned as lines. If not, and the stream ends here, its last line was
    /// cut off.
    #[must_use]
    pub fn is_between_lines(&self) -> bool {
        self.given == self.filled
    }

    /// Grows by doubling, up to the limit.
    fn make_room(&mut self, end: usize) {
        if end > self.bytes.len() {
            let most = LONGEST_LINE + Self::CHUNK;
            let wanted = end.max(most.min(2 * self.bytes.len()));
            self.bytes.reserve_exact(wanted - self.bytes.len());
            self.bytes.resize(wanted, 0);
        }
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
    use super::super::properties::{Lines, feed};
    use super::{LONGEST_LINE, LineBuffer, LineError};

    /// The lines of `parts`, and whether the stream ended between two lines.
    fn lines<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Lines, bool) {
        let mut buffer = LineBuffer::default();
        let lines = parts.into_iter().flat_map(|part| feed(&mut buffer, part)).collect();
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
        for size in [1000, 4096, 65_536, LONGEST_LINE + 1] {
            let (lines, between) = lines(stream.chunks(size));
            assert_eq!(lines.len(), 1);
            assert_eq!(lines[0].as_ref().map(String::len), Ok(LONGEST_LINE));
            assert!(between);
        }
    }

    #[test]
    fn a_longer_line_is_an_error_as_soon_as_it_is_longer() {
        let stream = vec![b'a'; LONGEST_LINE + 1];
        for size in [1000, 4096, 65_536, LONGEST_LINE + 1] {
            assert_eq!(lines(stream.chunks(size)).0, [Err(LineError::TooLong)]);
        }
    }

    #[test]
    fn a_flood_without_a_newline_takes_no_more_memory_than_a_line_and_a_chunk() {
        let mut buffer = LineBuffer::default();
        for _ in 0..LONGEST_LINE / LineBuffer::CHUNK {
            assert_eq!(feed(&mut buffer, &[b'a'; LineBuffer::CHUNK]), []);
            assert!(buffer.bytes.capacity() <= LONGEST_LINE + LineBuffer::CHUNK);
        }
        assert_eq!(feed(&mut buffer, b"a"), [Err(LineError::TooLong)]);
        assert_eq!(feed(&mut buffer, &vec![b'a'; 2 * LONGEST_LINE]), []);
        assert!(buffer.bytes.capacity() <= LineBuffer::CHUNK);
    }

    #[test]
    fn what_a_long_line_took_is_given_back_after_it() {
        let mut buffer = LineBuffer::default();
        assert_eq!(feed(&mut buffer, &vec![b'a'; LONGEST_LINE]), []);
        assert_eq!(feed(&mut buffer, b"\n").len(), 1);
        assert!(buffer.bytes.capacity() <= LineBuffer::CHUNK);
        assert_eq!(feed(&mut buffer, b"b\n"), [Ok("b".to_owned())]);
        assert!(buffer.bytes.capacity() <= LineBuffer::CHUNK);
    }
}
