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
    LogFormat,
    NotifyReload,
    NoSystemd,
    Quiet,
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
pub(super) const OPTIONS: [Spelling; 17] = [
    valued(Choice::Action(Signal::HUP), "hup", "ACTION [ARG...]", "add an action for SIGHUP"),
    valued(Choice::Action(Signal::USR1), "usr1", "ACTION [ARG...]", "add an action for SIGUSR1"),
    valued(Choice::Action(Signal::USR2), "usr2", "ACTION [ARG...]", "add an action for SIGUSR2"),
    flag(Choice::List, Some('l'), "list", "list known actions and exit"),
    flag(
        Choice::Check,
        None,
        "check",
        "say whether this command line would start, and how it is understood, and exit",
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
        "what a signal does while its own actions run: nothing (ignore, the default), or one more \
         run afterwards (rerun)",
    ),
    valued(
        Choice::Timeout,
        "timeout",
        "SECONDS",
        "how long one run of exec or of an action program may take (no limit)",
    ),
    valued(
        Choice::Grace,
        "grace",
        "SECONDS",
        "how long a shutdown may take before flagman is forced out (default 8; 0: not at all, \
         nothing is torn down)",
    ),
    valued(
        Choice::ActionDir,
        "action-dir",
        "DIR",
        "look for action programs here first; may be repeated",
    ),
    valued(
        Choice::LogFormat,
        "log-format",
        "text|journal|json",
        "the form of log lines (journal where the journal reads them, else text)",
    ),
    flag(
        Choice::NotifyReload,
        None,
        "notify-reload",
        "say when a SIGHUP has been answered, for systemd's Type=notify-reload; it is always rerun",
    ),
    flag(Choice::NoSystemd, None, "no-systemd", "do not notify systemd about status"),
    flag(Choice::Quiet, Some('q'), "quiet", "only output critical messages; overrides --verbose"),
    flag(
        Choice::Verbose,
        Some('v'),
        "verbose",
        "show more in the log: a line for each run (-v), debugging (-vv)",
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
        Some(long) => by_long(long.split_once('=').map_or(long, |(name, _)| name)).is_some(),
        None => word.strip_prefix('-').is_some_and(|shorts| {
            !shorts.is_empty() && shorts.chars().all(|short| by_short(short).is_some())
        }),
    }
}

/// Whether `word` is a signal option: it ends an action's words wherever it stands.
pub(super) fn is_signal_option(word: &str) -> bool {
    let Some(long) = word.strip_prefix("--") else {
        return false;
    };
    let long = long.split_once('=').map_or(long, |(name, _)| name);
    matches!(by_long(long), Some(Spelling { choice: Choice::Action(_), .. }))
}
