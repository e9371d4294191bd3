//! Makes the words of `run` actions, and puts the mistakes of an action's words into the words of a file.

use flagman_base::{Arity, Declared};

use super::keys::RUN;
use super::mistake::Wrong;
use super::value::{in_list, in_quotes};
use super::walk::Entry;
use crate::cli::options::policy;
use crate::cli::{ActionMistake, Hint, Planned, PolicyMistake, of_words, split};
use crate::discovery::{Catalog, Looked};

impl Entry {
    /// The action. It is checked as one in one word of the command line is: all words are the action's.
    ///
    /// # Errors
    /// The words are not what it takes, or a policy is not possible for it.
    pub(super) fn planned(
        &self,
        catalog: &Catalog<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Planned, Wrong> {
        let words: Vec<String> = self.words.iter().map(|(word, _)| word.clone()).collect();
        let planned = of_words(catalog, RUN, self.policies.clone(), &words, None, warnings);
        planned.map_err(|mistake| self.wrong(&words, &mistake, catalog))
    }

    fn wrong(&self, words: &[String], mistake: &ActionMistake, catalog: &Catalog<'_>) -> Wrong {
        if let ActionMistake::Policy(PolicyMistake::InProcess { action, word, .. }) = mistake {
            return self.impossible(word, action);
        }
        let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
        let declared = match catalog.look_up(name) {
            Looked::Up(known, _) => known.declared,
            Looked::Unusable(_) | Looked::Unknown => Vec::new(),
        };
        let (index, what) = match mistake {
            ActionMistake::NoAction { .. } | ActionMistake::EmptyAction { .. } => {
                (0, "`run` needs an action's name, not an empty word".to_owned())
            }
            ActionMistake::UnknownAction { name, hint, .. } => {
                let key = policy_as_key(name);
                (
                    0,
                    key.unwrap_or_else(|| {
                        format!("unknown action `{name}`{}", suggestion(hint, name, rest))
                    }),
                )
            }
            ActionMistake::Unusable { name, why, .. } => (0, format!("`{name}`: {why}")),
            ActionMistake::TooFew { action, missing, .. } => {
                let form = in_list(&with_placeholders(words, &declared));
                (
                    rest.len(),
                    format!("`{action}` needs its argument `{missing}`; write run = {form}"),
                )
            }
            ActionMistake::Refused { action, why, .. } => {
                let refused = rest.iter().position(|word| why.contains(&format!("`{word}`")));
                (refused.map_or(0, |index| index + 1), format!("`{action}`: {why}"))
            }
            ActionMistake::LeftOver { word, why, form } => {
                let joined = form.as_ref().map(|_| in_list(&joined(words, declared.len())));
                let instead = joined.map_or_else(
                    || format!("remove `{word}`"),
                    |joined| format!("write run = {joined}"),
                );
                (declared.len() + 1, format!("unexpected word `{word}`: {why}; {instead}"))
            }
            ActionMistake::UnclosedQuote { .. }
            | ActionMistake::Swallowed(_)
            | ActionMistake::Policy(_) => (0, mistake.to_string()),
        };
        let place = self.words.get(index).or(self.words.first());
        Wrong::new(place.map_or(self.at, |(_, at)| *at), what)
    }

    /// The mistake of a policy, as `timeout=30`, that is not possible for the action.
    fn impossible(&self, policy: &str, action: &str) -> Wrong {
        let name = policy.split_once('=').map_or(policy, |(name, _)| name);
        let place = self.places.iter().find(|(of, _)| *of == name);
        let what = format!(
            "`{action}` cannot have `{name}`: it runs inside flagman, where nothing can stop it; remove `{name}`"
        );
        Wrong::new(place.map_or(self.at, |(_, at)| *at), what)
    }
}

/// What to write instead of a policy before the action's name, as the command line has it.
fn policy_as_key(word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let row = policy(name)?;
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = if is_number { value.to_owned() } else { in_quotes(value) };
    Some(format!(
        "`{word}` is a policy and not an action; write {} = {value} in a line of its own",
        row.name
    ))
}

/// What to write instead of the unknown action `name` with the words `rest`.
fn suggestion(hint: &Hint, name: &str, rest: &[String]) -> String {
    let words = [&split(name).unwrap_or_else(|| vec![name.to_owned()]), rest].concat();
    match hint {
        Hint::OneWord(_) => {
            format!("; to give each word quotes of its own, write run = {}", in_list(&words))
        }
        Hint::Program { program, .. } => {
            let exec = [&["exec".to_owned()], words.as_slice()].concat();
            format!("; to run the program `{program}`, write run = {}", in_list(&exec))
        }
        Hint::Nearest(_) | Hint::Unsearchable(_) | Hint::None => hint.to_string(),
    }
}

/// The words, with the name of each argument that is missing.
fn with_placeholders(words: &[String], declared: &[Declared]) -> Vec<String> {
    let missing = declared.iter().skip(words.len().saturating_sub(1));
    let required = missing.filter(|declared| declared.arity == Arity::Required);
    let names = required.map(|declared| declared.name.to_ascii_uppercase());
    words.iter().cloned().chain(names).collect()
}

/// The name and at most `count` words: the last one holds all that remain.
fn joined(words: &[String], count: usize) -> Vec<String> {
    let (kept, rest) = words.split_at(words.len().min(count));
    let rest = (!rest.is_empty()).then(|| rest.join(" "));
    kept.iter().cloned().chain(rest).collect()
}
