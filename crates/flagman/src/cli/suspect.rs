//! Warns of words that an action took although they look as if they were meant for flagman.
//!
//! Which words an action takes is decided elsewhere (`action.rs`), and nothing here changes it. Two
//! kinds of words are likely a mistake: long options of flagman's, and words that are almost a signal
//! option. Short options, and in the words of a command also names such as `--quiet`, belong to many
//! programs and cause no warning. Nor does the one-word form, which says exactly which words are the action's.

use flagman_base::Arity;

use super::Planned;
use super::action::one_word;
use super::mistake::cut;
use super::options::{Usage, long_option, signal_names, signal_options};

/// Names of signals that flagman has no option for, which are hardly ever options of programs.
const OTHER_SIGNALS: [&str; 6] = ["term", "int", "alrm", "winch", "usr", "on"];

/// Names of signals after `SIG`.
const SIGNALS: [&str; 19] = [
    "abrt", "alrm", "chld", "cont", "int", "io", "kill", "pipe", "poll", "prof", "pwr", "quit",
    "stop", "term", "tstp", "ttin", "ttou", "urg", "winch",
];

/// What to warn of in the words of `planned`, each of which was a word of the command line.
pub(super) fn warning(option: &str, planned: &Planned) -> Option<String> {
    let words = &planned.words;
    let why = (0..words.len()).find_map(|index| why(option, planned, index))?;
    let name = planned.known.name.to_string();
    let form = one_word(option, &[&[name], words.as_slice()].concat());
    Some(cut(format!("{why}; if it is a word of `{}`, write {form}", planned.known.name)))
}

/// What is suspicious about the word at `index`.
fn why(option: &str, planned: &Planned, index: usize) -> Option<String> {
    let (word, name) = (&planned.words[index], &planned.known.name);
    if let Some(near) = Near::of(word) {
        return Some(match near {
            Near::Meant(signal) => format!(
                "`{name}` takes the word `{word}`, which looks like `--{signal}`: if it is for \
                 flagman, write `--{signal}`"
            ),
            Near::Other => format!(
                "`{name}` takes the word `{word}`, which looks like a signal option: flagman has \
                 only {}",
                signal_options("and")
            ),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Near {
    /// The signal option of this name.
    Meant(&'static str),
    /// A signal that flagman has no option for.
    Other,
}

impl Near {
    fn of(word: &str) -> Option<Self> {
        let name = word.strip_prefix("--")?;
        let name = name.split_once('=').map_or(name, |(name, _)| name).to_ascii_lowercase();
        let bare = name.strip_prefix("sig").map(|rest| rest.trim_start_matches(['-', '_']));
        let has_number =
            |name: &str| name.strip_prefix("usr").is_some_and(|rest| rest.parse::<u8>().is_ok());
        let near = |name: &str| signal_names().find(|signal| is_slip(name, signal));
        match bare {
            Some(bare) => {
                near(bare).map(Self::Meant).or(SIGNALS.contains(&bare).then_some(Self::Other))
            }
            None if signal_names().any(|signal| signal == name) => near(&name).map(Self::Meant),
            None if OTHER_SIGNALS.contains(&name.as_str()) || has_number(&name) => {
                Some(Self::Other)
            }
            None => near(&name).map(Self::Meant),
        }
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
            (
                &["--HUP", "--sighup", "--SIG-HUP", "--hupp", "--hpu", "--Hup=x"][..],
                Some(Near::Meant("hup")),
            ),
            (&["--USR1", "--sigusr1", "--usr-1", "--usrl", "--urs1"], Some(Near::Meant("usr1"))),
            (
                &["--term", "--int", "--usr3", "--usr", "--on", "--sigkill", "--sigterm"],
                Some(Near::Other),
            ),
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
                assert_eq!(Near::of(word), near, "{word}");
            }
        }
    }
}
