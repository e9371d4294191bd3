//! Walks the table of the file by the table of options, and gives each value to what takes the command
//! line's.
//!
//! The library gives keys in the order of the alphabet. Of all mistakes the first one in the file is told,
//! whenever the walk finds it.

use flagman_base::Signal;
use toml::de::DeValue;

use super::keys::{self, ACTION, ON, Part, RUN, SIGNAL};
use super::mistake::Wrong;
use super::syntax::{Key, Table, Value};
use super::value::{self, in_list, wrong_type};
use crate::cli::kind::{Kind, Problem, SettingError};
use crate::cli::options::{Setting, policy};
use crate::cli::{Policies, Settings, signal, split};
use crate::decider::Overlap;

/// What a file says, as far as that can be known without the actions.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) settings: Settings,
    /// In the order of the file.
    pub(super) actions: Vec<Entry>,
}

/// An `[[action]]`.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Where it begins.
    pub(super) at: usize,
    /// Each of them gets an action of its own.
    pub(super) signals: Vec<Signal>,
    /// The words with their places, the name first.
    pub(super) words: Vec<(String, usize)>,
    /// The policies, and where each of them stands.
    pub(super) policies: Policies,
    pub(super) places: Vec<(&'static str, usize)>,
}

/// Reads the whole table.
///
/// # Errors
/// The first mistake in the file.
pub(super) fn walk(table: &Table<'_>) -> Result<Contents, Wrong> {
    let mut walk = Walk::default();
    for (key, value) in table {
        match key.get_ref().as_ref() {
            SIGNAL => walk.signals(value),
            ACTION => walk.actions(key, value),
            _ => {
                let taken = walk.option(key, value);
                walk.note(taken);
            }
        }
    }
    walk.first.map_or(Ok(walk.contents), Err)
}

#[derive(Default)]
struct Walk<'a> {
    contents: Contents,
    /// The signals that have a table, with its name and place.
    named: Vec<(Signal, &'a str, usize)>,
    /// The first mistake.
    first: Option<Wrong>,
}

impl<'a> Walk<'a> {
    fn note(&mut self, result: Result<(), Wrong>) {
        let Err(wrong) = result else { return };
        if self.first.as_ref().is_none_or(|first| wrong.at < first.at) {
            self.first = Some(wrong);
        }
    }

    /// An option for all signals and actions.
    fn option(&mut self, key: &Key<'_>, value: &Value<'_>) -> Result<(), Wrong> {
        let name = key.get_ref().as_ref();
        let Some((setting, row)) = keys::of_top().find(|(_, row)| row.long == name) else {
            return Err(Wrong::new(key.span().start, Part::Top.unknown(name)));
        };
        match (row.kind, value.get_ref()) {
            (Kind::Directory, DeValue::Array(all)) => {
                all.iter().try_for_each(|one| self.set(setting, name, one, row.kind))
            }
            _ => self.set(setting, name, value, row.kind),
        }
    }

    fn set(
        &mut self,
        setting: Setting,
        name: &str,
        value: &Value<'_>,
        kind: Kind,
    ) -> Result<(), Wrong> {
        let word = value::word(name, value, kind)?;
        let at = value.span().start;
        if matches!(kind, Kind::WordOfSignal { .. }) && word.contains('=') {
            let what = format!("`{name}` takes no signal here; write it below `[signal.NAME]`");
            return Err(Wrong::new(at, what));
        }
        let taken = self.contents.settings.set(setting, &word);
        taken.map_err(|error| Wrong::new(at, sentence(&error, name)))
    }

    fn signals(&mut self, value: &'a Value<'_>) {
        let DeValue::Table(table) = value.get_ref() else {
            let example = "{ usr1 = { overlap = \"rerun\" } }, or a line `[signal.usr1]`";
            self.note(Err(wrong_type(SIGNAL, value, "a table", example)));
            return;
        };
        for (key, value) in table {
            self.signal(key, value);
        }
    }

