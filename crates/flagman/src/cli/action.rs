//! Decides which words belong to an action, and suggests what to write where a word has no place.

use std::path::Path;

use flagman_base::process::find_in_path;
use flagman_base::{Arity, Declared, Kind};

use super::mistake::{ActionMistake, Hint, Meant, Swallowed};
use super::options::{Spelling, ends_action, is_option, is_signal_option, long_option};
use super::policies::{PolicyMistake, parts, policy_for};
use super::quoting::{self, split};
use super::usage::Usage;
use super::{Planned, Policies};
use crate::discovery::{Catalog, Looked};
use crate::registry::Known;

/// How an action was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// As words of the command line.
    Apart,
    /// All in one word.
    InOne,
}

/// An action whose words are being read.
pub(super) struct Position<'a> {
    option: &'a str,
    typed: Typed,
    policies: Policies,
    known: Known,
    words: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Position<'a> {
    /// Begins after the action's name. `rest` is what follows it, only to say what to write instead.
    ///
    /// # Errors
    /// The name is empty or unknown, or the action cannot have these policies.
    pub(super) fn new(
        catalog: &Catalog<'_>,
        (option, typed): (&'a str, Typed),
        policies: Policies,
        name: &str,
        rest: &[String],
    ) -> Result<Self, ActionMistake> {
        if name.is_empty() {
            return Err(ActionMistake::EmptyAction { option: option.to_owned() });
        }
        let (option_owned, name_owned) = (option.to_owned(), name.to_owned());
        match catalog.look_up(name) {
            Looked::Up(known, warnings) => {
                policies.fit(&known).map_err(|word| PolicyMistake::InProcess {
                    option: option_owned,
                    action: name_owned,
                    word,
                })?;
                Ok(Self { option, typed, policies, known: *known, words: Vec::new(), warnings })
            }
            Looked::Unusable(why) => {
                Err(ActionMistake::Unusable { option: option_owned, name: name_owned, why })
            }
            Looked::Unknown => Err(ActionMistake::UnknownAction {
                hint: hint(catalog, (option, typed), &policies, name, rest),
                option: option_owned,
                name: name_owned,
            }),
        }
    }

    /// What to warn of.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether `word` is the action's: as many as it declares; an optional one unless it is an
    /// option of flagman's; and if the last one repeats, any that do not end an action's words.
    pub(super) fn takes(&self, word: &str) -> bool {
        if ends_action(word) {
            return false;
        }
        let declared = &self.known.declared;
        let arity = declared.get(self.words.len()).or(declared.last()).map(|last| last.arity);
        match arity {
            Some(Arity::Repeated) => true,
            Some(Arity::Required) => self.words.len() < declared.len(),
            Some(Arity::Optional) => self.words.len() < declared.len() && !is_option(word),
            None => false,
        }
    }

    pub(super) fn take(&mut self, word: String) {
        self.words.push(word);
    }

    /// The action with its words; `next` is the word that was not taken.
    ///
    /// # Errors
    /// A word is missing or is not what the action takes.
    pub(super) fn complete(self, next: Option<String>) -> Result<Planned, ActionMistake> {
        let missing = self.known.declared.get(self.words.len());
        if let Some(missing) = missing.filter(|declared| declared.arity == Arity::Required) {
            return Err(ActionMistake::TooFew {
                action: self.known.name.to_string(),
                missing: missing.clone(),
                form: self.form_with(next.as_deref()),
                instead: next,
            });
        }
        self.checked()
    }

    fn checked(self) -> Result<Planned, ActionMistake> {
        match self.known.check(&self.words) {
            Ok(()) => Ok(Planned { known: self.known, words: self.words, policies: self.policies }),
            Err(why) => Err(ActionMistake::Refused {
                option: self.option.to_owned(),
                action: self.known.name.to_string(),
                meant_for_us: self.meant_for_us(&why),
                why,
            }),
        }
    }

    /// The word that was refused, if it is an option of flagman's or a policy, and what it should stand
    /// before.
    fn meant_for_us(&self, why: &str) -> Option<Box<Meant>> {
        let is_named = |word: &&String| {
            (is_option(word) || policy_for(&self.known, word).is_some())
                && why.contains(&format!("`{word}`"))
        };
        let word = self.words.iter().find(is_named).filter(|_| self.typed == Typed::Apart)?;
        let before = if is_option(word) { self.option } else { &*self.known.name };
        Some(Box::new(Meant { word: word.clone(), before: before.to_owned() }))
    }

    /// How the action would be written with `next` as its next word, and with placeholders for what
    /// is still missing.
    fn form_with(&self, next: Option<&str>) -> String {
        let mut words = self.policies.words();
        words.push(self.known.name.to_string());
        words.extend(self.words.iter().cloned());
        words.extend(next.map(str::to_owned));
        let given = self.words.len() + usize::from(next.is_some());
        words.extend(placeholders(&self.known, given));
        if next.is_some() || self.words.iter().any(|word| ends_action(word)) {
            one_word(self.option, &words)
        } else {
            format!("{} {}", self.option, quoting::for_shell(&words))
        }
    }
}

