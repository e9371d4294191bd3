//! The policies of one action: the words NAME=VALUE before its name, or keys of a file.

use std::fmt;
use std::time::Duration;

use flagman_base::Seconds;

use super::kind::{self, Kind, Problem, SettingError};
use super::options::{
    self, GIVE_UP, LONGEST_LABEL, MOST_RETRIES, POLICIES, PolicyName, PolicyRow, RETRY_DELAY,
    TIMEOUT,
};
use super::quoting::{for_shell, in_one_for_shell, split};
use crate::decider::{OnFailure, Policy};
use crate::registry::{Known, Source};

/// The policies of one action, as far as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    /// What it is called in lines, status and metrics.
    pub(crate) name: Option<String>,
    /// How long one run of it may take, instead of `--timeout`.
    pub(crate) timeout: Option<Limit>,
    /// What becomes of a failed run.
    pub(crate) on_failed_run: Policy,
}

/// A limit on the time of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// `timeout=none`: it may take any time.
    Unlimited,
    /// It may take this long.
    Of(Duration),
}

const FAILURES: [(&str, OnFailure); 3] =
    [("continue", OnFailure::Continue), ("stop", OnFailure::Stop), ("exit", OnFailure::Exit)];

impl Policies {
    /// Takes the value of a policy as text.
    ///
    /// # Errors
    /// The policy does not take that value.
    pub(crate) fn set(&mut self, policy: PolicyName, value: &str) -> Result<(), SettingError> {
        let wrong = || SettingError::wrong(value, policy.kind().should_be());
        let run = &mut self.on_failed_run;
        match policy {
            PolicyName::Timeout => self.timeout = Some(limit(value, policy.kind())?),
            PolicyName::Retries => {
                run.retries = kind::number(value, MOST_RETRIES).ok_or_else(wrong)?;
            }
            PolicyName::RetryDelay => run.retry_delay = kind::seconds(value, RETRY_DELAY)?,
            PolicyName::GiveUp => run.give_up = kind::seconds(value, GIVE_UP)?,
            PolicyName::OnFailure => {
                run.on_failure = kind::word_of(value, &FAILURES).ok_or_else(wrong)?;
            }
            PolicyName::Name => self.name = Some(label(value).ok_or_else(wrong)?),
        }
        Ok(())
    }

    /// The value of a policy as it would be typed, if it is not the default.
    fn value(&self, policy: PolicyName) -> Option<String> {
        let (run, usual) = (&self.on_failed_run, Policy::default());
        let seconds = |time, usual| (time != usual).then(|| Seconds(time).to_string());
        match policy {
            PolicyName::Timeout => self.timeout.map(|limit| match limit {
                Limit::Unlimited => "none".to_owned(),
                Limit::Of(time) => Seconds(time).to_string(),
            }),
            PolicyName::Retries => (run.retries != usual.retries).then(|| run.retries.to_string()),
            PolicyName::RetryDelay => seconds(run.retry_delay, usual.retry_delay),
            PolicyName::GiveUp => seconds(run.give_up, usual.give_up),
            PolicyName::OnFailure => {
                let word = FAILURES.iter().find(|(_, failure)| *failure == run.on_failure);
                word.filter(|_| run.on_failure != usual.on_failure)
                    .map(|(word, _)| (*word).to_owned())
            }
            PolicyName::Name => self.name.clone(),
        }
    }

    /// The name and the value of each policy that is not the default.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        POLICIES.iter().filter_map(|row| self.value(row.policy).map(|value| (row.name, value)))
    }

    /// Those that are not the default as words: `retries=3`.
    pub(crate) fn words(&self) -> Vec<String> {
        self.pairs().map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Those that `words` begin with, and how many words they are.
    ///
    /// # Errors
    /// One is unknown, is given twice, or does not take its value.
    pub(super) fn leading(option: &str, words: &[String]) -> Result<(Self, usize), PolicyMistake> {
        let mut policies = Self::default();
        let mut given: Vec<&str> = Vec::new();
        for (word, (name, value)) in words.iter().map_while(|word| Some((word, parts(word)?))) {
            let option = || option.to_owned();
            let Some(row) = options::policy(name) else {
                let nearest = nearest(name);
                return Err(PolicyMistake::Unknown {
                    option: option(),
                    word: word.clone(),
                    nearest,
                });
            };
            if given.contains(&name) {
                return Err(PolicyMistake::Twice { option: option(), name: row.name });
            }
            policies.set(row.policy, value).map_err(|error| {
                let form = in_one_word(&option(), word).filter(|_| row.policy != PolicyName::Name);
                let error = Box::new(error);
                PolicyMistake::Wrong { option: option(), name: row.name, error, form }
            })?;
            given.push(name);
        }
        Ok((policies, given.len()))
    }

    /// Whether they are possible for an action of this kind.
    ///
    /// # Errors
    /// The word of the policy that is not.
    pub(crate) fn fit(&self, known: &Known) -> Result<(), String> {
        match (&known.source, self.value(PolicyName::Timeout)) {
            (Source::InProcess { .. } | Source::Reload, Some(timeout)) => {
                Err(format!("timeout={timeout}"))
            }
            (Source::InProcess { .. } | Source::Reload | Source::Exec | Source::Program(_), _) => {
                Ok(())
            }
        }
    }

    /// A policy that has no effect, because nothing is tried again.
    pub(super) fn idle(&self) -> Option<String> {
        let (run, usual) = (&self.on_failed_run, Policy::default());
        let idle = match (run.retries, run.retry_delay != usual.retry_delay) {
            (1.., _) => None,
            (0, true) => Some(PolicyName::RetryDelay),
            (0, false) => Some(PolicyName::GiveUp),
        };
        let idle = idle.filter(|idle| self.value(*idle).is_some())?;
        let row = idle.row()?;
        Some(format!("{}={}", row.name, self.value(idle)?))
    }
}