    /// What is said of one signal.
    fn signal(&mut self, key: &'a Key<'_>, value: &Value<'_>) {
        let name = key.get_ref().as_ref();
        let at = key.span().start;
        let of = match signal(name) {
            Ok(of) => of,
            Err(mistake) => return self.note(Err(Wrong::new(at, mistake.to_string()))),
        };
        if let Some(&(_, other, place)) = self.named.iter().find(|(named, ..)| *named == of) {
            let (first, second) = if at < place { (name, other) } else { (other, name) };
            let what = format!(
                "`{second}` is {of}, and so is `{first}`; put all of it below one `[signal.{first}]`"
            );
            return self.note(Err(Wrong::new(at.max(place), what)));
        }
        self.named.push((of, name, at));
        let DeValue::Table(table) = value.get_ref() else {
            if let DeValue::Array(_) = value.get_ref() {
                let what =
                    format!("`{name}` has one bracket on each side; write `[signal.{name}]`");
                return self.note(Err(Wrong::new(at, what)));
            }
            let example = "{ overlap = \"rerun\" }";
            return self.note(Err(wrong_type(name, value, "a table", example)));
        };
        for (key, value) in table {
            let taken = self.option_of(of, key, value);
            self.note(taken);
        }
        let possible = self.quiet_period_is_possible(of, table);
        self.note(possible);
    }

    /// Each arrival of a real-time signal has a run of its own, unless its table has another overlap.
    fn quiet_period_is_possible(&self, of: Signal, table: &Table<'_>) -> Result<(), Wrong> {
        let settings = &self.contents.settings;
        let has_each = match settings.own_overlap(of) {
            Some(overlap) => overlap == Overlap::Each,
            None => of.is_real_time(),
        };
        let is_quiet = settings.own_quiet_period(of).is_some_and(|time| !time.is_zero());
        let name = "quiet-period";
        let key = table.keys().find(|key| key.get_ref() == name);
        match key.filter(|_| has_each && is_quiet) {
            Some(key) => Err(Wrong::new(
                key.span().start,
                format!(
                    "`{name}` is not possible for {of}, each arrival of which has a run of its own; write \
                     overlap = \"rerun\" too, or remove `{name}`"
                ),
            )),
            None => Ok(()),
        }
    }

    /// An option for this signal.
    fn option_of(&mut self, of: Signal, key: &Key<'_>, value: &Value<'_>) -> Result<(), Wrong> {
        let name = key.get_ref().as_ref();
        let Some((setting, row)) = keys::of_signal().find(|(_, row)| row.long == name) else {
            return Err(Wrong::new(key.span().start, Part::Signal.unknown(name)));
        };
        let word = value::word(name, value, row.kind)?;
        let taken = self.contents.settings.set(setting, &format!("{of}={word}"));
        taken.map_err(|error| match error.problem {
            Problem::AsksForShutdown { .. } => Wrong::new(
                key.span().start,
                format!(
                    "`{name}` does not apply to {of}, which shuts flagman down: its actions run once; \
                     remove `{name}`"
                ),
            ),
            _ => Wrong::new(value.span().start, sentence(&error, name)),
        })
    }

    fn actions(&mut self, key: &Key<'_>, value: &Value<'_>) {
        let DeValue::Array(all) = value.get_ref() else {
            let what = match value.get_ref() {
                DeValue::Table(_) => "`[action]` needs two brackets on each side: `[[action]]`",
                _ => "`action` begins an action with its keys; write `[[action]]`",
            };
            return self.note(Err(Wrong::new(key.span().start, what)));
        };
        for value in all {
            self.action(value);
        }
    }

