//! What can be wrong with a command line, and the message for each mistake: it names the word that was
//! typed and says what to write instead.

use std::fmt;

use flagman_base::{Declared, Signal};

use super::kind::SettingError;
use super::options::signal_options;
use super::policies::PolicyMistake;
use super::signal::{OnMistake, bare};
use crate::config::FileMistake;

/// The first mistake of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// No signal has an action.
    NoActions,
    /// systemd may ask for a reload, and its signal has no action.
    NothingToReload,
    /// `reload` without a configuration file.
    ReloadWithoutFile,
    /// A word is not UTF-8; shown with `\x` escapes.
    NotUtf8 { word: String },
    /// `--`, which begins the command of a service; how it is written if it is the last action's.
    DoubleDash { form: Option<String> },
    /// An option that flagman does not have.
    UnknownOption { word: String, nearest: Option<String> },
    /// A flag with `=VALUE`.
    UnexpectedValue { option: String, value: String },
    /// An option without its value.
    MissingValue { option: String, should_be: String },
    /// An option with a value that it does not take.
    Setting { option: String, error: SettingError },
    /// A quiet period for a signal that has a run for each arrival.
    QuietEach { signal: Signal },
    /// What stands between `--on` and the action.
    On { option: String, mistake: OnMistake },
    /// What stands after a signal option.
    Action(ActionMistake),
    /// A word before any action.
    Misplaced { word: String },
    /// What is wrong with the configuration file.
    File(FileMistake),
    /// Two actions of this program have the same name.
    Clash { name: &'static str },
}

/// A mistake in the words of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ActionMistake {
    /// A signal option without an action's name.
    NoAction { option: String, instead: Option<String> },
    /// A signal option with an empty word.
    EmptyAction { option: String },
    /// The one-word form with a quote that does not end.
    UnclosedQuote { option: String, word: String },
    /// No action has this name.
    UnknownAction { option: String, name: String, hint: Hint },
    /// An action program cannot be used.
    Unusable { option: String, name: String, why: String },
    /// An action has too few words.
    TooFew { action: String, missing: Declared, instead: Option<String>, form: String },
    /// An action's words are not what it takes; if one of them may be meant for flagman, which.
    Refused { option: String, action: String, why: String, meant_for_us: Option<Box<Meant>> },
    /// The policies before its name.
    Policy(PolicyMistake),
    /// A word after a complete action.
    LeftOver { word: String, why: String, form: Option<String> },
    /// A word after a complete action, which took an option of flagman's as its last word.
    Swallowed(Box<Swallowed>),
}

/// A word that may be meant for flagman, and the word that it should stand before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meant {
    pub(crate) word: String,
    pub(crate) before: String,
}

/// An option of flagman's or a policy that an action took, and the word for which no place was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Swallowed {
    pub(crate) option: String,
    pub(crate) word: String,
    pub(crate) action: String,
    pub(crate) argument: String,
    pub(crate) taken: String,
    /// Whether it is a policy, and not an option.
    pub(crate) is_policy: bool,
    pub(crate) form: Option<String>,
}

/// What may have been meant by an unknown action's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// The name nearest to it.
    Nearest(String),
    /// It is a whole action in one word; this is the option that takes it.
    OneWord(String),
    /// It is a program; this is how `exec` runs it.
    Program { program: String, form: String },
    /// Nothing comes near, and this directory of action programs could not be searched.
    Unsearchable(String),
    /// Nothing comes near.
    None,
}