/// Reads the one-word form, whose words are all the action's. `next` is the word after it.
///
/// # Errors
/// As a command line's own words, and a quote that is not closed.
pub(super) fn in_one_word(
    catalog: &Catalog<'_>,
    option: &str,
    word: &str,
    next: Option<String>,
    warnings: &mut Vec<String>,
) -> Result<Planned, ActionMistake> {
    let (typed, option_owned) = (word.to_owned(), option.to_owned());
    let Some(words) = split(word) else {
        return Err(ActionMistake::UnclosedQuote { option: option_owned, word: typed });
    };
    let (policies, count) = Policies::leading(option, &words)?;
    let (policy_words, words) = words.split_at(count);
    if count > 0 && words.is_empty() {
        let (option, policies) = (option_owned, policy_words.to_vec());
        return Err(PolicyMistake::NoAction { option, policies, instead: next }.into());
    }
    let next = next.filter(|next| next != ";" && !next.starts_with('-'));
    of_words(catalog, option, policies, words, next, warnings)
}

/// An action of which all words are given: its name and its arguments. `option` and `next`, the word that
/// follows, are what messages name.
///
/// # Errors
/// As a command line's own words.
pub(crate) fn of_words(
    catalog: &Catalog<'_>,
    option: &str,
    policies: Policies,
    words: &[String],
    next: Option<String>,
    warnings: &mut Vec<String>,
) -> Result<Planned, ActionMistake> {
    let (name, words) = words.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let mut position = Position::new(catalog, (option, Typed::InOne), policies, name, words)?;
    warnings.extend_from_slice(position.warnings());
    position.words = words.to_vec();
    let declared = &position.known.declared;
    let any_number = declared.last().is_some_and(|last| last.arity == Arity::Repeated);
    if position.words.len() > declared.len() && !any_number {
        let rest = position.words.split_off(declared.len());
        return Err(left_over(option, &position.checked()?, &rest));
    }
    position.complete(next)
}

/// The mistake of `words` that follow a complete action.
pub(super) fn left_over(option: &str, planned: &Planned, words: &[String]) -> ActionMistake {
    let Planned { known, words: taken, .. } = planned;
    let (name, last) = (known.name.to_string(), known.declared.last());
    let mut all = [planned.policies.words(), vec![name.clone()]].concat();
    let (why, joins) = match last {
        Some(Declared { arity: Arity::Repeated, .. }) => {
            all.extend(taken.iter().chain(words).cloned());
            (format!("in the one-word form, all words of `{name}` are in that word"), true)
        }
        Some(Declared { kind: Kind::Str, .. }) => {
            all.extend(joined(&[taken, words].concat(), taken.len()));
            (format!("{}; a text with spaces needs quotes", takes(known)), true)
        }
        Some(_) | None => (takes(known), false),
    };
    let form = joins.then(|| one_word(option, &all));
    ActionMistake::LeftOver { word: words.first().cloned().unwrap_or_default(), why, form }
}

/// How an action takes a `--` and the `words` after it, if it takes any number of words.
pub(super) fn with_dashes(option: &str, planned: &Planned, words: &[String]) -> Option<String> {
    let last = planned.known.declared.last()?;
    let all = [&planned.all_words(), &["--".to_owned()][..], words].concat();
    (last.arity == Arity::Repeated).then(|| one_word(option, &all))
}

/// As [`left_over`], of an action whose words were words of the command line: the last of them may
/// have been an option of flagman's.
pub(super) fn left_over_apart(option: &str, planned: &Planned, words: &[String]) -> ActionMistake {
    let Planned { known, words: taken, .. } = planned;
    let (Some((last, before)), Some(declared)) = (taken.split_last(), known.declared.last()) else {
        return left_over(option, planned, words);
    };
    let is_policy = policy_for(known, last).is_some();
    if declared.arity == Arity::Repeated || !is_option(last) && !is_policy {
        return left_over(option, planned, words);
    }
    let has_value = long_option(last).is_some_and(Spelling::has_value);
    let values = usize::from(has_value && !last.contains('='));
    let (value, rest) = words.split_at(values.min(words.len()));
    let rest = [before, rest].concat();
    let form = (rest.len() <= known.declared.len() || declared.kind == Kind::Str).then(|| {
        let ours = [std::slice::from_ref(last), value].concat();
        let mut all = vec![known.name.to_string()];
        all.extend(joined(&rest, known.declared.len()));
        all.extend(placeholders(known, rest.len()));
        let policies = planned.policies.words();
        if is_policy {
            format!("{option} {}", quoting::for_shell(&[policies, ours, all].concat()))
        } else {
            let all = [policies, all].concat();
            format!("{} {option} {}", quoting::for_shell(&ours), quoting::for_shell(&all))
        }
    });
    ActionMistake::Swallowed(Box::new(Swallowed {
        option: option.to_owned(),
        word: words.first().cloned().unwrap_or_default(),
        action: known.name.to_string(),
        argument: declared.name.to_string(),
        taken: last.clone(),
        is_policy,
        form: form.filter(|_| !(is_policy && has_policy(planned, last))),
    }))
}

