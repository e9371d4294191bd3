//! The values of options as they were given, on the command line or in a file: one function takes them
//! as text, with one set of bounds and messages for both.

use std::path::PathBuf;
use std::time::Duration;

use flagman_base::Signal;

use super::kind::{self, Kind, Problem, SettingError};
use super::options::{
    Choice, FOR_ALL, FOR_ONE, GRACE, InFile, MOST_VERBOSE, OPTIONS, QUIET_PERIOD, Setting,
    Spelling, TIMEOUT,
};
use super::signal::signal;
use crate::decider::Overlap;
use crate::log::{Format, Verbosity};

/// All values that were given; what is `None` or empty was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The `--overlap` for all signals.
    pub(crate) overlap: Option<Overlap>,
    /// Those for one signal each; the last of a signal counts.
    pub(crate) overlaps: Vec<(Signal, Overlap)>,
    /// The `--quiet-period` for all signals.
    pub(crate) quiet_period: Option<Duration>,
    /// Those for one signal each; the last of a signal counts.
    pub(crate) quiet_periods: Vec<(Signal, Duration)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    /// In the order in which they are searched.
    pub(crate) action_dirs: Vec<PathBuf>,
    /// The configuration file.
    pub(crate) config: Option<PathBuf>,
    pub(crate) pid_file: Option<PathBuf>,
    pub(crate) log_format: Option<Format>,
    pub(crate) log_time: Option<bool>,
    pub(crate) successful_empty: Option<bool>,
    pub(crate) notify_reload: Option<bool>,
    pub(crate) no_systemd: Option<bool>,
    /// `--quiet`, `--errors-only` and `--verbose`, if one of them was given.
    pub(crate) levels: Option<Levels>,
}

/// What was said of how much is logged. What asks for less wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) quiet: bool,
    pub(crate) errors_only: bool,
    /// How often `--verbose` was given.
    pub(crate) verbose: u8,
}

/// The words for what an arrival does while its own bundle runs.
const OVERLAPS: [(&str, Overlap); 3] =
    [("ignore", Overlap::Ignore), ("rerun", Overlap::Rerun), ("each", Overlap::Each)];

const FORMATS: [(&str, Format); 3] =
    [("text", Format::Text), ("journal", Format::Journal), ("json", Format::Json)];

impl Settings {
    /// Takes the value of an option as text. A flag is given as `true`; each `true` for one that counts
    /// counts once more.
    ///
    /// # Errors
    /// The option does not take that value.
    pub(crate) fn set(&mut self, setting: Setting, word: &str) -> Result<(), SettingError> {
        let kind = setting.kind();
        match setting {
            Setting::Overlap => self.set_overlap(word, kind)?,
            Setting::QuietPeriod => self.set_quiet_period(word)?,
            Setting::Timeout => self.timeout = Some(kind::seconds(word, TIMEOUT)?),
            Setting::Grace => self.grace = Some(kind::seconds(word, GRACE)?),
            Setting::ActionDir => self.action_dirs.push(kind::path(word, kind)?),
            Setting::Config => self.config = Some(kind::path(word, kind)?),
            Setting::PidFile => self.pid_file = Some(kind::path(word, kind)?),
            Setting::LogFormat => self.log_format = Some(one_of(word, kind, &FORMATS)?),
            Setting::LogTime => self.log_time = Some(kind::truth(word)?),
            Setting::SuccessfulEmpty => self.successful_empty = Some(kind::truth(word)?),
            Setting::NotifyReload => self.notify_reload = Some(kind::truth(word)?),
            Setting::NoSystemd => self.no_systemd = Some(kind::truth(word)?),
            Setting::Quiet => self.levels.get_or_insert_default().quiet = kind::truth(word)?,
            Setting::ErrorsOnly => {
                self.levels.get_or_insert_default().errors_only = kind::truth(word)?;
            }
            Setting::Verbose => self.set_verbose(word, kind)?,
        }
        Ok(())
    }

    /// These where they were given, else those of `file`. What is said of one signal comes before what is
    /// said of all, wherever each of them stands.
    #[must_use]
    pub(crate) fn over(self, file: Self) -> Self {
        Self {
            overlap: self.overlap.or(file.overlap),
            // The last of a signal counts.
            overlaps: [file.overlaps, self.overlaps].concat(),
            quiet_period: self.quiet_period.or(file.quiet_period),
            quiet_periods: [file.quiet_periods, self.quiet_periods].concat(),
            timeout: self.timeout.or(file.timeout),
            grace: self.grace.or(file.grace),
            action_dirs: [self.action_dirs, file.action_dirs].concat(),
            config: self.config.or(file.config),
            pid_file: self.pid_file.or(file.pid_file),
            log_format: self.log_format.or(file.log_format),
            log_time: self.log_time.or(file.log_time),
            successful_empty: self.successful_empty.or(file.successful_empty),
            notify_reload: self.notify_reload.or(file.notify_reload),
            no_systemd: self.no_systemd.or(file.no_systemd),
            levels: self.levels.or(file.levels),
        }
    }

