//! The one table of flagman's own options: parsing, help and suggestions all read it.

use flagman_base::Signal;

/// An option of flagman's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Adds an action for this signal.
    Action(Signal),
    List,
    Check,
    SuccessfulEmpty,
    Overlap,
    Timeout,
    Grace,
    ActionDir,
    PidFile,
    LogFormat,
    LogTime,
    NotifyReload,
    NoSystemd,
    Quiet,
    ErrorsOnly,
    Verbose,
    Help,
    Version,
}

/// How an option is written, and what the help says of it.
#[derive(Debug)]
pub(super) struct Spelling {
    pub(super) choice: Choice,
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    /// What stands for its value in the help.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
}

const fn flag(
    choice: Choice,
    short: Option<char>,
    long: &'static str,
    help: &'static str,
) -> Spelling {
    Spelling { choice, long, short, value: "", help }
}

const fn valued(
    choice: Choice,
    long: &'static str,
    value: &'static str,
    help: &'static str,
) -> Spelling {
    Spelling { choice, long, short: None, value, help }
}

/// All options, in the order in which the help shows them.
pub(super) const OPTIONS: [Spelling; 20] = [
    valued(Choice::Action(Signal::HUP), "hup", "ACTION [ARG...]", "add an action for SIGHUP"),
    valued(Choice::Action(Signal::USR1), "usr1", "ACTION [ARG...]", "add an action for SIGUSR1"),
    valued(Choice::Action(Signal::USR2), "usr2", "ACTION [ARG...]", "add an action for SIGUSR2"),
    flag(Choice::List, Some('l'), "list", "list known actions and exit"),
    flag(
        Choice::Check,
        None,
        "check",
        "check this command line, show how flagman reads it, and exit without starting anything",
    ),
    flag(
        Choice::SuccessfulEmpty,
        None,
        "successful-empty",
        "if all actions are removed, exit with 0 instead of 1",
    ),
    valued(
        Choice::Overlap,
        "overlap",
        "ignore|rerun",
        "what to do with a signal that arrives while its own actions run: drop it (ignore, the \
         default), or run them once more afterwards (rerun)",
    ),
    valued(
        Choice::Timeout,
        "timeout",
        "SECONDS",
        "stop a run of exec or of an action program after this time (above 0; no limit if left out)",
    ),
    valued(
        Choice::Grace,
        "grace",
        "SECONDS",
        "how long a shutdown may take before flagman is forced out (default 8; with 0 it exits at \
         once and tears nothing down)",
    ),
    valued(
        Choice::ActionDir,
        "action-dir",
        "DIR",
        "look for action programs here first; may be repeated",
    ),
    valued(
        Choice::PidFile,
        "pid-file",
        "FILE",
        "write the process id to this file when ready, and remove it at the end; refuse to start \
         while another process holds it",
    ),
    valued(
        Choice::LogFormat,
        "log-format",
        "text|journal|json",
        "the form of log lines (default: journal if standard error is the journal, else text)",
    ),
    flag(
        Choice::LogTime,
        None,
        "log-time",
        "begin each text line of the log with the time (journal and json lines have it anyway)",
    ),
    flag(
        Choice::NotifyReload,
        None,
        "notify-reload",
        "tell systemd when the actions for SIGHUP have ended (for Type=notify-reload); SIGHUP then \
         always behaves as with --overlap rerun",
    ),
    flag(Choice::NoSystemd, None, "no-systemd", "do not notify systemd about status"),
    flag(
        Choice::Quiet,
        Some('q'),
        "quiet",
        "only output critical messages, and the two start lines; overrides --errors-only and \
         --verbose",
    ),
    flag(
        Choice::ErrorsOnly,
        None,
        "errors-only",
        "only output errors and critical messages, without the two start lines; overrides --verbose",
    ),
    flag(
        Choice::Verbose,
        Some('v'),
        "verbose",
        "log more: a line for each run (-v), debug messages too (-vv)",
    ),
    flag(Choice::Help, Some('h'), "help", "print this help and exit"),
    flag(Choice::Version, Some('V'), "version", "print the version and exit"),
];

/// The option with this long name.
pub(super) fn by_long(long: &str) -> Option<&'static Spelling> {
    OPTIONS.iter().find(|option| option.long == long)
}

/// The option with this short name.
pub(super) fn by_short(short: char) -> Option<&'static Spelling> {
    OPTIONS.iter().find(|option| option.short == Some(short))
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
    matches!(long_option(word), Some(Spelling { choice: Choice::Action(_), .. }))
}

/// How a long option's name is spread among other programs: how likely it is that somebody who
/// writes it among the words of a command means flagman.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Hardly any other program has it.
    Ours,
    /// Other programs have it, with a value.
    SharedValue,
    /// Many other programs have it, as a flag.
    SharedFlag,
}

impl Choice {
    pub(super) fn usage(self) -> Usage {
        match self {
            Self::Action(_)
            | Self::SuccessfulEmpty
            | Self::Overlap
            | Self::Grace
            | Self::ActionDir
            | Self::LogFormat
            | Self::LogTime
            | Self::NotifyReload
            | Self::NoSystemd
            | Self::ErrorsOnly => Usage::Ours,
            Self::Timeout | Self::PidFile => Usage::SharedValue,
            Self::List | Self::Check | Self::Quiet | Self::Verbose | Self::Help | Self::Version => {
                Usage::SharedFlag
            }
        }
    }
}

/// The option that `word` is, if it is a long one of flagman's own, with or without a value.
pub(super) fn long_option(word: &str) -> Option<&'static Spelling> {
    let long = word.strip_prefix("--")?;
    by_long(long.split_once('=').map_or(long, |(name, _)| name))
}

/// The long names of the signal options.
pub(super) fn signal_names() -> impl Iterator<Item = &'static str> {
    let is_signal = |option: &&Spelling| matches!(option.choice, Choice::Action(_));
    OPTIONS.iter().filter(is_signal).map(|option| option.long)
}

/// The signal options in a row, the last after `joint`: `--hup, --usr1 or --usr2`.
pub(super) fn signal_options(joint: &str) -> String {
    let all: Vec<String> = signal_names().map(|name| format!("--{name}")).collect();
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {joint} {last}", others.join(", ")),
        None => String::new(),
    }
}
