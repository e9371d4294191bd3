//! Reads the words from left to right.
//!
//! After a mistake reading goes on at the next of flagman's own options, only to see whether help,
//! the version or the list was asked for: a person who is lost gets it wherever they typed it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use flagman_base::Signal;
use lexopt::Arg;

use super::action::{self, Position, Typed};
use super::mistake::ActionMistake;
use super::options::{self, Choice, OPTIONS, Setting, Spelling};
use super::policies::PolicyMistake;
use super::quoting::{for_shell, in_one_for_shell};
use super::signal::{OnMistake, bare, of_name, signal};
use super::suspect;
use super::{Mistake, Plan, Planned, Policies, Request, Settings};
use crate::config::{File, FileMistake};
use crate::discovery::Catalog;
use crate::log::{Format, LogTime};
use crate::registry::Registry;

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

/// Reads a command line (without the program's own name) and the configuration file that it names. It changes
/// nothing, so it can be called again at any time. Blocks while the file is read, and for up to two seconds for
/// each action program that does not answer.
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
    let mut named = Named::default();
    loop {
        let catalog = catalog(registry, &directories);
        let mut reader = Reader::new(words.clone(), &catalog);
        reader.mistake = not_utf8.map(|word| Mistake::NotUtf8 { word: escape_bytes(word) });
        while reader.read_next() {}
        let file = named.read(reader.settings.config.as_deref());
        if let Some(Ok(file)) = file {
            reader.settings = reader.settings.over(file.settings().clone());
        }
        // Which words are an action's can depend on a program in a directory that is named only
        // later: then all is read once more.
        if reader.settings.action_dirs.len() <= directories.len() {
            let Settings { log_format, log_time, .. } = reader.settings;
            let log_time = if log_time == Some(true) { LogTime::Shown } else { LogTime::Hidden };
            return Reading { request: reader.request(file), log_format, log_time };
        }
        directories = reader.settings.action_dirs;
    }
}

/// The configuration file that the command line names: read once, however often the words are.
#[derive(Default)]
struct Named(Option<(PathBuf, Result<File, FileMistake>)>);

impl Named {
    fn read(&mut self, path: Option<&Path>) -> Option<&Result<File, FileMistake>> {
        let path = path?;
        if self.0.as_ref().is_none_or(|(read, _)| read != path) {
            self.0 = Some((path.to_owned(), File::read(path)));
        }
        self.0.as_ref().map(|(_, file)| file)
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
    settings: Settings,
    /// The actions and their signals, in the order of the command line.
    actions: Vec<(Signal, Planned)>,
    warnings: Vec<String>,
    /// The last action, its signal option and its words, to say what a word after it may have been.
    last: Option<(String, Typed, Planned)>,
    wanted: Wanted,
    mistake: Option<Mistake>,
}

impl<'a> Reader<'a> {
    fn new(words: Vec<OsString>, catalog: &'a Catalog<'a>) -> Self {
        Self {
            parser: lexopt::Parser::from_args(words),
            catalog,
            settings: Settings::default(),
            actions: Vec::new(),
            warnings: Vec::new(),
            last: None,
            wanted: Wanted::Start,
            mistake: None,
        }
    }