/// Whether the policy that `word` is was given before the action's name too.
fn has_policy(planned: &Planned, word: &str) -> bool {
    let name = parts(word).map(|(name, _)| name);
    planned.policies.pairs().any(|(given, _)| Some(given) == name)
}

/// At most `count` of `words`: the last one holds all that remain.
fn joined(words: &[String], count: usize) -> Vec<String> {
    let (first, rest) = words.split_at(words.len().min(count.saturating_sub(1)));
    let mut all = first.to_vec();
    if !rest.is_empty() {
        all.push(rest.join(" "));
    }
    all
}

/// What stands for each argument that is required after the first `given` ones.
fn placeholders(known: &Known, given: usize) -> impl Iterator<Item = String> {
    let missing = known.declared.iter().skip(given);
    let required = missing.filter(|declared| declared.arity == Arity::Required);
    required.map(|declared| declared.name.to_ascii_uppercase())
}

fn takes(known: &Known) -> String {
    let (count, plural) = match known.declared.len() {
        0 => ("no".to_owned(), "s"),
        1 => ("1".to_owned(), ""),
        more => (more.to_string(), "s"),
    };
    format!("`{}` takes {count} word{plural}", known.name)
}

/// What to suggest for `name`, which is no action's.
fn hint(
    catalog: &Catalog<'_>,
    (option, typed): (&str, Typed),
    policies: &Policies,
    name: &str,
    rest: &[String],
) -> Hint {
    let policies = policies.words();
    let names = catalog.names();
    let in_one = split(name).filter(|words| words.len() > 1);
    match in_one.as_deref().and_then(<[_]>::split_first) {
        Some((first, _)) if names.contains(first) => {
            let words = in_one.as_deref().unwrap_or_default();
            Hint::OneWord(if policies.is_empty() {
                format!("{option}={}", quoting::in_one_for_shell(name))
            } else {
                one_word(option, &[&policies, words].concat())
            })
        }
        Some((first, words)) if is_program(first) => {
            run((option, Typed::InOne), policies, first, words)
        }
        Some(_) | None if is_program(name) => run((option, typed), policies, name, rest),
        Some(_) | None => match nearest(name, names.iter().map(String::as_str)) {
            Some(name) => Hint::Nearest(name.to_owned()),
            None => {
                catalog.unsearchable().into_iter().next().map_or(Hint::None, Hint::Unsearchable)
            }
        },
    }
}

/// Whether `name` is a program, or a file that somebody wants to run.
fn is_program(name: &str) -> bool {
    find_in_path(name).is_ok() || name.contains('/') && Path::new(name).is_file()
}

/// How `exec` runs the program, with those of `words` that belong to it.
fn run(
    (option, typed): (&str, Typed),
    policies: Vec<String>,
    program: &str,
    words: &[String],
) -> Hint {
    let exec = [policies, ["exec", program].map(str::to_owned).to_vec()].concat();
    let form = match typed {
        Typed::InOne => one_word(option, &[exec.as_slice(), words].concat()),
        Typed::Apart => {
            let ends = |word: &String| ends_action(word) || is_ours(word);
            let end = words.iter().position(ends).unwrap_or(words.len());
            // Without it `exec` would take the option.
            let semicolon = words.get(end).filter(|word| is_ours(word) && !is_signal_option(word));
            let semicolon = semicolon.map(|_| ";".to_owned());
            let all = exec.iter().chain(&words[..end]).cloned().chain(semicolon);
            format!("{option} {}", quoting::for_shell(&all.collect::<Vec<_>>()))
        }
    };
    Hint::Program { program: program.to_owned(), form }
}

/// Whether `word` is an option of flagman's that hardly any program has.
fn is_ours(word: &str) -> bool {
    long_option(word).is_some_and(|spelling| spelling.choice.usage() == Usage::Ours)
}

/// The one of `names` that `word` was probably meant for, if one comes near; the first of several.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let mut best = (0.75, None);
    for name in names {
        let likeness = strsim::jaro_winkler(&word, name);
        if likeness > best.0 {
            best = (likeness, Some(name));
        }
    }
    best.1
}

/// The option with an action in one word, whose first word is its name.
pub(super) fn one_word(option: &str, words: &[String]) -> String {
    format!("{option}={}", quoting::in_one_for_shell(&quoting::join(words)))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found_only_when_one_comes_near() {
        let names = ["print", "print_once", "delay_print"];
        assert_eq!(nearest("prnt", names), Some("print"));
        assert_eq!(nearest("print-once", names), Some("print_once"));
        assert_eq!(nearest("PRINT", names), Some("print"));
        assert_eq!(nearest("exec", names), None);
    }
}
