//! Reads the words from left to right.
//!
//! After a mistake reading goes on at the next of flagman's own options, only to see whether help,
//! the version or the list was asked for: a person who is lost gets it wherever they typed it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use flagman_base::Signal;
use lexopt::Arg;

use super::action::{self, Position, Typed};
use super::mistake::ActionMistake;
use super::options::{self, Choice, OPTIONS, Spelling};
use super::suspect;
use super::{Mistake, Plan, Planned, Request, Systemd, WhenEmpty};
use crate::decider::{Grace, Overlap};
use crate::discovery::Catalog;
use crate::log::{Format, LogTime, Verbosity};
use crate::registry::Registry;

/// The longest time that an option takes, in seconds: a year of 365 days.
const LONGEST: u64 = 31_536_000;

/// A command line that was read.
#[derive(Debug)]
pub(crate) struct Reading {
    /// What it asks for; or its first mistake, unless help, the version or the list was asked for.
    pub(crate) request: Result<Request, Mistake>,
    /// The form of log lines that it asks for, also that of the line that tells of a mistake.
    pub(crate) log_format: Option<Format>,
    /// Whether lines of text have the time, that line too.
    pub(crate) log_time: LogTime,
}

/// Reads a command line (without the program's own name).
pub(crate) fn read(words: impl IntoIterator<Item = OsString>, registry: &Registry) -> Reading {
    read_with(words, registry, Catalog::new)
}

/// As [`read`], with the actions that `catalog` knows, given the registered ones and the directories
/// to look in first.
pub(super) fn read_with<'a>(
    words: impl IntoIterator<Item = OsString>,
    registry: &'a Registry,
    catalog: impl Fn(&'a Registry, &[PathBuf]) -> Catalog<'a>,
) -> Reading {
    if let Some(name) = registry.clash() {
        return Reading {
            request: Err(Mistake::Clash { name }),
            log_format: None,
            log_time: LogTime::Hidden,
        };
    }
    let words: Vec<OsString> = words.into_iter().collect();
    let not_utf8 = words.iter().find(|word| word.to_str().is_none());
    let mut directories = Vec::new();
    loop {
        let catalog = catalog(registry, &directories);
        let mut reader = Reader::new(words.clone(), &catalog);
        reader.mistake = not_utf8.map(|word| Mistake::NotUtf8 { word: escape_bytes(word) });
        while reader.read_next() {}
        // Which words are an action's can depend on a program in a directory that is named only
        // later: then all is read once more.
        if reader.directories == directories || reader.directories.len() <= directories.len() {
            let Reader { log_format, log_time, .. } = reader;
            return Reading { request: reader.request(), log_format, log_time };
        }
        directories = reader.directories;
    }
}

/// What is wanted, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Start,
    Check,
    List,
    Version,
    Help,
}

struct Reader<'a> {
    parser: lexopt::Parser,
    catalog: &'a Catalog<'a>,
    /// What `--action-dir` names, in order.
    directories: Vec<PathBuf>,
    plan: Plan,
    /// The last action, its signal option and its words, to say what a word after it may have been.
    last: Option<(String, Typed, Planned)>,
    wanted: Wanted,
    mistake: Option<Mistake>,
    log_format: Option<Format>,
    log_time: LogTime,
}

impl<'a> Reader<'a> {
    fn new(words: Vec<OsString>, catalog: &'a Catalog<'a>) -> Self {
        Self {
            parser: lexopt::Parser::from_args(words),
            catalog,
            directories: Vec::new(),
            plan: Plan::default(),
            last: None,
            wanted: Wanted::Start,
            mistake: None,
            log_format: None,
            log_time: LogTime::Hidden,
        }
    }

