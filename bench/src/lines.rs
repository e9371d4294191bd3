//! Reads whole lines from a pipe, with a time limit.
//!
//! All programs are read with this code, so its cost is the same for each.

use std::io::Read;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::failure::{During, Failure, Result};

/// The time limit for an event that is certain to occur. It is generous: it only ends a hang.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Waits up to `limit` (at most 65 s) until `source` is readable or at end of file. False after the
/// limit.
///
/// # Errors
/// poll(2) failed.
pub fn is_readable(source: &impl AsFd, limit: Duration) -> Result<bool> {
    let mut watched = [PollFd::new(source.as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::from(u16::try_from(limit.as_millis()).unwrap_or(u16::MAX));
    let ready = poll(&mut watched, timeout).during(|| "wait for output".to_owned())?;
    Ok(ready > 0)
}

/// Reads lines from a pipe.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    held: Vec<u8>,
}

impl<R: Read + AsFd> Lines<R> {
    /// Starts at the current position of `source`.
    pub fn new(source: R) -> Self {
        Self { source, held: Vec::with_capacity(4096) }
    }

    /// Blocks until a line is complete, and returns it without its newline.
    ///
    /// None if nothing more arrived within [`PATIENCE`].
    ///
    /// # Errors
    /// The pipe is at end of file or cannot be read.
    pub fn read_line(&mut self) -> Result<Option<Vec<u8>>> {
        self.read_line_within(PATIENCE)
    }

    /// Like [`read_line`](Self::read_line), with another limit.
    ///
    /// # Errors
    /// Those of `read_line`.
    pub fn read_line_within(&mut self, limit: Duration) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.take_held() {
                return Ok(Some(line));
            }
            if !is_readable(&self.source, limit)? {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// True if everything that was written has been read.
    ///
    /// # Errors
    /// poll(2) failed.
    pub fn is_quiet(&self) -> Result<bool> {
        Ok(self.held.is_empty() && !is_readable(&self.source, Duration::ZERO)?)
    }

    fn take_held(&mut self) -> Option<Vec<u8>> {
        let end = self.held.iter().position(|&byte| byte == b'\n')?;
        let mut line: Vec<u8> = self.held.drain(..=end).collect();
        line.pop();
        Some(line)
    }

    fn fill(&mut self) -> Result<()> {
        let mut buffer = [0; 512];
        let what = || "read output".to_owned();
        match self.source.read(&mut buffer).during(what)? {
            0 => Err(Failure::new(what(), "the program has closed it")),
            count => {
                self.held.extend_from_slice(&buffer[..count]);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};

    use super::*;

    #[test]
    fn a_line_is_not_taken_before_it_is_complete() {
        let (reader, mut writer) = pipe().unwrap();
        let mut lines = Lines::new(reader);
        writer.write_all(b"one\ntw").unwrap();
        assert_eq!(lines.read_line().unwrap().unwrap(), b"one");
        assert!(!lines.is_quiet().unwrap());
        writer.write_all(b"o\n").unwrap();
        assert_eq!(lines.read_line().unwrap().unwrap(), b"two");
        assert!(lines.is_quiet().unwrap());
    }

    #[test]
    fn the_end_of_the_pipe_is_a_failure_and_not_a_wait() {
        let (reader, writer) = pipe().unwrap();
        drop(writer);
        assert!(Lines::new(reader).read_line().is_err());
    }
}
