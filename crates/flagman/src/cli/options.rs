//! The tables of flagman's own options and of the policies of actions: names, kinds of values with their
//! bounds, and what is said of each.
//!
//! Whatever knows options reads them: the command line and the configuration file, the help, the manual
//! pages, the completions, and the messages for mistakes.

use flagman_base::Signal;

use super::kind::{Bounds, Kind, LONGEST, Zero, in_a_row};

/// An option of flagman's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Adds an action for this signal.
    Action(Signal),
    /// Adds an action for the signal that is its first word.
    On,
    List,
    Check,
    Help,
    Version,
    /// Has a value, which a configuration file may give too.
    Set(Setting),
}

/// An option with a value, or a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    SuccessfulEmpty,
    Overlap,
    QuietPeriod,
    Timeout,
    Grace,
    ActionDir,
    Config,
    PidFile,
    LogFormat,
    LogTime,
    NotifyReload,
    NoSystemd,
    Quiet,
    ErrorsOnly,
    Verbose,
}

/// How an option is written, what it takes, where it may stand, and what the help says of it.
#[derive(Debug)]
pub(crate) struct Spelling {
    pub(crate) choice: Choice,
    /// Without the dashes. A file has the same name as a key.
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) kind: Kind,
    pub(crate) in_file: InFile,
    pub(crate) help: &'static str,
}

/// Whether an option may stand in a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InFile {
    /// On the command line only.
    Never,
    /// It may; a reload cannot change it.
    UntilRestart,
    /// It may, and a reload changes it.
    Reloaded,
}

/// The values of `--overlap` for all signals.
pub(crate) const FOR_ALL: [&str; 2] = ["ignore", "rerun"];
/// Its values for one signal.
pub(crate) const FOR_ONE: [&str; 3] = ["ignore", "rerun", "each"];
pub(crate) const TIMEOUT: Bounds = Bounds { zero: Zero::Refused, most: LONGEST };
pub(crate) const GRACE: Bounds = Bounds { zero: Zero::Allowed, most: LONGEST };
pub(crate) const QUIET_PERIOD: Bounds = Bounds { zero: Zero::Allowed, most: LONGEST };
/// How often `--verbose` has an effect.
pub(crate) const MOST_VERBOSE: u8 = 2;

const fn option(
    choice: Choice,
    short: Option<char>,
    long: &'static str,
    kind: Kind,
    help: &'static str,
) -> Spelling {
    Spelling { choice, long, short, kind, in_file: InFile::Never, help }
}

const fn setting(
    setting: Setting,
    long: &'static str,
    kind: Kind,
    in_file: InFile,
    help: &'static str,
) -> Spelling {
    Spelling { choice: Choice::Set(setting), long, short: None, kind, in_file, help }
}

