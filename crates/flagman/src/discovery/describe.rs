//! Calls action programs with the word `describe`: all at once, with two seconds to answer.
//!
//! What they write is never passed on to flagman's own output: standard output is the description, and if
//! that cannot be used, the message quotes the first line of standard error. Both are read while the
//! program writes, so that it never has to wait for room.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use flagman_base::Signal;
use flagman_base::process::{Child, Ended, Spec, spawn};
use flagman_base::protocol::{Description, LONGEST_LINE};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::capture::Capture;
use super::search::Found;
use super::trust::trust;

/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much of its standard error is kept, in bytes.
const LONGEST_ERRORS: usize = 4096;

/// How much of its first line there is quoted, in characters.
const LONGEST_QUOTE: usize = 200;

/// A program that was asked.
struct Asked {
    child: Child,
    output: Capture,
    errors: Capture,
    ended: Option<Ended>,
}

/// The description of each program, or why it cannot be used. Blocks for up to two seconds.
pub(super) fn describe_all(all: Vec<Found>) -> Vec<(Found, Result<Description, String>)> {
    let mut asked: Vec<Result<Asked, String>> = all.iter().map(Asked::ask).collect();
    let end = Instant::now() + PATIENCE;
    while wait(&mut asked, end.saturating_duration_since(Instant::now())) {}
    let answers = asked.into_iter().map(|asked| asked.and_then(Asked::answer));
    all.into_iter().zip(answers).collect()
}

/// Waits until one of them writes something or ends; `false` when all have ended or the time is over.
fn wait(asked: &mut [Result<Asked, String>], left: Duration) -> bool {
    let busy = || asked.iter().flatten().filter(|asked| asked.is_busy());
    let mut polled: Vec<PollFd<'_>> = busy().flat_map(Asked::awaited).collect();
    if polled.is_empty() || left.is_zero() {
        return false;
    }
    // One millisecond more, because the time is cut to whole milliseconds.
    let timeout = PollTimeout::try_from(left + Duration::from_millis(1));
    // After an interruption the caller waits again.
    let _ = poll(&mut polled, timeout.unwrap_or(PollTimeout::ZERO));
    asked.iter_mut().flatten().filter(|asked| asked.is_busy()).for_each(Asked::listen);
    true
}

impl Asked {
    fn ask(found: &Found) -> Result<Self, String> {
        trust(&found.path).map_err(|distrust| distrust.to_string())?;
        let pipe = |longest| Capture::new(longest).map_err(|error: io::Error| error.to_string());
        let ((output, its_output), (errors, its_errors)) =
            (pipe(LONGEST_LINE)?, pipe(LONGEST_ERRORS)?);
        let mut spec = Spec::new(found.path.clone(), ["describe"]);
        spec.output = Some(its_output.as_fd());
        spec.errors = Some(its_errors.as_fd());
        let child = spawn(&spec).map_err(|error| error.to_string())?;
        Ok(Self { child, output, errors, ended: None })
    }

    fn is_busy(&self) -> bool {
        self.ended.is_none() && !self.output.is_over()
    }

    fn awaited(&self) -> impl Iterator<Item = PollFd<'_>> {
        let end = PollFd::new(self.child.as_fd(), PollFlags::POLLIN);
        [Some(end), self.output.awaited(), self.errors.awaited()].into_iter().flatten()
    }

    /// Reads what it has written, and notes whether it has ended. The end of its output does not count: a
    /// process that it leaves behind may keep that open for ever.
    fn listen(&mut self) {
        // This comes first, so that all it wrote before its end can be read now.
        self.ended = self.child.ended();
        self.output.read_all();
        match self.ended {
            Some(_) => self.errors.read_all(),
            // It may write without end, so that one read has to be enough for now.
            None => drop(self.errors.read()),
        }
    }

    /// The description, or why there is none. What is left of the program's group is killed.
    fn answer(mut self) -> Result<Description, String> {
        // It fails if nothing is left of it.
        let _ = self.child.signal_group(Signal::KILL);
        let answer = match self.ended {
            _ if self.output.is_over() => {
                Err(format!("its description is longer than {LONGEST_LINE} bytes"))
            }
            Some(Ended::Exited(0)) => self.decode(),
            Some(ended) => Err(format!("called with `describe`, it {ended}")),
            None => Err("it did not answer `describe` within 2 s".to_owned()),
        };
        self.child.wait();
        answer.map_err(|why| format!("{why}{}", self.complaint()))
    }

    fn decode(&self) -> Result<Description, String> {
        let text = std::str::from_utf8(self.output.said());
        let text = text.map_err(|_| "its description is not UTF-8".to_owned())?;
        let description = Description::decode(text.trim());
        description.map_err(|malformed| format!("its description is malformed: {malformed}"))
    }

    /// The first line of its standard error, to be added to a sentence.
    fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(self.errors.said());
        let Some(line) = text.lines().map(str::trim).find(|line| !line.is_empty()) else {
            return String::new();
        };
        let quote = match line.char_indices().nth(LONGEST_QUOTE) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        };
        format!("; it wrote to standard error: {quote:?}")
    }
}
