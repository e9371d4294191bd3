//! Warns of words that an action took although they look as if they were meant for flagman.
//!
//! Which words an action takes is decided elsewhere (`action.rs`), and nothing here changes it. Two
//! kinds of words are likely a mistake: long options of flagman's, and words that are almost a signal
//! option. Short options, and in the words of a command also names such as `--quiet`, belong to many
//! programs and cause no warning. Nor does the one-word form, which says exactly which words are the action's.

use flagman_base::{Arity, Signal};

use super::Planned;
use super::action::one_word;
use super::mistake::cut;
use super::options::{PolicyName, long_option, signal_names, signal_options};
use super::policies::policy_for;
use super::signal::{bare, of_name};
use super::usage::Usage;

/// Names of signals that other programs have as options.
const SHARED: [&str; 6] = ["cont", "io", "poll", "prof", "quit", "urg"];

/// What to warn of in the words of `planned`, each of which was a word of the command line.
pub(super) fn warning(option: &str, planned: &Planned) -> Option<String> {
    let words = &planned.words;
    let why = (0..words.len()).find_map(|index| why(option, planned, index))?;
    let form = one_word(option, &planned.all_words());
    Some(cut(format!("{why}; if it is a word of `{}`, write {form}", planned.known.name)))
}

/// What is suspicious about the word at `index`.
fn why(option: &str, planned: &Planned, index: usize) -> Option<String> {
    let (word, name) = (&planned.words[index], &planned.known.name);
    if let Some(near) = Near::of(word) {
        return Some(match near {
            Near::Meant(option) => format!(
                "`{name}` takes the word `{word}`, which looks like `{option}`: if it is for \
                 flagman, write `{option}`"
            ),
            Near::Other => format!(
                "`{name}` takes the word `{word}`, which looks like a signal option: flagman has \
                 only {}",
                signal_options("and")
            ),
        });
    }
    if let Some(policy) = policy_for(&planned.known, word) {
        let is_likely = match policy {
            PolicyName::Retries
            | PolicyName::RetryDelay
            | PolicyName::GiveUp
            | PolicyName::OnFailure => true,
            // Other programs have words like these.
            PolicyName::Timeout | PolicyName::Name => index + 1 == planned.words.len(),
        };
        return is_likely.then(|| {
            format!(
                "`{name}` takes the word `{word}`, which is also a policy: if it is for flagman, write it \
                 before `{name}`"
            )
        });
    }
    let is_ours = match long_option(word)?.choice.usage() {
        _ if !is_repeated(planned, index) => true,
        Usage::Ours => true,
        Usage::SharedValue => {
            let value = usize::from(!word.contains('='));
            index + value + 1 == planned.words.len()
        }
        Usage::SharedFlag => false,
    };
    is_ours.then(|| {
        format!(
            "`{name}` takes the word `{word}`, which is also an option of flagman's: if it is for \
             flagman, write it before `{option}`"
        )
    })
}

/// Whether the word at `index` is one of an argument that repeats.
fn is_repeated(planned: &Planned, index: usize) -> bool {
    let declared = &planned.known.declared;
    let of_it = declared.get(index).or(declared.last());
    of_it.is_some_and(|declared| declared.arity == Arity::Repeated)
}

/// What a word that is almost a signal option may have been meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Near {
    /// This signal option.
    Meant(String),
    /// No signal has this name, or the signal cannot be given actions.
    Other,
}

impl Near {
    fn of(word: &str) -> Option<Self> {
        let typed = word.strip_prefix("--")?;
        let typed = typed.split_once('=').map_or(typed, |(name, _)| name);
        let name = typed.to_ascii_lowercase();
        if let Some(bare) = name.strip_prefix("sig").map(|rest| rest.trim_start_matches(['-', '_']))
        {
            let known = || Signal::parse(&format!("sig{bare}")).map(|_| Self::Other);
            return Self::slip(bare).or_else(|| Self::own(bare)).or_else(known);
        }
        let is_usr = name
            .strip_prefix("usr")
            .is_some_and(|rest| rest.is_empty() || rest.parse::<u8>().is_ok());
        match name.as_str() {
            "on" => Some(Self::Meant("--on".to_owned())),
            shared if SHARED.contains(&shared) => None,
            exact if signal_names().any(|signal| signal == exact) => Self::slip(exact),
            _ if is_usr => Some(Self::Other),
            other => Self::own(other).or_else(|| Self::slip(other)),
        }
    }

    /// The option for one signal that somebody may have wanted to write.
    fn slip(name: &str) -> Option<Self> {
        let signal = signal_names().find(|signal| is_slip(name, signal))?;
        Some(Self::Meant(format!("--{signal}")))
    }

    /// `--on` with the signal of this name.
    fn own(name: &str) -> Option<Self> {
        of_name(name).map(|signal| Self::Meant(format!("--on {}", bare(signal))))
    }
}

/// Whether somebody who wanted to write `signal` may have written `name`: it is the same, has a letter
/// too many, has two in the wrong order, or (after `usr`) a wrong one.
fn is_slip(name: &str, signal: &str) -> bool {
    let count = |word: &str, letter| word.matches(letter).count();
    let same_letters = || name.chars().all(|one: char| count(name, one) == count(signal, one));
    match strsim::osa_distance(name, signal) {
        0 => true,
        1 => {
            name.len() > signal.len()
                || name.len() == signal.len() && (name.starts_with("usr") || same_letters())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Near;

    #[test]
    fn what_is_almost_a_signal_option_is_known_and_usual_options_of_programs_are_not() {
        for (words, near) in [
            (&["--HUP", "--sighup", "--SIG-HUP", "--hupp", "--hpu", "--Hup=x"][..], Some("--hup")),
            (&["--USR1", "--sigusr1", "--usr-1", "--usrl", "--urs1"], Some("--usr1")),
            (&["--term", "--Term", "--sigterm", "--sig-term"], Some("--on TERM")),
            (&["--winch=print x", "--WINCH"], Some("--on WINCH")),
            (&["--rtmin+3", "--sigrtmin+3"], Some("--on RTMIN+3")),
            (&["--sigquit", "--sig_quit"], Some("--on QUIT")),
            (&["--ON", "--On"], Some("--on")),
            (&["--usr3", "--usr", "--sigkill", "--sigchld"], Some("")),
            (
                &[
                    "--user",
                    "--users",
                    "--up",
                    "--hub",
                    "--usb1",
                    "--stop",
                    "--kill",
                    "--quit",
                    "--io",
                    "--prof",
                    "--10",
                    "--once",
                    "--no",
                    "--one",
                    "--terminal",
                    "--signal",
                    "-HUP",
                    "-usr1",
                    "--",
                    "TERM",
                    "--sig",
                    "--sign",
                    "--intro",
                ],
                None,
            ),
        ] {
            for word in words {
                let meant = match Near::of(word) {
                    Some(Near::Meant(option)) => Some(option),
                    Some(Near::Other) => Some(String::new()),
                    None => None,
                };
                assert_eq!(meant.as_deref(), near, "{word}");
            }
        }
    }
}
