//! How an action's set-up, run or tear-down ended, as data. It becomes text only where it leaves
//! flagman: in the log and in `STATUS=`.

use std::fmt;
use std::time::Duration;

use flagman_base::failure::CallFailure;
use flagman_base::process::Ended;
use flagman_base::{Completion, Seconds, Signal};

use crate::decider::{FailureKind, RanResult};

/// How an action's run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// It closed itself, for this reason.
    Closed { reason: String },
    /// It failed.
    Failed(Failure),
}

/// Why an action failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It reported an error. This is the text, with all its causes.
    Error(String),
    /// It timed out and was ended.
    OutOfTime(Late),
    /// Its process ended in this way.
    Crashed { what: Subject, ended: Ended },
    /// Its process could not be started; the whole sentence.
    NotStarted(String),
    /// It panicked; the whole sentence.
    Panicked(String),
    /// Its process broke the protocol; the whole sentence.
    Protocol(String),
}

/// A program that ran out of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    pub(crate) what: Subject,
    /// How long it had.
    pub(crate) limit: Duration,
    /// How it ended, if flagman waited for that.
    pub(crate) ended: Option<Ended>,
    /// The signal that had stopped it, such as `SIGTTIN`, if any.
    pub(crate) stopped: Option<Signal>,
}

/// The subject of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The action, which the line has already named.
    It,
    /// A program by the word that the user typed.
    Program(String),
}

impl Outcome {
    /// The result as the decider needs it.
    pub(crate) fn result(&self) -> RanResult {
        match self {
            Self::Done => RanResult::Done,
            Self::Closed { .. } => RanResult::Closed,
            Self::Failed(failure) => RanResult::Failed(failure.kind()),
        }
    }

    /// In one word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Closed { .. } => "closed",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<Completion> for Outcome {
    fn from(completion: Completion) -> Self {
        completion.closed().map_or(Self::Done, |reason| Self::Closed { reason })
    }
}

impl<E: Into<Failure>> From<Result<Completion, E>> for Outcome {
    fn from(result: Result<Completion, E>) -> Self {
        match result {
            Ok(completion) => completion.into(),
            Err(failure) => Self::Failed(failure.into()),
        }
    }
}

impl Failure {
    /// The way in which it failed.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Error(_) => FailureKind::Error,
            Self::OutOfTime(_) => FailureKind::OutOfTime,
            Self::Crashed { .. } => FailureKind::Crashed,
            Self::NotStarted(_) => FailureKind::NotStarted,
            Self::Panicked(_) => FailureKind::Panicked,
            Self::Protocol(_) => FailureKind::Protocol,
        }
    }
}

impl From<CallFailure> for Failure {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Error(text) => Self::Error(text),
            CallFailure::Panicked(panicked) => Self::Panicked(panicked.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(text)
            | Self::NotStarted(text)
            | Self::Panicked(text)
            | Self::Protocol(text) => formatter.write_str(text),
            Self::OutOfTime(late) => late.fmt(formatter),
            Self::Crashed { what, ended } => write!(formatter, "{what} {ended}"),
        }
    }
}

impl fmt::Display for Late {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, limit, ended, stopped } = self;
        write!(formatter, "{what} ran out of time ({} s)", Seconds(*limit))?;
        if let Some(signal) = stopped {
            write!(formatter, ", stopped by {signal}")?;
        }
        ended.map_or(Ok(()), |ended| write!(formatter, ": it {ended}"))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::It => formatter.write_str("it"),
            Self::Program(word) => write!(formatter, "`{word}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ended, Failure, Late, Outcome, Signal, Subject};

    fn late(ended: Option<Ended>, stopped: Option<Signal>) -> Failure {
        let limit = Duration::from_millis(2500);
        Failure::OutOfTime(Late { what: Subject::Program("job".into()), limit, ended, stopped })
    }

    #[test]
    fn a_failure_is_a_sentence_that_names_what_failed() {
        let killed = Some(Ended::Killed(Signal::KILL));
        let cases = [
            (late(None, None), "`job` ran out of time (2.5 s)"),
            (late(killed, None), "`job` ran out of time (2.5 s): it was killed by SIGKILL"),
            (
                late(killed, Some(Signal::HUP)),
                "`job` ran out of time (2.5 s), stopped by SIGHUP: it was killed by SIGKILL",
            ),
            (
                Failure::Crashed { what: Subject::It, ended: Ended::Exited(3) },
                "it exited with status 3",
            ),
            (Failure::Error("no light".into()), "no light"),
        ];
        for (failure, sentence) in cases {
            assert_eq!(failure.to_string(), sentence);
        }
    }

    #[test]
    fn an_outcome_has_a_word() {
        let closed = Outcome::Closed { reason: "enough".into() };
        let failed = Outcome::Failed(Failure::Error("no".into()));
        assert_eq!(
            [Outcome::Done, closed, failed].map(|one| one.word()),
            ["done", "closed", "failed"]
        );
    }
}
