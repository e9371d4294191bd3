//! Which keys there are and where each of them belongs, by the one table of options and policies; and
//! what to write instead of one that is not known.

use flagman_base::Signal;

use crate::cli::kind::Kind;
use crate::cli::nearest;
use crate::cli::options::{Choice, InFile, OPTIONS, POLICIES, Setting, Spelling, by_long, policy};

/// The signals of an action.
pub(crate) const ON: &str = "on";

/// The words of an action.
pub(crate) const RUN: &str = "run";

/// The table of what is said of one signal each.
pub(crate) const SIGNAL: &str = "signal";

/// The list of actions.
pub(crate) const ACTION: &str = "action";

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Above the first table.
    Top,
    /// Below `[signal.NAME]`.
    Signal,
    /// Below `[[action]]`.
    Action,
}

/// The options that may stand above the first table.
pub(crate) fn of_top() -> impl Iterator<Item = (Setting, &'static Spelling)> {
    OPTIONS.iter().filter_map(|option| match (option.choice, option.in_file) {
        (Choice::Set(setting), InFile::UntilRestart | InFile::Reloaded) => Some((setting, option)),
        (
            Choice::Set(_)
            | Choice::Action(_)
            | Choice::On
            | Choice::List
            | Choice::Check
            | Choice::Help
            | Choice::Version,
            InFile::Never | InFile::UntilRestart | InFile::Reloaded,
        ) => None,
    })
}

/// The options that may stand below `[signal.NAME]`.
pub(crate) fn of_signal() -> impl Iterator<Item = (Setting, &'static Spelling)> {
    of_top().filter(|(_, option)| is_of_one_signal(option.kind))
}

fn is_of_one_signal(kind: Kind) -> bool {
    matches!(kind, Kind::WordOfSignal { .. } | Kind::SecondsOfSignal(_))
}

impl Part {
    /// The names of its keys.
    fn keys(self) -> Vec<&'static str> {
        match self {
            Self::Top => of_top().map(|(_, option)| option.long).chain([SIGNAL, ACTION]).collect(),
            Self::Signal => of_signal().map(|(_, option)| option.long).collect(),
            Self::Action => {
                [ON, RUN].into_iter().chain(POLICIES.iter().map(|row| row.name)).collect()
            }
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::Top => "at the top of the file",
            Self::Signal => "below `[signal.NAME]`",
            Self::Action => "below `[[action]]`",
        }
    }

    /// What to write instead of `key`, which this part does not have.
    pub(super) fn unknown(self, key: &str) -> String {
        if let Some(elsewhere) = self.elsewhere(key) {
            return elsewhere;
        }
        let keys = self.keys();
        let name = key.trim_start_matches('-').replace('_', "-").to_ascii_lowercase();
        let near = match (self, name.as_str()) {
            // What other programs call it.
            (Self::Action, SIGNAL | "signals") => Some(ON),
            (Self::Action, "exec" | "command" | ACTION) => Some(RUN),
            (Self::Top | Self::Signal | Self::Action, _) => nearest(&name, keys.iter().copied()),
        };
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", keys.join(", ")),
        };
        format!("unknown key `{key}` {}; {hint}", self.place())
    }

    /// Where `key` belongs, if that is not here.
    fn elsewhere(self, key: &str) -> Option<String> {
        let is_of_action = key == ON || key == RUN || policy(key).is_some();
        let option = by_long(key);
        let at_top = option.filter(|option| option.in_file != InFile::Never);
        match self {
            Self::Top if is_of_action => {
                Some(format!("`{key}` belongs to an action; write it below a line `[[action]]`"))
            }
            Self::Top => option.map_or_else(|| signal_as_key(key), only_on_the_command_line),
            Self::Action if at_top.is_some_and(|option| is_of_one_signal(option.kind)) => {
                Some(format!("`{key}` is not for one action; write it below `[signal.NAME]`"))
            }
            Self::Signal | Self::Action if at_top.is_some() => Some(format!(
                "`{key}` is for all signals and actions; write it at the top of the file, above the \
                 first line with brackets"
            )),
            Self::Signal if is_of_action => {
                Some(format!("`{key}` belongs to an action; write it below a line `[[action]]`"))
            }
            Self::Signal | Self::Action => None,
        }
    }
}

fn only_on_the_command_line(option: &Spelling) -> Option<String> {
    let long = option.long;
    match option.choice {
        Choice::Action(_) | Choice::On => signal_as_key(long),
        Choice::List | Choice::Check | Choice::Help | Choice::Version | Choice::Set(_) => {
            Some(format!("`{long}` is for the command line only; remove it here"))
        }
    }
}

/// What to write instead of a signal's name as a key.
fn signal_as_key(key: &str) -> Option<String> {
    let signal = Signal::parse(key).filter(|_| !key.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!(
        "`{key}` is a signal; for an action of {signal}, write `[[action]]` and below it on = \"{key}\" \
         and run = [...]; for its settings, write `[signal.{}]`",
        bare_key(key)
    ))
}

/// A signal's name as a key, in quotes if it needs them.
fn bare_key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.bytes().all(is_bare) { name.to_owned() } else { format!("\"{name}\"") }
}