/// All options, in the order in which the help shows them.
pub(crate) const OPTIONS: [Spelling; 23] = [
    option(Choice::Action(Signal::HUP), None, "hup", Kind::Action, "add an action for SIGHUP"),
    option(Choice::Action(Signal::USR1), None, "usr1", Kind::Action, "add an action for SIGUSR1"),
    option(Choice::Action(Signal::USR2), None, "usr2", Kind::Action, "add an action for SIGUSR2"),
    option(
        Choice::On,
        None,
        "on",
        Kind::ActionOfSignal,
        "add an action for any signal that can be caught",
    ),
    option(Choice::List, Some('l'), "list", Kind::Flag, "list known actions and exit"),
    option(
        Choice::Check,
        None,
        "check",
        Kind::Flag,
        "check this command line, show how flagman reads it, and exit without starting anything",
    ),
    setting(
        Setting::Config,
        "config",
        Kind::File,
        InFile::Never,
        "read actions and options from this file too; the command line wins over it",
    ),
    setting(
        Setting::SuccessfulEmpty,
        "successful-empty",
        Kind::Flag,
        InFile::UntilRestart,
        "if all actions are removed, exit with 0 instead of 1",
    ),
    setting(
        Setting::Overlap,
        "overlap",
        Kind::WordOfSignal { all: &FOR_ALL, one: &FOR_ONE },
        InFile::Reloaded,
        "what to do with a signal that arrives while its own actions run: drop it (ignore, the \
         default), run them once more afterwards (rerun), or once more for each arrival (each: for \
         real-time signals only, and their default); for one signal as in --overlap usr1=rerun",
    ),
    setting(
        Setting::QuietPeriod,
        "quiet-period",
        Kind::SecondsOfSignal(QUIET_PERIOD),
        InFile::Reloaded,
        "run a signal's actions when it has not arrived again for this time, and after ten times as \
         long in any case; for one signal as in --quiet-period hup=0.5",
    ),
    setting(
        Setting::Timeout,
        "timeout",
        Kind::Seconds(TIMEOUT),
        InFile::Reloaded,
        "stop a run of exec or of an action program after this time (above 0; no limit if left out)",
    ),
    setting(
        Setting::Grace,
        "grace",
        Kind::Seconds(GRACE),
        InFile::Reloaded,
        "how long a shutdown may take before flagman is forced out (default 8; with 0 it exits at \
         once and tears nothing down)",
    ),
    setting(
        Setting::ActionDir,
        "action-dir",
        Kind::Directory,
        InFile::UntilRestart,
        "look for action programs here first; may be repeated",
    ),
    setting(
        Setting::PidFile,
        "pid-file",
        Kind::File,
        InFile::UntilRestart,
        "write the process id to this file when ready, and remove it at the end; refuse to start \
         while another process holds it",
    ),
    setting(
        Setting::LogFormat,
        "log-format",
        Kind::OneOf(&["text", "journal", "json"]),
        InFile::UntilRestart,
        "the form of log lines (default: journal if standard error is the journal, else text)",
    ),
    setting(
        Setting::LogTime,
        "log-time",
        Kind::Flag,
        InFile::UntilRestart,
        "begin each text line of the log with the time (journal and json lines have it anyway)",
    ),
    setting(
        Setting::NotifyReload,
        "notify-reload",
        Kind::Flag,
        InFile::UntilRestart,
        "tell systemd when the actions for SIGHUP have ended (for Type=notify-reload); SIGHUP then \
         always behaves as with --overlap hup=rerun",
    ),
    setting(
        Setting::NoSystemd,
        "no-systemd",
        Kind::Flag,
        InFile::UntilRestart,
        "do not notify systemd about status",
    ),
    Spelling {
        short: Some('q'),
        ..setting(
            Setting::Quiet,
            "quiet",
            Kind::Flag,
            InFile::Reloaded,
            "only output critical messages, and the two start lines; overrides --errors-only and \
             --verbose",
        )
    },
    setting(
        Setting::ErrorsOnly,
        "errors-only",
        Kind::Flag,
        InFile::Reloaded,
        "only output errors and critical messages, without the two start lines; overrides --verbose",
    ),
    Spelling {
        short: Some('v'),
        ..setting(
            Setting::Verbose,
            "verbose",
            Kind::Counted { most: MOST_VERBOSE },
            InFile::Reloaded,
            "log more: a line for each run (-v), debug messages too (-vv)",
        )
    },
    option(Choice::Help, Some('h'), "help", Kind::Flag, "print this help and exit"),
    option(Choice::Version, Some('V'), "version", Kind::Flag, "print the version and exit"),
];

/// A policy of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyName {
    Timeout,
    Retries,
    RetryDelay,
    GiveUp,
    OnFailure,
    Name,
}

/// How a policy is written, what it takes, and what the help says of it.
#[derive(Debug)]
pub(crate) struct PolicyRow {
    pub(crate) policy: PolicyName,
    /// What stands before its `=`, and as a key in a file.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What holds if it is left out.
    pub(crate) default: &'static str,
    pub(crate) help: &'static str,
}

/// The most retries.
pub(crate) const MOST_RETRIES: u8 = 100;
/// A pause between two tries never grows above a minute.
pub(crate) const RETRY_DELAY: Bounds = Bounds { zero: Zero::Allowed, most: 60 };
pub(crate) const GIVE_UP: Bounds = Bounds { zero: Zero::Allowed, most: LONGEST };
/// The words of `on-failure`.
pub(crate) const ON_FAILURE: [&str; 3] = ["continue", "stop", "exit"];
/// The most characters of a label.
pub(crate) const LONGEST_LABEL: usize = 64;

