//! Which words are an action's, and what a word that is nobody's may have been meant for.

use flagman_base::{Arity, Declared, Kind};

use super::Planned;
use super::mistake::{ActionMistake, Hint};
use super::options::{is_option, is_signal_option};
use super::quoting::{self, split};
use crate::discovery::{Catalog, Looked};
use crate::registry::Known;

/// An action whose words are being read.
pub(super) struct Position<'a> {
    option: &'a str,
    known: Known,
    words: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Position<'a> {
    /// Begins after the action's name.
    ///
    /// # Errors
    /// The name is empty or unknown.
    pub(super) fn new(
        catalog: &Catalog<'_>,
        option: &'a str,
        name: &str,
    ) -> Result<Self, ActionMistake> {
        if name.is_empty() {
            return Err(ActionMistake::EmptyAction { option: option.to_owned() });
        }
        let (option_owned, name_owned) = (option.to_owned(), name.to_owned());
        match catalog.look_up(name) {
            Looked::Up(known, warnings) => {
                Ok(Self { option, known: *known, words: Vec::new(), warnings })
            }
            Looked::Unusable(why) => {
                Err(ActionMistake::Unusable { option: option_owned, name: name_owned, why })
            }
            Looked::Unknown => Err(unknown(catalog, option, name)),
        }
    }

    /// What is to be warned of.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether `word` is the action's: as many as it declares; an optional one unless it is an
    /// option of flagman's; and if the last one repeats, any that do not end an action's words.
    pub(super) fn takes(&self, word: &str) -> bool {
        if word == ";" || is_signal_option(word) {
            return false;
        }
        let declared = &self.known.declared;
        let arity = declared.get(self.words.len()).or(declared.last()).map(|last| last.arity);
        match arity {
            Some(Arity::Repeated) => true,
            Some(Arity::Required) => self.words.len() < declared.len(),
            Some(Arity::Optional) => {
                self.words.len() < declared.len() && !is_option(word) && word != "--"
            }
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
            Ok(()) => Ok(Planned { known: self.known, words: self.words }),
            Err(why) => Err(ActionMistake::Refused {
                option: self.option.to_owned(),
                action: self.known.name.to_string(),
                why,
            }),
        }
    }

    /// How the action would be written with `next` as its next word, and with placeholders for what
    /// is still missing.
    fn form_with(&self, next: Option<&str>) -> String {
        let mut words = vec![self.known.name.to_string()];
        words.extend(self.words.iter().cloned());
        words.extend(next.map(str::to_owned));
        let given = words.len() - 1;
        let placeholders = self.known.declared[given..]
            .iter()
            .filter(|declared| declared.arity == Arity::Required)
            .map(|declared| declared.name.to_ascii_uppercase());
        words.extend(placeholders);
        match next {
            Some(_) => one_word(self.option, &words),
            None => format!("{} {}", self.option, quoting::for_shell(&words)),
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
    let mut words = words.into_iter();
    let name = words.next().unwrap_or_default();
    let mut position = Position::new(catalog, option, &name)?;
    warnings.extend_from_slice(position.warnings());
    position.words = words.collect();
    let declared = &position.known.declared;
    let any_number = declared.last().is_some_and(|last| last.arity == Arity::Repeated);
    if position.words.len() > declared.len() && !any_number {
        let rest = position.words.split_off(declared.len());
        return Err(left_over(option, &position.checked()?, &rest));
    }
    position.complete(next.filter(|next| next != ";" && !next.starts_with('-')))
}

/// What to say of `words` that follow a complete action.
pub(super) fn left_over(option: &str, planned: &Planned, words: &[String]) -> ActionMistake {
    let Planned { known, words: taken } = planned;
    let (name, last) = (known.name.to_string(), known.declared.last());
    let mut all = vec![name.clone()];
    let (why, joins) = match last {
        Some(Declared { arity: Arity::Repeated, .. }) => {
            all.extend(taken.iter().chain(words).cloned());
            (format!("all words of `{name}` stand in its one word"), true)
        }
        Some(Declared { kind: Kind::Str, .. }) => {
            let (last, before) = taken
                .split_last()
                .map_or((&[][..], &[][..]), |(last, rest)| (std::slice::from_ref(last), rest));
            all.extend_from_slice(before);
            all.push([last, words].concat().join(" "));
            (takes(known), true)
        }
        Some(_) | None => (takes(known), false),
    };
    let form = joins.then(|| one_word(option, &all));
    ActionMistake::LeftOver { word: words.first().cloned().unwrap_or_default(), why, form }
}

fn takes(known: &Known) -> String {
    let (count, plural) = match known.declared.len() {
        0 => ("no".to_owned(), "s"),
        1 => ("1".to_owned(), ""),
        more => (more.to_string(), "s"),
    };
    format!("`{}` takes {count} word{plural}", known.name)
}

fn unknown(catalog: &Catalog<'_>, option: &str, name: &str) -> ActionMistake {
    let names = catalog.names();
    let first =
        split(name).filter(|words| words.len() > 1).and_then(|words| words.into_iter().next());
    let hint = match first.filter(|first| names.contains(first)) {
        Some(_) => Hint::OneWord(format!("{option}={}", quoting::in_one_for_shell(name))),
        None => nearest(name, names.iter().map(String::as_str))
            .map_or(Hint::None, |name| Hint::Nearest(name.to_owned())),
    };
    ActionMistake::UnknownAction { option: option.to_owned(), name: name.to_owned(), hint }
}

/// The one of `names` that `word` was probably meant for, if one comes near; the first of several.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

fn one_word(option: &str, words: &[String]) -> String {
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