/// The name and the value of a word that can only be a policy: an action's name holds no `=`.
pub(super) fn parts(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let can_be_name = !name.starts_with('-') && !name.contains(char::is_whitespace);
    can_be_name.then_some((name, value))
}

/// The policy that `word` is, with a value that it takes.
pub(super) fn policy_of(word: &str) -> Option<PolicyName> {
    let (name, value) = parts(word)?;
    let row = options::policy(name)?;
    Policies::default().set(row.policy, value).ok().map(|()| row.policy)
}

/// As [`policy_of`], if an action of this kind can have it.
pub(super) fn policy_for(known: &Known, word: &str) -> Option<PolicyName> {
    let policy = policy_of(word)?;
    let mut policies = Policies::default();
    let (_, value) = parts(word)?;
    policies.set(policy, value).ok()?;
    policies.fit(known).ok().map(|()| policy)
}

/// How `word` is written if it is a whole action, which has at least two words.
fn in_one_word(option: &str, word: &str) -> Option<String> {
    split(word).filter(|words| words.len() > 1)?;
    Some(format!("{option}={}", in_one_for_shell(word)))
}

/// The policy that `name` was probably meant for. Its names begin alike, so what counts is how many letters
/// differ.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let distance = |row: &PolicyRow| strsim::osa_distance(&name, row.name);
    let row = POLICIES.iter().min_by_key(|row| distance(row))?;
    (distance(row) <= 3 && distance(row) < name.len()).then_some(row.name)
}

/// A mistake in the policies before an action's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyMistake {
    /// No policy has this name.
    Unknown { option: String, word: String, nearest: Option<&'static str> },
    /// One of them stands there twice.
    Twice { option: String, name: &'static str },
    /// It does not take this value; how the word is written if it is a whole action.
    Wrong { option: String, name: &'static str, error: Box<SettingError>, form: Option<String> },
    /// Nothing can stop an action inside flagman.
    InProcess { option: String, action: String, word: String },
    /// There is no action after them.
    NoAction { option: String, policies: Vec<String>, instead: Option<String> },
}

impl fmt::Display for PolicyMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { option, word, nearest } => {
                write!(out, "unknown policy `{word}` after `{option}`; ")?;
                if let Some(nearest) = nearest {
                    return write!(out, "did you mean `{nearest}=`?");
                }
                let all: Vec<String> =
                    POLICIES.iter().map(|row| format!("`{}=`", row.name)).collect();
                write!(out, "the policies are {}", kind::in_a_row(&all, "and"))
            }
            Self::Twice { option, name } => {
                write!(out, "the policy `{name}` stands twice after `{option}`; remove one")
            }
            Self::Wrong { option, name, error, form } => {
                write!(out, "after `{option}`: the policy {}", error.sentence(name))?;
                form.as_ref().map_or(Ok(()), |form| {
                    write!(out, "; to give an action in one word, write {form}")
                })
            }
            Self::InProcess { option, action, word } => write!(
                out,
                "`{option} {word} {action}`: `{action}` runs inside flagman, where nothing can stop it; \
                 remove `{word}`"
            ),
            Self::NoAction { option, policies, instead } => {
                let policies = for_shell(policies);
                write!(out, "`{option} {policies}` needs an action's name")?;
                instead.as_ref().map_or(Ok(()), |word| write!(out, ", not `{word}`"))?;
                write!(out, "; write for example {option} {policies} exec true")
            }
        }
    }
}

fn limit(value: &str, kind: Kind) -> Result<Limit, SettingError> {
    if value == "none" {
        return Ok(Limit::Unlimited);
    }
    kind::seconds(value, TIMEOUT).map(Limit::Of).map_err(|mut error| {
        error.problem = match error.problem {
            Problem::ZeroLimit => Problem::ZeroNotNone,
            _ => Problem::Wrong { should_be: kind.should_be() },
        };
        error
    })
}

fn label(value: &str) -> Option<String> {
    let fits = !value.trim().is_empty() && value.chars().count() <= LONGEST_LABEL;
    (fits && !value.contains(char::is_control)).then(|| value.to_owned())
}
