//! The signals that a person names: which word means which, and what is said of one that cannot be given
//! actions. What there is to know of signals comes from the one table in `flagman_base::Signal`.

use std::fmt;

use flagman_base::Signal;

use super::action::nearest;
use super::policies::policy_of;
use super::quoting::in_one_for_shell;

/// A word that does not name a signal that can be given actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignalMistake {
    /// No signal is called that.
    Unknown { word: String, nearest: Option<String> },
    /// It names a signal that cannot be given actions.
    Refused { word: String, signal: Signal, why: &'static str },
}

/// The signal that `word` names, if it can be given actions.
///
/// # Errors
/// It names none, or one that cannot.
pub(crate) fn signal(word: &str) -> Result<Signal, SignalMistake> {
    let Some(signal) = Signal::parse(word) else {
        return Err(SignalMistake::Unknown { word: word.to_owned(), nearest: near(word) });
    };
    match signal.refusal() {
        Some(why) => Err(SignalMistake::Refused { word: word.to_owned(), signal, why }),
        None => Ok(signal),
    }
}

/// The signal of this name, not number, if it can be given actions.
pub(super) fn of_name(name: &str) -> Option<Signal> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    Some(name).filter(|_| !is_number).and_then(|name| signal(name).ok())
}

/// Its name without `SIG`, as people type it: `USR1`, `RTMIN+3`.
pub(crate) fn bare(signal: Signal) -> String {
    let name = signal.to_string();
    name.strip_prefix("SIG").map(str::to_owned).unwrap_or(name)
}

/// The names without `SIG` of those that have one of their own and can be given actions.
pub(crate) fn bare_names() -> Vec<String> {
    Signal::with_actions().filter(|signal| !signal.is_real_time()).map(bare).collect()
}

/// The name of the last real-time signal: `RTMIN+30`.
pub(crate) fn last_real_time() -> String {
    Signal::with_actions().last().map(bare).unwrap_or_default()
}

/// The signal that `word` was probably meant for.
fn near(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let lower = lower.strip_prefix("sig").unwrap_or(&lower);
    if lower.is_empty() || lower.starts_with("rtm") || lower.parse::<i64>().is_ok() {
        return None;
    }
    let names: Vec<String> = bare_names().iter().map(|name| name.to_ascii_lowercase()).collect();
    nearest(lower, names.iter().map(String::as_str)).map(str::to_ascii_uppercase)
}

impl fmt::Display for SignalMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { word, nearest: Some(nearest) } => {
                write!(out, "unknown signal `{word}`; did you mean `{nearest}`?")
            }
            Self::Unknown { word, nearest: None } => write!(
                out,
                "unknown signal `{word}`; a signal is a name such as WINCH, a real-time signal from RTMIN \
                 to {}, or a number; `flagman --help` lists the names",
                last_real_time()
            ),
            Self::Refused { word, signal, why } => {
                let instead = match *signal {
                    Signal::KILL => "to act when flagman is stopped, write TERM",
                    _ => "write another signal, such as USR1 or RTMIN",
                };
                let name = signal.to_string();
                let shown = if name.eq_ignore_ascii_case(word) {
                    format!("`{word}`")
                } else {
                    format!("`{word}` ({name})")
                };
                write!(out, "{shown} cannot be given actions, because {why}; {instead}")
            }
        }
    }
}

/// A mistake between `--on` and its action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OnMistake {
    /// There is no signal, but this word or nothing.
    NoSignal { instead: Option<String> },
    /// It is not a signal that can be given actions.
    Signal(SignalMistake),
    /// The signal was joined to the option by `=`.
    Joined { form: String },
    /// The signal and the action are in one word, without a `=` between them.
    Spaced { word: String, form: String },
    /// It is a policy.
    Policy { word: String },
}

impl OnMistake {
    /// The mistake of `word`, of which what should be a signal is none.
    pub(super) fn of(option: &str, word: &str, mistake: SignalMistake) -> Self {
        let word = word.to_owned();
        if policy_of(&word).is_some() {
            return Self::Policy { word };
        }
        match word.split_once(' ').filter(|(of, _)| signal(of).is_ok()) {
            Some((of, action)) => {
                let form = format!("{option} {of}={}", in_one_for_shell(action.trim_start()));
                Self::Spaced { word, form }
            }
            None => Self::Signal(mistake),
        }
    }

    /// The sentence about `option`.
    pub(super) fn sentence(&self, option: &str) -> String {
        let example = format!("{option} WINCH print hello");
        match self {
            Self::NoSignal { instead: None } => {
                format!("`{option}` needs a signal and an action, as in {example}")
            }
            Self::NoSignal { instead: Some(word) } => {
                format!("`{option}` needs a signal, not `{word}`; write for example {example}")
            }
            Self::Signal(mistake) => format!("`{option}`: {mistake}"),
            Self::Joined { form } => {
                format!("`{option}` takes its signal as the next word; write {form}")
            }
            Self::Spaced { word, form } => format!(
                "`{option}` needs a signal, not `{word}`; to give an action in one word, write {form}"
            ),
            Self::Policy { word } => format!(
                "`{option}` needs a signal, not the policy `{word}`; write {option} SIGNAL {word} ACTION"
            ),
        }
    }
}
