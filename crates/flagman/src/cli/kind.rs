//! The kinds of values that options and policies take: their bounds, and what messages say of them.
//!
//! The command line and the configuration file both give values as text, and both come through here.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::signal::SignalMistake;

/// What an option or a policy takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An action with its words, for the signal of the option.
    Action,
    /// A signal, then an action with its words.
    ActionOfSignal,
    /// Nothing on the command line; `true` or `false` in a file.
    Flag,
    /// Nothing on the command line, where it may be repeated; a number up to `most` in a file.
    Counted { most: u8 },
    /// A time in seconds.
    Seconds(Bounds),
    /// A time in seconds, or `none`.
    SecondsOrNone(Bounds),
    /// A time in seconds for all signals, or `SIGNAL=SECONDS` for one.
    SecondsOfSignal(Bounds),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of the words of `all` for all signals, or `SIGNAL=WORD` with one of those of `one`.
    WordOfSignal { all: &'static [&'static str], one: &'static [&'static str] },
    /// A whole number from 0 to this.
    Number { most: u8 },
    /// The path of a directory.
    Directory,
    /// The path of a file.
    File,
    /// Up to so many characters, none of them a control character.
    Label { longest: usize },
}

/// The bounds of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Whether 0 is refused.
    pub(crate) zero: Zero,
    /// The longest time, in seconds.
    pub(crate) most: u64,
}

/// Whether a time may be 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zero {
    Allowed,
    Refused,
}

/// The longest time that an option takes, in seconds: a year of 365 days.
pub(crate) const LONGEST: u64 = 31_536_000;

impl Kind {
    /// What stands for the value in the help; empty where there is none.
    pub(crate) fn placeholder(self) -> String {
        match self {
            Self::Action => "ACTION [ARG...]".to_owned(),
            Self::ActionOfSignal => "SIGNAL ACTION [ARG...]".to_owned(),
            Self::Flag | Self::Counted { .. } => String::new(),
            Self::Seconds(_) | Self::SecondsOfSignal(_) => "SECONDS".to_owned(),
            Self::SecondsOrNone(_) => "SECONDS|none".to_owned(),
            Self::OneOf(words) | Self::WordOfSignal { one: words, .. } => words.join("|"),
            Self::Number { .. } => "NUMBER".to_owned(),
            Self::Directory => "DIR".to_owned(),
            Self::File => "FILE".to_owned(),
            Self::Label { .. } => "NAME".to_owned(),
        }
    }