    /// The first option that a reload cannot change and that has another value in `new`.
    pub(crate) fn fixed_but_changed(&self, new: &Self) -> Option<&'static str> {
        let is_fixed = |option: &&Spelling| option.in_file == InFile::UntilRestart;
        let changed = |option: &&Spelling| match option.choice {
            Choice::Set(setting) => !self.has_same(setting, new),
            Choice::Action(_)
            | Choice::On
            | Choice::List
            | Choice::Check
            | Choice::Help
            | Choice::Version => false,
        };
        OPTIONS.iter().filter(is_fixed).find(changed).map(|option| option.long)
    }

    fn has_same(&self, setting: Setting, other: &Self) -> bool {
        match setting {
            Setting::Overlap => self.overlap == other.overlap && self.overlaps == other.overlaps,
            Setting::QuietPeriod => {
                self.quiet_period == other.quiet_period && self.quiet_periods == other.quiet_periods
            }
            Setting::Timeout => self.timeout == other.timeout,
            Setting::Grace => self.grace == other.grace,
            Setting::ActionDir => self.action_dirs == other.action_dirs,
            Setting::Config => self.config == other.config,
            Setting::PidFile => self.pid_file == other.pid_file,
            Setting::LogFormat => self.log_format == other.log_format,
            Setting::LogTime => self.log_time.unwrap_or(false) == other.log_time.unwrap_or(false),
            Setting::SuccessfulEmpty => {
                self.successful_empty.unwrap_or(false) == other.successful_empty.unwrap_or(false)
            }
            Setting::NotifyReload => {
                self.notify_reload.unwrap_or(false) == other.notify_reload.unwrap_or(false)
            }
            Setting::NoSystemd => {
                self.no_systemd.unwrap_or(false) == other.no_systemd.unwrap_or(false)
            }
            Setting::Quiet | Setting::ErrorsOnly | Setting::Verbose => self.levels == other.levels,
        }
    }

    /// What is said of this signal alone.
    pub(crate) fn own_overlap(&self, of: Signal) -> Option<Overlap> {
        self.overlaps.iter().rfind(|(signal, _)| *signal == of).map(|(_, overlap)| *overlap)
    }

    /// What is said of this signal alone.
    pub(crate) fn own_quiet_period(&self, of: Signal) -> Option<Duration> {
        self.quiet_periods.iter().rfind(|(signal, _)| *signal == of).map(|(_, time)| *time)
    }

    /// How much is logged.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match self.levels.unwrap_or_default() {
            Levels { quiet: true, .. } => Verbosity::Critical,
            Levels { errors_only: true, .. } => Verbosity::Error,
            Levels { verbose: 0, .. } => Verbosity::Warning,
            Levels { verbose: 1, .. } => Verbosity::Info,
            Levels { .. } => Verbosity::Debug,
        }
    }

    fn set_overlap(&mut self, word: &str, kind: Kind) -> Result<(), SettingError> {
        let Some((of, value)) = word.split_once('=') else {
            self.overlap = Some(match kind::word_of(word, &OVERLAPS) {
                Some(Overlap::Each) => return Err(SettingError::new(word, Problem::EachForAll)),
                Some(overlap @ (Overlap::Ignore | Overlap::Rerun)) => overlap,
                None => return Err(SettingError::wrong(word, kind.should_be())),
            });
            return Ok(());
        };
        let of = of_bundle(word, of)?;
        let overlap = kind::word_of(value, &OVERLAPS).ok_or_else(|| {
            let words: &[&str] = if of.is_real_time() { &FOR_ONE } else { &FOR_ALL };
            SettingError::wrong(value, format!("{} for {of}", kind::one_of(words)))
        })?;
        if overlap == Overlap::Each && !of.is_real_time() {
            let signal = of.to_string();
            return Err(SettingError::new(word, Problem::EachNeedsQueue { signal }));
        }
        self.overlaps.push((of, overlap));
        Ok(())
    }

    fn set_quiet_period(&mut self, word: &str) -> Result<(), SettingError> {
        match word.split_once('=') {
            None => self.quiet_period = Some(kind::seconds(word, QUIET_PERIOD)?),
            Some((of, value)) => {
                let of = of_bundle(word, of)?;
                self.quiet_periods.push((of, kind::seconds(value, QUIET_PERIOD)?));
            }
        }
        Ok(())
    }

    fn set_verbose(&mut self, word: &str, kind: Kind) -> Result<(), SettingError> {
        let now = self.levels.map_or(0, |levels| levels.verbose);
        let count = match word {
            "true" => Some(MOST_VERBOSE.min(now.saturating_add(1))),
            "false" => Some(0),
            word => kind::number(word, MOST_VERBOSE),
        };
        let count = count.ok_or_else(|| SettingError::wrong(word, kind.should_be()))?;
        self.levels.get_or_insert_default().verbose = count;
        Ok(())
    }
}

/// The signal of `SIGNAL=VALUE`, whose arrivals may start runs at any time. `word` is the whole.
fn of_bundle(word: &str, of: &str) -> Result<Signal, SettingError> {
    let signal = signal(of).map_err(|mistake| SettingError::new(word, Problem::Signal(mistake)))?;
    if [Signal::TERM, Signal::INT].contains(&signal) {
        let signal = signal.to_string();
        return Err(SettingError::new(word, Problem::AsksForShutdown { signal }));
    }
    Ok(signal)
}

fn one_of<T: Copy>(word: &str, kind: Kind, all: &[(&str, T)]) -> Result<T, SettingError> {
    kind::word_of(word, all).ok_or_else(|| SettingError::wrong(word, kind.should_be()))
}

/// The word for it.
pub(crate) fn overlap_word(overlap: Overlap) -> &'static str {
    match overlap {
        Overlap::Ignore => "ignore",
        Overlap::Rerun => "rerun",
        Overlap::Each => "each",
    }
}

/// The word for it.
pub(super) fn format_word(format: Format) -> &'static str {
    match format {
        Format::Text | Format::TimedText => "text",
        Format::Journal => "journal",
        Format::Json => "json",
    }
}
