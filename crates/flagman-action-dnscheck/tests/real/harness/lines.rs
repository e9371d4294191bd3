//! The lines that a program prints, as they come.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use super::LIMIT;

/// The lines of one stream, read by a thread of its own so that the program never waits for us.
pub(crate) struct Lines {
    lines: Receiver<String>,
}

impl Lines {
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self { lines }
    }

    /// The lines up to and with the first that holds `text`.
    pub(crate) fn until(&self, text: &str) -> Vec<String> {
        self.try_until(text).unwrap_or_else(|seen| panic!("no `{text}` to the end: {seen:#?}"))
    }

    /// As [`until`](Self::until); the error is all lines, when the stream has ended before.
    pub(crate) fn try_until(&self, text: &str) -> Result<Vec<String>, Vec<String>> {
        let mut seen: Vec<String> = Vec::new();
        while !seen.last().is_some_and(|line| line.contains(text)) {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => seen.push(line),
                Err(RecvTimeoutError::Disconnected) => return Err(seen),
                Err(RecvTimeoutError::Timeout) => panic!("no `{text}`, but {seen:#?}"),
            }
        }
        Ok(seen)
    }

    /// All lines to the end of the stream, which comes by itself.
    pub(crate) fn rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }
}