    fn request(mut self) -> Result<Request, Mistake> {
        self.plan.warnings.splice(..0, self.catalog.unsearchable());
        match (self.wanted, self.mistake) {
            (Wanted::Help, _) => Ok(Request::Help),
            (Wanted::Version, _) => Ok(Request::Version),
            (Wanted::List, _) => Ok(Request::List(self.directories)),
            (Wanted::Check | Wanted::Start, Some(mistake)) => Err(mistake),
            (Wanted::Check | Wanted::Start, None) if self.plan.bundles.is_empty() => {
                Err(Mistake::NoActions)
            }
            (Wanted::Check | Wanted::Start, None) if !self.plan.can_reload() => {
                Err(Mistake::NothingToReload)
            }
            (Wanted::Check, None) => Ok(Request::Check(self.plan)),
            (Wanted::Start, None) => Ok(Request::Start(self.plan)),
        }
    }

    /// Reads one option with what belongs to it; `false` at the end.
    fn read_next(&mut self) -> bool {
        match self.read_one() {
            Ok(more) => more,
            Err(mistake) => {
                self.mistake.get_or_insert(mistake);
                self.skip_to_option();
                true
            }
        }
    }

    fn read_one(&mut self) -> Result<bool, Mistake> {
        let word = self.peek();
        match word.as_deref() {
            Some("--") => {
                self.next_word();
                return Err(Mistake::DoubleDash);
            }
            Some(";") => {
                self.next_word();
                return Ok(true);
            }
            Some(_) | None => {}
        }
        let (spelling, typed) = match self.parser.next() {
            Ok(None) => return Ok(false),
            Ok(Some(Arg::Short(short))) => (options::by_short(short), format!("-{short}")),
            Ok(Some(Arg::Long(long))) => (options::by_long(long), format!("--{long}")),
            Ok(Some(Arg::Value(word))) => return Err(self.left_over(&shown(&word))),
            Err(error) => return Err(unexpected(error)),
        };
        let Some(spelling) = spelling else {
            return Err(self.unknown_option(typed, word));
        };
        self.choose(spelling.choice, &typed)?;
        Ok(true)
    }

    fn choose(&mut self, choice: Choice, typed: &str) -> Result<(), Mistake> {
        match choice {
            Choice::Action(signal) => self.read_action(signal, typed)?,
            Choice::List => self.wanted = self.wanted.max(Wanted::List),
            Choice::Check => self.wanted = self.wanted.max(Wanted::Check),
            Choice::SuccessfulEmpty => self.plan.when_empty = WhenEmpty::Success,
            Choice::Overlap => self.plan.overlap = self.read_value(typed, OVERLAP, overlap)?,
            Choice::Timeout => self.plan.timeout = Some(self.read_timeout(typed)?),
            Choice::Grace => self.plan.grace = Grace(self.read_value(typed, SECONDS, seconds)?),
            Choice::ActionDir => {
                let directory = self.read_value(typed, DIRECTORY, path)?;
                self.directories.push(directory);
            }
            Choice::PidFile => {
                self.plan.pid_file = Some(self.read_value(typed, FILE, path)?);
            }
            Choice::LogFormat => {
                self.log_format = Some(self.read_value(typed, LOG_FORMAT, log_format)?);
            }
            Choice::LogTime => self.log_time = LogTime::Shown,
            Choice::NotifyReload => self.plan.reload = Some(Signal::HUP),
            Choice::NoSystemd => self.plan.systemd = Systemd::Silent,
            Choice::Quiet => self.plan.verbosity = Verbosity::Critical,
            Choice::ErrorsOnly => self.plan.verbosity = errors_only(self.plan.verbosity),
            Choice::Verbose => self.plan.verbosity = more(self.plan.verbosity),
            Choice::Help => self.wanted = self.wanted.max(Wanted::Help),
            Choice::Version => self.wanted = self.wanted.max(Wanted::Version),
        }
        Ok(())
    }

