//! What can be wrong with a command line, and how a person is told: with the word that was typed,
//! and what to do.

use std::fmt;

use flagman_base::Declared;

/// The first mistake of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// No signal has an action.
    NoActions,
    /// systemd may ask for a reload, and its signal has no action.
    NothingToReload,
    /// A word is not UTF-8; shown with `\x` escapes.
    NotUtf8 { word: String },
    /// `--` in flagman's own part of the command line.
    DoubleDash,
    /// An option that flagman does not have.
    UnknownOption { word: String, nearest: Option<String> },
    /// A flag with `=VALUE`.
    UnexpectedValue { option: String, value: String },
    /// An option without its value.
    MissingValue { option: String, should_be: String },
    /// An option with a value that it does not take.
    WrongValue { option: String, word: String, should_be: String },
    /// What stands after a signal option.
    Action(ActionMistake),
    /// A word before any action.
    Misplaced { word: String },
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
    /// An action lacks words.
    TooFew { action: String, missing: Declared, instead: Option<String>, form: String },
    /// An action's words are not what it takes.
    Refused { option: String, action: String, why: String },
    /// A word after a complete action.
    LeftOver { word: String, why: String, form: Option<String> },
}

/// What may have been meant by an unknown action's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// The name nearest to it.
    Nearest(String),
    /// It is a whole action in one word; this is the option that takes it.
    OneWord(String),
    /// Nothing comes near.
    None,
}

impl fmt::Display for Hint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest(name) => write!(out, "; did you mean `{name}`?"),
            Self::OneWord(form) => write!(out, "; an action in one word is written {form}"),
            Self::None => out.write_str("; `flagman --list` shows those there are"),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoActions => out.write_str("No actions configured; exiting"),
            Self::NothingToReload => out.write_str(
                "`--notify-reload` has nothing to run: systemd asks for a reload by SIGHUP, so give it \
                 an action with `--hup`",
            ),
            Self::NotUtf8 { word } => write!(out, "the word `{word}` is not UTF-8"),
            Self::DoubleDash => out.write_str(
                "`--` is not used yet; an action's words end at `;` or at the next signal option",
            ),
            Self::UnknownOption { word, nearest } => {
                let hint = nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`?"));
                let hint = hint.as_deref().unwrap_or("`flagman --help` shows those there are");
                write!(out, "unknown option `{word}`; {hint}")
            }
            Self::UnexpectedValue { option, value } => {
                write!(out, "`{option}` takes no value, but `{value}` was given")
            }
            Self::MissingValue { option, should_be } => {
                write!(out, "`{option}` must be followed by {should_be}")
            }
            Self::WrongValue { option, word, should_be } => {
                write!(out, "`{option}` must be followed by {should_be}, not by `{word}`")
            }
            Self::Clash { name } => {
                write!(out, "two actions of this program have the name `{name}`")
            }
            Self::Misplaced { word } => write!(
                out,
                "`{word}` is no option; an action follows its signal: --hup, --usr1 or --usr2"
            ),
            Self::Action(mistake) => mistake.fmt(out),
        }
    }
}

impl fmt::Display for ActionMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAction { option, instead: None } => {
                write!(out, "`{option}` must be followed by an action's name")
            }
            Self::NoAction { option, instead: Some(word) } => {
                write!(out, "`{option}` must be followed by an action's name, not by `{word}`")
            }
            Self::EmptyAction { option } => {
                write!(
                    out,
                    "`{option}` is followed by an empty word (``) where an action's name \
                             should be"
                )
            }
            Self::UnclosedQuote { option, word } => {
                write!(out, "a quote is not closed in `{option}={word}`")
            }
            Self::UnknownAction { option, name, hint } => {
                write!(out, "unknown action `{name}` after `{option}`{hint}")
            }
            Self::Unusable { option, name, why } => write!(out, "`{option} {name}`: {why}"),
            Self::TooFew { action, missing, instead, form } => {
                let instead = instead.iter().map(|word| format!(": `{word}` is not taken for it"));
                let instead: String = instead.collect();
                write!(out, "`{action}` lacks its argument `{missing}`{instead}; write {form}")
            }
            Self::Refused { option, action, why } => write!(out, "`{option} {action}`: {why}"),
            Self::LeftOver { word, why, form } => {
                write!(out, "`{word}` is left over: {why}")?;
                form.as_ref().map_or(Ok(()), |form| write!(out, "; for one action write {form}"))
            }
        }
    }
}

/// The most that is said of a mistake, in characters: words can be of any length.
const LONGEST: usize = 1000;

impl Mistake {
    /// The whole sentence, cut if a word in it is very long.
    pub(crate) fn sentence(&self) -> String {
        let whole = self.to_string();
        match whole.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &whole[..end]),
            None => whole,
        }
    }
}

impl From<ActionMistake> for Mistake {
    fn from(mistake: ActionMistake) -> Self {
        Self::Action(mistake)
    }
}

impl std::error::Error for Mistake {}