    /// One action.
    fn action(&mut self, value: &Value<'_>) {
        let at = value.span().start;
        let DeValue::Table(table) = value.get_ref() else {
            let what = "an action is a table; write `[[action]]` and its keys below it";
            return self.note(Err(Wrong::new(at, what)));
        };
        let mut entry = Entry { at, ..Entry::default() };
        let mut is_good = true;
        for (key, value) in table {
            let taken = entry.take(key, value);
            is_good &= taken.is_ok();
            self.note(taken);
        }
        // A key that was misspelt is the better hint, though it comes later in the file.
        if is_good {
            self.note(entry.is_complete());
        }
        self.contents.actions.push(entry);
    }
}

impl Entry {
    fn take(&mut self, key: &Key<'_>, value: &Value<'_>) -> Result<(), Wrong> {
        let name = key.get_ref().as_ref();
        match (name, policy(name)) {
            (ON, _) => self.signals = signals_of(value)?,
            (RUN, _) => self.words = words_of(value)?,
            (_, Some(row)) => {
                let word = value::word(name, value, row.kind)?;
                let taken = self.policies.set(row.policy, &word);
                taken.map_err(|error| Wrong::new(value.span().start, sentence(&error, name)))?;
                self.places.push((row.name, key.span().start));
            }
            (_, None) => return Err(Wrong::new(key.span().start, Part::Action.unknown(name))),
        }
        Ok(())
    }

    fn is_complete(&self) -> Result<(), Wrong> {
        let what = if self.signals.is_empty() {
            "this action has no signal; write for example on = \"usr1\""
        } else if self.words.is_empty() {
            "this action has nothing to do; write for example run = [\"exec\", \"true\"]"
        } else {
            return Ok(());
        };
        Err(Wrong::new(self.at, what))
    }
}

/// The signals of `on`.
fn signals_of(value: &Value<'_>) -> Result<Vec<Signal>, Wrong> {
    let names = value::texts(ON, value)?;
    if names.is_empty() {
        let what = "`on` names no signal; write for example on = [\"hup\", \"usr1\"]";
        return Err(Wrong::new(value.span().start, what));
    }
    let mut signals = Vec::new();
    for (name, at) in names {
        let of = signal(&name).map_err(|mistake| Wrong::new(at, mistake.to_string()))?;
        if signals.contains(&of) {
            let what = format!(
                "`{name}` is {of}, which `on` names already; for two actions, write `[[action]]` twice"
            );
            return Err(Wrong::new(at, what));
        }
        signals.push(of);
    }
    Ok(signals)
}

/// The words of `run`.
fn words_of(value: &Value<'_>) -> Result<Vec<(String, usize)>, Wrong> {
    let DeValue::Array(all) = value.get_ref() else {
        let line = value.get_ref().as_str().and_then(split).filter(|words| !words.is_empty());
        let words = line.unwrap_or_else(|| ["exec", "true"].map(str::to_owned).into());
        let needs = "a list of words, the action's name first";
        return Err(wrong_type(RUN, value, needs, &in_list(&words)));
    };
    if all.is_empty() {
        let what = "`run` needs an action's name; write for example run = [\"exec\", \"true\"]";
        return Err(Wrong::new(value.span().start, what));
    }
    value::texts(RUN, value)
}

/// The mistake of a value, in the words of a file.
fn sentence(error: &SettingError, name: &str) -> String {
    match &error.problem {
        Problem::EachForAll => format!(
            "`{name}` = \"each\" is for one real-time signal, below a line as `[signal.rtmin]`; write \
             \"ignore\" or \"rerun\" for all"
        ),
        Problem::ZeroNotNone => {
            format!("`{name}` = 0 would leave a run no time; for no limit, write {name} = \"none\"")
        }
        Problem::ZeroLimit => {
            format!("`{name}` = 0 would leave a run no time; for no limit, remove `{name}`")
        }
        Problem::Wrong { .. }
        | Problem::Signal(_)
        | Problem::EachNeedsQueue { .. }
        | Problem::AsksForShutdown { .. } => error.sentence(name),
    }
}