    /// What is asked for. The actions of `file` come before those of the command line.
    fn request(self, file: Option<&Result<File, FileMistake>>) -> Result<Request, Mistake> {
        let plan = || {
            let mut warnings = self.catalog.unsearchable();
            let of_file = file.map_or(Ok(Vec::new()), |file| {
                file.as_ref().map_err(Clone::clone)?.actions(self.catalog, &mut warnings)
            });
            let actions = of_file.map_err(Mistake::File)?.into_iter().chain(self.actions);
            warnings.extend(self.warnings);
            Plan::new(self.settings.clone(), actions, warnings)
        };
        match (self.wanted, self.mistake) {
            (Wanted::Help, _) => Ok(Request::Help),
            (Wanted::Version, _) => Ok(Request::Version),
            (Wanted::List, _) => Ok(Request::List(self.settings.action_dirs)),
            (Wanted::Check | Wanted::Start, Some(mistake)) => Err(mistake),
            (Wanted::Check, None) => plan().map(Request::Check),
            (Wanted::Start, None) => plan().map(Request::Start),
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
            Some("--") => return Err(self.service()),
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
        self.choose(spelling, &typed)?;
        Ok(true)
    }

    fn choose(&mut self, spelling: &Spelling, typed: &str) -> Result<(), Mistake> {
        match spelling.choice {
            Choice::Action(signal) => self.read_action(signal, typed)?,
            Choice::On => self.read_signal_and_action(typed)?,
            Choice::List => self.wanted = self.wanted.max(Wanted::List),
            Choice::Check => self.wanted = self.wanted.max(Wanted::Check),
            Choice::Help => self.wanted = self.wanted.max(Wanted::Help),
            Choice::Version => self.wanted = self.wanted.max(Wanted::Version),
            Choice::Set(setting) => self.set(setting, spelling, typed)?,
        }
        Ok(())
    }

    fn set(&mut self, setting: Setting, spelling: &Spelling, option: &str) -> Result<(), Mistake> {
        let word = if spelling.has_value() {
            self.read_value(option, spelling)?
        } else {
            "true".to_owned()
        };
        let option = option.to_owned();
        self.settings.set(setting, &word).map_err(|error| Mistake::Setting { option, error })
    }

    fn read_value(&mut self, option: &str, spelling: &Spelling) -> Result<String, Mistake> {
        let is_none = |word: String| word == "--" || options::is_option(&word);
        let value = match self.parser.optional_value() {
            Some(value) => Some(value),
            None if self.peek().is_some_and(is_none) => None,
            None => self.parser.value().ok(),
        };
        let missing = || Mistake::MissingValue {
            option: option.to_owned(),
            should_be: spelling.kind.should_be(),
        };
        value.map(shown).ok_or_else(missing)
    }

    /// `--on`, its signal and the action, which may be joined to the signal by `=`.
    fn read_signal_and_action(&mut self, option: &str) -> Result<(), Mistake> {
        let on = |mistake| Mistake::On { option: option.to_owned(), mistake };
        let joined = self.parser.optional_value().map(shown);
        let word = match joined.clone().or_else(|| self.peek()) {
            Some(word) if joined.is_some() || !ends_name(&word) => word,
            instead => return Err(on(OnMistake::NoSignal { instead })),
        };
        let (of, in_one) = match word.split_once('=') {
            Some((of, action)) => (of, Some(action)),
            None => (word.as_str(), None),
        };
        let signal = signal(of).map_err(|mistake| on(OnMistake::of(option, &word, mistake)))?;
        if joined.is_some() {
            return Err(on(self.joined(option, of, in_one)));
        }
        self.next_word();
        let option = format!("{option} {of}");
        match in_one {
            Some(action) => self.read_in_one_word(signal, &option, action),
            None => self.read_apart(signal, &option),
        }
    }

    /// The mistake of `--on=SIGNAL`.
    fn joined(&mut self, option: &str, of: &str, in_one: Option<&str>) -> OnMistake {
        if let Some(action) = in_one {
            return OnMistake::Joined {
                form: format!("{option} {of}={}", in_one_for_shell(action)),
            };
        }
        let words = self.rest().into_iter().take_while(|word| !options::ends_action(word));
        let words: Vec<String> = words.collect();
        let is_action = words.first().is_some_and(|first| !ends_name(first));
        let rest = if is_action { for_shell(&words) } else { "ACTION".to_owned() };
        let form = format!("{option} {of} {rest}");
        OnMistake::Joined { form }
    }

    fn read_action(&mut self, signal: Signal, option: &str) -> Result<(), Mistake> {
        match self.parser.optional_value() {
            Some(word) => self.read_in_one_word(signal, option, &shown(&word)),
            None => self.read_apart(signal, option),
        }
    }

    fn read_in_one_word(
        &mut self,
        signal: Signal,
        option: &str,
        word: &str,
    ) -> Result<(), Mistake> {
        let next = self.peek();
        let planned = action::in_one_word(self.catalog, option, word, next, &mut self.warnings)?;
        self.add(signal, option, Typed::InOne, planned);
        Ok(())
    }

    fn read_apart(&mut self, signal: Signal, option: &str) -> Result<(), Mistake> {
        let planned = self.read_action_words(option)?;
        self.add(signal, option, Typed::Apart, planned);
        Ok(())
    }

    fn add(&mut self, signal: Signal, option: &str, typed: Typed, planned: Planned) {
        self.actions.push((signal, planned.clone()));
        self.last = Some((option.to_owned(), typed, planned));
    }

    fn read_action_words(&mut self, option: &str) -> Result<Planned, Mistake> {
        let (policies, count) =
            Policies::leading(option, &self.rest_through(|word| !word.contains('=')))?;
        let given = (0..count).filter_map(|_| self.next_word()).collect::<Vec<_>>();
        let instead = self.peek();
        let Some(name) = instead.clone().filter(|word| !ends_name(word)) else {
            let option = option.to_owned();
            return Err(if given.is_empty() {
                ActionMistake::NoAction { option, instead }.into()
            } else {
                PolicyMistake::NoAction { option, policies: given, instead }.into()
            });
        };
        self.next_word();
        let rest = self.rest_through(options::ends_action);
        let mut position =
            Position::new(self.catalog, (option, Typed::Apart), policies, &name, &rest)?;
        self.warnings.extend_from_slice(position.warnings());
        while let Some(word) = self.peek().filter(|word| position.takes(word)) {
            self.next_word();
            position.take(word);
        }
        let planned = position.complete(self.peek())?;
        self.warnings.extend(suspect::warning(option, &planned));
        Ok(planned)
    }

    /// The mistake of `--`: all words after it are those of a command, whatever they look like.
    fn service(&mut self) -> Mistake {
        self.next_word();
        let words = self.rest();
        while self.next_word().is_some() {}
        let last = self.last.as_ref().filter(|(_, typed, _)| *typed == Typed::Apart);
        let form =
            last.and_then(|(option, _, planned)| action::with_dashes(option, planned, &words));
        Mistake::DoubleDash { form }
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
        if let Some(signal) = of_name(name) {
            let nearest = Some(match options::by_long(name) {
                Some(spelling) => format!("--{}", spelling.long),
                None => format!("--on {}", bare(signal)),
            });
            return Mistake::UnknownOption { word, nearest };
        }
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

    /// The words from the next one through the first that `is_last`, which stay where they are. It does not
    /// look at the others: reading each action would otherwise take time for all actions after it.
    fn rest_through(&mut self, is_last: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(words) = self.parser.try_raw_args() else { return Vec::new() };
        let words = words.as_slice().iter().map(shown);
        let mut is_over = false;
        words.take_while(|word| !std::mem::replace(&mut is_over, is_last(word))).collect()
    }

    fn next_word(&mut self) -> Option<String> {
        self.parser.try_raw_args()?.next().map(shown)
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