    fn read_value<T>(
        &mut self,
        option: &str,
        should_be: &str,
        convert: fn(&str) -> Option<T>,
    ) -> Result<T, Mistake> {
        let (option, should_be) = (option.to_owned(), should_be.to_owned());
        let value = match self.parser.optional_value() {
            Some(value) => Some(value),
            None if self.peek().is_some_and(|word| options::is_option(&word)) => None,
            None => self.parser.value().ok(),
        };
        let Some(word) = value else { return Err(Mistake::MissingValue { option, should_be }) };
        let word = shown(&word);
        convert(&word).ok_or(Mistake::WrongValue { option, word, should_be })
    }

    /// A timeout of 0 would end every run at once. Somebody who writes it wants none.
    fn read_timeout(&mut self, option: &str) -> Result<Duration, Mistake> {
        let time = self.read_value(option, TIMEOUT, seconds)?;
        if time.is_zero() {
            Err(Mistake::ZeroTimeout { option: option.to_owned() })
        } else {
            Ok(time)
        }
    }

    fn read_action(&mut self, signal: Signal, option: &str) -> Result<(), Mistake> {
        let (typed, planned) = match self.parser.optional_value() {
            Some(word) => {
                let (word, next) = (shown(&word), self.peek());
                let warnings = &mut self.plan.warnings;
                let planned = action::in_one_word(self.catalog, option, &word, next, warnings)?;
                (Typed::InOne, planned)
            }
            None => (Typed::Apart, self.read_action_words(option)?),
        };
        self.plan.add(signal, planned.clone());
        self.last = Some((option.to_owned(), typed, planned));
        Ok(())
    }

    fn read_action_words(&mut self, option: &str) -> Result<Planned, Mistake> {
        let instead = self.peek();
        let Some(name) = instead.clone().filter(|word| !ends_name(word)) else {
            return Err(ActionMistake::NoAction { option: option.to_owned(), instead }.into());
        };
        self.next_word();
        let rest = self.rest();
        let mut position = Position::new(self.catalog, option, Typed::Apart, &name, &rest)?;
        self.plan.warnings.extend_from_slice(position.warnings());
        while let Some(word) = self.peek().filter(|word| position.takes(word)) {
            self.next_word();
            position.take(word);
        }
        let planned = position.complete(self.peek())?;
        self.plan.warnings.extend(suspect::warning(option, &planned));
        Ok(planned)
    }

    fn left_over(&mut self, word: &str) -> Mistake {
        let mut words = vec![word.to_owned()];
        while let Some(next) = self.peek().filter(|next| next != ";" && !next.starts_with('-')) {
            self.next_word();
            words.push(next);
        }
        match &self.last {
            Some((option, Typed::InOne, planned)) => {
                action::left_over(option, planned, &words).into()
            }
            Some((option, Typed::Apart, planned)) => {
                action::left_over_apart(option, planned, &words).into()
            }
            None => Mistake::Misplaced { word: word.to_owned() },
        }
    }

    /// `typed` is the option, and `word` the whole word that it stands in, if it is the first there.
    fn unknown_option(&mut self, typed: String, word: Option<String>) -> Mistake {
        let whole = word.filter(|word| !word.starts_with("--") && word.chars().count() > 2);
        let word = whole.unwrap_or(typed);
        // What was joined to it by `=` would otherwise be a second mistake.
        if word.starts_with("--") {
            let _ = self.parser.optional_value();
        }
        let name = word.trim_start_matches('-').to_ascii_lowercase();
        let name = name.strip_prefix("sig").unwrap_or(&name);
        let longs = OPTIONS.iter().map(|option| option.long);
        let nearest = (name.len() > 1).then(|| action::nearest(name, longs)).flatten();
        Mistake::UnknownOption { word, nearest: nearest.map(|long| format!("--{long}")) }
    }

    /// The next word, if it stands on its own (and is not what is left of `-abc`).
    fn peek(&mut self) -> Option<String> {
        self.parser.try_raw_args()?.peek().map(shown)
    }