impl fmt::Display for Hint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest(name) => write!(out, "; did you mean `{name}`?"),
            Self::OneWord(form) => write!(out, "; to give an action in one word, write {form}"),
            Self::Program { program, form } => {
                write!(out, "; to run the program `{program}`, write {form}")
            }
            Self::Unsearchable(why) => write!(out, "; {why}"),
            Self::None => out.write_str("; `flagman --list` lists all actions"),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoActions => out.write_str("No actions configured; exiting"),
            Self::ReloadWithoutFile => out.write_str(
                "the action `reload` reads a configuration file again; name one with `--config FILE`",
            ),
            Self::NothingToReload => out.write_str(
                "`--notify-reload` needs an action for SIGHUP, which systemd sends to ask for a \
                 reload; add one with `--hup`",
            ),
            Self::NotUtf8 { word } => {
                write!(out, "the word `{word}` is not UTF-8; flagman takes only UTF-8")
            }
            Self::DoubleDash { form } => {
                out.write_str(
                    "`--` is reserved: the words after it will be the command of a service, which this \
                     version cannot start; ",
                )?;
                match form {
                    Some(form) => write!(out, "if the action needs it, write {form}"),
                    None => out.write_str("to end an action's words, write `;`"),
                }
            }
            Self::UnknownOption { word, nearest } => {
                let hint = nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`?"));
                let hint = hint.as_deref().unwrap_or("`flagman --help` lists all options");
                write!(out, "unknown option `{word}`; {hint}")
            }
            Self::UnexpectedValue { option, value } => {
                write!(out, "`{option}` takes no value; remove `={value}`")
            }
            Self::MissingValue { option, should_be } => {
                write!(out, "`{option}` needs a value: {should_be}")
            }
            Self::Setting { option, error } => out.write_str(&error.sentence(option)),
            Self::QuietEach { signal } => {
                let bare = bare(*signal);
                write!(
                    out,
                    "{signal} cannot have a quiet period, because each of its arrivals has a run of its own; \
                     write `--overlap {bare}=rerun` too, or leave `--quiet-period {bare}=` out"
                )
            }
            Self::On { option, mistake } => out.write_str(&mistake.sentence(option)),
            Self::File(mistake) => mistake.fmt(out),
            Self::Clash { name } => {
                write!(out, "this program has two actions with the name `{name}`; rename one")
            }
            Self::Misplaced { word } => write!(
                out,
                "unexpected word `{word}`; before an action, write its signal: {}",
                signal_options("or")
            ),
            Self::Action(mistake) => mistake.fmt(out),
        }
    }
}

impl fmt::Display for ActionMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAction { option, instead: None } => {
                write!(out, "`{option}` needs an action's name, as in {option} print hello")
            }
            Self::NoAction { option, instead: Some(word) } => {
                write!(out, "`{option}` needs an action's name, not `{word}`")?;
                write!(out, "; write for example {option} print hello")
            }
            Self::EmptyAction { option } => {
                write!(out, "`{option}` needs an action's name, not an empty word")
            }
            Self::UnclosedQuote { option, word } => {
                write!(out, "`{option}={word}` has a quote that is not closed; add the other one")
            }
            Self::UnknownAction { option, name, hint } => {
                write!(out, "unknown action `{name}` after `{option}`{hint}")
            }
            Self::Unusable { option, name, why } => write!(out, "`{option} {name}`: {why}"),
            Self::TooFew { action, missing, instead, form } => {
                write!(out, "`{action}` needs its argument `{missing}`")?;
                match instead {
                    Some(word) => write!(
                        out,
                        ", and `{word}` does not belong to `{action}`; if it should, write {form}"
                    ),
                    None => write!(out, "; write {form}"),
                }
            }
            Self::Refused { option, action, why, meant_for_us } => {
                write!(out, "`{option} {action}`: {why}")?;
                meant_for_us.as_ref().map_or(Ok(()), |meant| {
                    let Meant { word, before } = &**meant;
                    write!(out, "; if `{word}` is for flagman, write it before `{before}`")
                })
            }
            Self::LeftOver { word, why, form } => {
                write!(out, "unexpected word `{word}`: {why}; ")?;
                match form {
                    Some(form) => write!(out, "write {form}"),
                    None => write!(out, "remove `{word}`"),
                }
            }
            Self::Policy(mistake) => mistake.fmt(out),
            Self::Swallowed(swallowed) => swallowed.fmt(out),
        }
    }
}

impl fmt::Display for Swallowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, word, action, argument, taken, is_policy, form } = self;
        let what = if *is_policy { "policy" } else { "option" };
        write!(
            out,
            "unexpected word `{word}`: `{action}` took the {what} `{taken}` as its argument `{argument}`; "
        )?;
        if *is_policy {
            write!(out, "write policies before `{action}`")?;
        } else {
            write!(out, "write flagman's options before `{option}`")?;
        }
        form.as_ref().map_or(Ok(()), |form| write!(out, ": {form}"))
    }
}

/// The most that is said of a mistake, in characters: words can be of any length.
const LONGEST: usize = 1000;

impl Mistake {
    /// As [`sentence`](Self::sentence), for a flagman that goes on.
    pub(crate) fn in_reload(&self) -> String {
        if *self == Self::NoActions {
            return "no action would be left; add one, or end flagman with SIGTERM".to_owned();
        }
        self.sentence()
    }

    /// The whole sentence, cut if a word in it is very long.
    pub(crate) fn sentence(&self) -> String {
        cut(self.to_string())
    }
}

/// The whole text, cut if it is very long.
pub(super) fn cut(whole: String) -> String {
    match whole.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

impl From<ActionMistake> for Mistake {
    fn from(mistake: ActionMistake) -> Self {
        Self::Action(mistake)
    }
}

impl From<PolicyMistake> for ActionMistake {
    fn from(mistake: PolicyMistake) -> Self {
        Self::Policy(mistake)
    }
}

impl From<PolicyMistake> for Mistake {
    fn from(mistake: PolicyMistake) -> Self {
        ActionMistake::from(mistake).into()
    }
}

impl std::error::Error for Mistake {}