    /// What a value must be, as messages say it.
    pub(crate) fn should_be(self) -> String {
        match self {
            Self::Action => "an action".to_owned(),
            Self::ActionOfSignal => "a signal and an action".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Counted { most } => format!("`true`, `false` or a number from 0 to {most}"),
            Self::Seconds(bounds) => bounds.to_string(),
            Self::SecondsOrNone(bounds) => format!("{bounds}, or `none`"),
            Self::SecondsOfSignal(bounds) => format!("{bounds}, for one signal as in `usr1=0.5`"),
            Self::OneOf(words) => one_of(words),
            Self::WordOfSignal { all, .. } => {
                format!("{}, for one signal as in `usr1=rerun`", one_of(all))
            }
            Self::Number { most } => format!("a whole number from 0 to {most}"),
            Self::Directory => "the path of a directory".to_owned(),
            Self::File => "the path of a file".to_owned(),
            Self::Label { longest } => {
                format!("1 to {longest} characters, none of them a control character")
            }
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.most;
        match self.zero {
            Zero::Allowed => write!(out, "a decimal number of seconds from 0 to {most}"),
            Zero::Refused => write!(out, "a decimal number of seconds above 0 and up to {most}"),
        }
    }
}

/// The words in a row: `text`, `journal` or `json`.
pub(super) fn one_of(words: &[&str]) -> String {
    let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    in_a_row(&all, "or")
}

/// All in a row, with `joint` before the last.
pub(super) fn in_a_row(all: &[String], joint: &str) -> String {
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {joint} {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A value that an option or a policy does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettingError {
    /// The value as it was given.
    pub(crate) word: String,
    pub(crate) problem: Problem,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It should be something else.
    Wrong { should_be: String },
    /// A limit of 0, where leaving it out means no limit.
    ZeroLimit,
    /// A limit of 0, where `none` means no limit.
    ZeroNotNone,
    /// What stands before the `=` is not a signal that can be given actions.
    Signal(SignalMistake),
    /// `each` for all signals.
    EachForAll,
    /// `each` for a signal whose arrivals the kernel merges.
    EachNeedsQueue { signal: String },
    /// A signal that asks for shutdown.
    AsksForShutdown { signal: String },
}

impl SettingError {
    pub(super) fn wrong(word: &str, should_be: impl Into<String>) -> Self {
        Self::new(word, Problem::Wrong { should_be: should_be.into() })
    }

    pub(super) fn new(word: &str, problem: Problem) -> Self {
        Self { word: word.to_owned(), problem }
    }

    /// The sentence about `name`: an option as it was typed, a key of a file, or a policy.
    pub(crate) fn sentence(&self, name: &str) -> String {
        let word = &self.word;
        match &self.problem {
            Problem::Wrong { should_be } => format!("`{name}` needs {should_be}, not `{word}`"),
            Problem::ZeroLimit => {
                format!("`{name} 0` would leave a run no time; for no limit, leave `{name}` out")
            }
            Problem::ZeroNotNone => format!(
                "`{name}={word}` would leave a run no time; for no limit, write `{name}=none`"
            ),
            Problem::Signal(mistake) => format!("`{name}`: {mistake}"),
            Problem::EachForAll => format!(
                "`{name} each` is possible for a real-time signal only, as in `rtmin=each`; for all \
                 signals, write `ignore` or `rerun`"
            ),
            Problem::EachNeedsQueue { signal } => format!(
                "`{name}`: {signal} cannot have `each`, because the kernel queues only real-time signals; \
                 write `ignore` or `rerun`"
            ),
            Problem::AsksForShutdown { signal } => format!(
                "`{name}` does not apply to {signal}, which shuts flagman down: its actions run once; \
                 remove `{word}`"
            ),
        }
    }
}

/// A time within `bounds`.
pub(super) fn seconds(word: &str, bounds: Bounds) -> Result<Duration, SettingError> {
    let wrong = || SettingError::wrong(word, bounds.to_string());
    let time = decimal(word).filter(|time| *time <= Duration::from_secs(bounds.most));
    match time.ok_or_else(wrong)? {
        time if time.is_zero() && bounds.zero == Zero::Refused => {
            Err(SettingError::new(word, Problem::ZeroLimit))
        }
        time => Ok(time),
    }
}

fn decimal(word: &str) -> Option<Duration> {
    let is_decimal = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = word.parse().ok().filter(|_| is_decimal)?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A whole number up to `most`.
pub(super) fn number(word: &str, most: u8) -> Option<u8> {
    let is_whole = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|number| is_whole && *number <= most)
}

/// The one that `word` stands for, of `all` with the word of each.
pub(super) fn word_of<T: Copy>(word: &str, all: &[(&str, T)]) -> Option<T> {
    all.iter().find(|(of, _)| *of == word).map(|(_, one)| *one)
}

/// A path that is not empty.
pub(super) fn path(word: &str, kind: Kind) -> Result<PathBuf, SettingError> {
    if word.is_empty() { Err(SettingError::wrong(word, kind.should_be())) } else { Ok(word.into()) }
}

/// `true` or `false`.
pub(super) fn truth(word: &str) -> Result<bool, SettingError> {
    word_of(word, &[("true", true), ("false", false)])
        .ok_or_else(|| SettingError::wrong(word, Kind::Flag.should_be()))
}