    /// All words from the next one on, which stay where they are.
    fn rest(&mut self) -> Vec<String> {
        let words = self.parser.try_raw_args();
        words.map(|words| words.as_slice().iter().map(shown).collect()).unwrap_or_default()
    }

    fn next_word(&mut self) {
        if let Some(mut words) = self.parser.try_raw_args() {
            words.next();
        }
    }

    /// Skips the words up to the next of flagman's own options. What is left of a word such
    /// as `-abc` has no say any more, unless it asks for help.
    fn skip_to_option(&mut self) {
        while self.parser.try_raw_args().is_none() {
            match self.parser.next() {
                Ok(Some(Arg::Short('h'))) => self.wanted = self.wanted.max(Wanted::Help),
                Ok(Some(Arg::Short(_))) => {}
                Ok(_) | Err(_) => drop(self.parser.optional_value()),
            }
        }
        while self.peek().is_some_and(|word| !options::is_option(&word)) {
            self.next_word();
        }
    }
}

/// Whether `word` cannot be an action's name because it has a meaning of its own.
fn ends_name(word: &str) -> bool {
    word == ";" || word == "--" || word.starts_with('-') && word.len() > 1
}

fn unexpected(error: lexopt::Error) -> Mistake {
    match error {
        lexopt::Error::UnexpectedValue { option, value } => {
            Mistake::UnexpectedValue { option, value: shown(&value) }
        }
        other => Mistake::Misplaced { word: other.to_string() },
    }
}

const DIRECTORY: &str = "the path of a directory";

const FILE: &str = "the path of a file";

fn path(word: &str) -> Option<PathBuf> {
    (!word.is_empty()).then(|| word.into())
}

const OVERLAP: &str = "`ignore` or `rerun`";

fn overlap(word: &str) -> Option<Overlap> {
    match word {
        "ignore" => Some(Overlap::Ignore),
        "rerun" => Some(Overlap::Rerun),
        _ => None,
    }
}

const LOG_FORMAT: &str = "`text`, `journal` or `json`";

fn log_format(word: &str) -> Option<Format> {
    match word {
        "text" => Some(Format::Text),
        "journal" => Some(Format::Journal),
        "json" => Some(Format::Json),
        _ => None,
    }
}

const SECONDS: &str = "a decimal number of seconds from 0 to 31536000";

const TIMEOUT: &str = "a decimal number of seconds above 0 and up to 31536000";

fn seconds(word: &str) -> Option<Duration> {
    let decimal = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = word.parse().ok().filter(|_| decimal)?;
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    (time <= Duration::from_secs(LONGEST)).then_some(time)
}

/// The verbosity after `--errors-only`: `--quiet` wins, wherever it stands.
fn errors_only(verbosity: Verbosity) -> Verbosity {
    match verbosity {
        Verbosity::Critical => Verbosity::Critical,
        Verbosity::Error | Verbosity::Warning | Verbosity::Info | Verbosity::Debug => {
            Verbosity::Error
        }
    }
}

/// The verbosity after `--verbose`: options that ask for less win.
fn more(verbosity: Verbosity) -> Verbosity {
    match verbosity {
        Verbosity::Critical | Verbosity::Error => verbosity,
        Verbosity::Warning => Verbosity::Info,
        Verbosity::Info | Verbosity::Debug => Verbosity::Debug,
    }
}

/// The word as text; that all words are UTF-8 has been checked before.
fn shown(word: impl AsRef<OsStr>) -> String {
    word.as_ref().to_string_lossy().into_owned()
}

fn escape_bytes(word: &OsStr) -> String {
    let mut text = String::new();
    for chunk in word.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

impl Spelling {
    /// As the help shows it: `-q, --quiet`, `--grace SECONDS`.
    pub(super) fn shown(&self) -> String {
        let short = self.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
        let space = if self.value.is_empty() { "" } else { " " };
        format!("{short}--{}{space}{}", self.long, self.value)
    }
}