/// All policies, in the order in which the help shows them.
pub(crate) const POLICIES: [PolicyRow; 6] = [
    PolicyRow {
        policy: PolicyName::Timeout,
        name: "timeout",
        kind: Kind::SecondsOrNone(TIMEOUT),
        default: "--timeout",
        help: "stop a run of this action after this time, or never (none), whatever --timeout says; not \
               for actions inside flagman, which nothing can stop",
    },
    PolicyRow {
        policy: PolicyName::Retries,
        name: "retries",
        kind: Kind::Number { most: MOST_RETRIES },
        default: "0",
        help: "how often a failed run is tried again, for the same signal (0 to 100)",
    },
    PolicyRow {
        policy: PolicyName::RetryDelay,
        name: "retry-delay",
        kind: Kind::Seconds(RETRY_DELAY),
        default: "1",
        help: "how long to wait before the first retry; each further pause is twice as long, up to 60 \
               seconds, and a quarter longer or shorter by chance",
    },
    PolicyRow {
        policy: PolicyName::GiveUp,
        name: "give-up",
        kind: Kind::Seconds(GIVE_UP),
        default: "600",
        help: "no further try starts when this time has passed since the first one started",
    },
    PolicyRow {
        policy: PolicyName::OnFailure,
        name: "on-failure",
        kind: Kind::OneOf(&ON_FAILURE),
        default: "continue",
        help: "what follows when the last try has failed: the next action (continue), the end of this \
               run (stop), or an orderly shutdown with exit status 4 (exit)",
    },
    PolicyRow {
        policy: PolicyName::Name,
        name: "name",
        kind: Kind::Label { longest: LONGEST_LABEL },
        default: "the action's own name",
        help: "what this action is called in the log, in the status and in metrics",
    },
];

/// The option with this long name.
pub(crate) fn by_long(long: &str) -> Option<&'static Spelling> {
    OPTIONS.iter().find(|option| option.long == long)
}

/// The option with this short name.
pub(super) fn by_short(short: char) -> Option<&'static Spelling> {
    OPTIONS.iter().find(|option| option.short == Some(short))
}

/// The policy with this name.
pub(crate) fn policy(name: &str) -> Option<&'static PolicyRow> {
    POLICIES.iter().find(|row| row.name == name)
}

/// Whether `word`, where an option may stand, is one of flagman's own.
pub(super) fn is_option(word: &str) -> bool {
    match word.strip_prefix("--") {
        Some(_) => long_option(word).is_some(),
        None => word.strip_prefix('-').is_some_and(|shorts| {
            !shorts.is_empty() && shorts.chars().all(|short| by_short(short).is_some())
        }),
    }
}

/// Whether `word` is a signal option: it ends an action's words wherever it stands.
pub(super) fn is_signal_option(word: &str) -> bool {
    long_option(word).is_some_and(Spelling::is_of_signals)
}

/// Whether `word` ends an action's words wherever it stands.
pub(super) fn ends_action(word: &str) -> bool {
    word == ";" || word == "--" || is_signal_option(word)
}

impl Setting {
    /// What it takes.
    pub(crate) fn kind(self) -> Kind {
        let row = OPTIONS.iter().find(|option| option.choice == Choice::Set(self));
        row.map_or(Kind::Flag, |row| row.kind)
    }
}

impl PolicyName {
    /// What it takes.
    pub(crate) fn kind(self) -> Kind {
        self.row().map_or(Kind::Flag, |row| row.kind)
    }

    /// Its row of the table.
    pub(crate) fn row(self) -> Option<&'static PolicyRow> {
        POLICIES.iter().find(|row| row.policy == self)
    }
}

impl Spelling {
    /// As the help shows it: `-q, --quiet`, `--grace SECONDS`.
    pub(super) fn shown(&self) -> String {
        let short = self.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
        let value = self.kind.placeholder();
        let space = if value.is_empty() { "" } else { " " };
        format!("{short}--{}{space}{value}", self.long)
    }

    /// Whether a word of the command line belongs to it.
    pub(super) fn has_value(&self) -> bool {
        !matches!(self.kind, Kind::Flag | Kind::Counted { .. })
    }

    /// Whether it gives a signal an action.
    pub(super) fn is_of_signals(&self) -> bool {
        matches!(self.kind, Kind::Action | Kind::ActionOfSignal)
    }
}

/// The option that `word` is, if it is a long one of flagman's own, with or without a value.
pub(super) fn long_option(word: &str) -> Option<&'static Spelling> {
    let long = word.strip_prefix("--")?;
    by_long(long.split_once('=').map_or(long, |(name, _)| name))
}

/// The long names of the options for one signal each.
pub(super) fn signal_names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter(|option| option.kind == Kind::Action).map(|option| option.long)
}

/// The signal options in a row, the last after `joint`: `--hup, --usr1, --usr2 or --on SIGNAL`.
pub(super) fn signal_options(joint: &str) -> String {
    let shown = |option: &Spelling| match option.choice {
        Choice::On => format!("--{} SIGNAL", option.long),
        _ => format!("--{}", option.long),
    };
    let all: Vec<String> =
        OPTIONS.iter().filter(|option| option.is_of_signals()).map(shown).collect();
    in_a_row(&all, joint)
}
