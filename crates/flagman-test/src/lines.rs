//! The lines that a program prints, as they come.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use crate::LIMIT;

/// The lines of one stream. A thread of its own reads them, so the program never waits for the test.
pub struct Lines {
    lines: Receiver<String>,
}

impl Lines {
    /// Reads this stream from now on until it ends.
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self { lines }
    }

    /// The next line; `None` when the stream has ended.
    #[track_caller]
    pub fn next(&self) -> Option<String> {
        self.next_after(&[])
    }

    /// The lines up to and including the first that contains `text`.
    #[track_caller]
    pub fn until(&self, text: &str) -> Vec<String> {
        match self.try_until(text) {
            Ok(seen) => seen,
            Err(seen) => panic!("`{text}` was not printed, but {seen:#?}"),
        }
    }

    /// Like [`until`](Self::until), for a stream that may end first.
    ///
    /// # Errors
    /// All its lines, if the stream has ended without `text`.
    #[track_caller]
    pub fn try_until(&self, text: &str) -> Result<Vec<String>, Vec<String>> {
        let mut seen = Vec::new();
        while let Some(line) = self.next_after(&seen) {
            let found = line.contains(text);
            seen.push(line);
            if found {
                return Ok(seen);
            }
        }
        Err(seen)
    }

    /// The first line that contains `text`.
    #[track_caller]
    pub fn find(&self, text: &str) -> String {
        self.until(text).pop().unwrap_or_default()
    }

    /// All lines until the stream ends, which it does by itself.
    #[track_caller]
    pub fn rest(&self) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(line) = self.next_after(&seen) {
            seen.push(line);
        }
        seen
    }

    #[track_caller]
    fn next_after(&self, seen: &[String]) -> Option<String> {
        match self.lines.recv_timeout(LIMIT) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing was printed after {seen:#?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_come_one_by_one_up_to_a_text_and_to_the_end() {
        let lines = Lines::of(&b"one\ntwo\nthree\nfour\nfive \xff\nsix"[..]);
        assert_eq!(lines.next().as_deref(), Some("one"));
        assert_eq!(lines.until("ree"), ["two", "three"]);
        assert_eq!(lines.find("fo"), "four");
        assert_eq!(lines.rest(), ["five \u{fffd}", "six"]);
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn a_stream_that_ends_without_the_text_gives_what_it_had() {
        assert_eq!(Lines::of(&b"one\ntwo\n"[..]).try_until("three").unwrap_err(), ["one", "two"]);
    }

    #[test]
    #[should_panic(expected = "`three` was not printed, but [")]
    fn a_text_that_must_come_fails_the_test_when_it_does_not() {
        Lines::of(&b"one\n"[..]).until("three");
    }
}
