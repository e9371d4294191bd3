//! Asks action programs to describe themselves: all at once, within two seconds.

use std::io::{PipeReader, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use flagman_action::Signal;
use flagman_action::process::{Child, Ended, Spec, spawn};
use flagman_action::protocol::{Description, LONGEST_LINE};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::search::Found;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A program that was asked.
struct Asked {
    child: Child,
    output: PipeReader,
    said: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It may still say something.
    Talking,
    /// It has closed its output and is about to end.
    Silent,
    /// It has ended.
    Ended(Ended),
    /// It has said too much.
    Endless,
}

/// What each program says of itself, or why it cannot be used. Blocks for up to two seconds.
pub(super) fn describe_all(all: Vec<Found>) -> Vec<(Found, Result<Description, String>)> {
    let mut asked: Vec<Result<Asked, String>> = all.iter().map(Asked::ask).collect();
    let end = Instant::now() + PATIENCE;
    while wait(&mut asked, end.saturating_duration_since(Instant::now())) {}
    let answers = asked.into_iter().map(|asked| asked.and_then(Asked::answer));
    all.into_iter().zip(answers).collect()
}

/// Waits until one of them does something; `false` when all have ended or the time is over.
fn wait(asked: &mut [Result<Asked, String>], left: Duration) -> bool {
    let mut busy: Vec<&mut Asked> = asked
        .iter_mut()
        .flatten()
        .filter(|asked| matches!(asked.state, State::Talking | State::Silent))
        .collect();
    if busy.is_empty() || left.is_zero() {
        return false;
    }
    let mut polled: Vec<PollFd<'_>> = busy.iter().map(|asked| asked.awaited()).collect();
    // A millisecond more, lest it come too early and go round for nothing.
    let timeout = PollTimeout::try_from(left + Duration::from_millis(1));
    // An interruption only means that it is asked again.
    let _ = poll(&mut polled, timeout.unwrap_or(PollTimeout::ZERO));
    let ready: Vec<bool> = polled.iter().map(|fd| fd.any().unwrap_or(false)).collect();
    for (asked, _) in busy.iter_mut().zip(ready).filter(|(_, ready)| *ready) {
        asked.listen();
    }
    true
}

impl Asked {
    fn ask(found: &Found) -> Result<Self, String> {
        let (output, theirs) = std::io::pipe().map_err(|error| error.to_string())?;
        let mut spec = Spec::new(found.path.clone(), ["describe"]);
        spec.output = Some(theirs.as_fd());
        let child = spawn(&spec).map_err(|error| error.to_string())?;
        Ok(Self { child, output, said: Vec::new(), state: State::Talking })
    }

    fn awaited(&self) -> PollFd<'_> {
        let fd =
            if self.state == State::Talking { self.output.as_fd() } else { self.child.as_fd() };
        PollFd::new(fd, PollFlags::POLLIN)
    }

    fn listen(&mut self) {
        match self.state {
            State::Talking => self.read(),
            State::Silent => {
                if let Some(ended) = self.child.ended() {
                    self.state = State::Ended(ended);
                }
            }
            State::Ended(_) | State::Endless => {}
        }
    }

    fn read(&mut self) {
        let mut chunk = [0; 4096];
        match self.output.read(&mut chunk) {
            Ok(0) | Err(_) => self.state = State::Silent,
            Ok(count) => {
                self.said.extend_from_slice(&chunk[..count]);
                if self.said.len() > LONGEST_LINE {
                    self.state = State::Endless;
                }
            }
        }
    }

    /// What it came to. Whatever is left of the program and its group is killed.
    fn answer(mut self) -> Result<Description, String> {
        // What has gone need not be killed.
        let _ = self.child.signal_group(Signal::KILL);
        let answer = match self.state {
            State::Ended(Ended::Exited(0)) => self.decode(),
            State::Ended(ended) => Err(format!("asked to `describe` itself it {ended}")),
            State::Endless => Err("what it says of itself has no end".to_owned()),
            State::Talking | State::Silent => {
                Err("it does not `describe` itself within 2 s".to_owned())
            }
        };
        self.child.wait();
        answer
    }

    fn decode(&self) -> Result<Description, String> {
        let text = std::str::from_utf8(&self.said);
        let text = text.map_err(|_| "what it says of itself is not UTF-8".to_owned())?;
        let description = Description::decode(text.trim());
        description.map_err(|malformed| format!("what it says of itself is wrong: {malformed}"))
    }
}
