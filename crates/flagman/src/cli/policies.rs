//! The policies of one action: the words NAME=VALUE before its name, or keys of a file.

use std::time::Duration;

use flagman_base::Seconds;

use super::kind::{self, Kind, Problem, SettingError};
use super::options::{
    GIVE_UP, LONGEST_LABEL, MOST_RETRIES, POLICIES, PolicyName, RETRY_DELAY, TIMEOUT,
};
use super::quoting::for_shell;
use crate::decider::{OnFailure, Policy};
use crate::registry::{Known, Source};

/// The policies of one action, as far as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    /// What it is called in lines, status and metrics.
    pub(crate) name: Option<String>,
    /// How long one run of it may take, in the place of `--timeout`.
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

    /// As [`words`](Self::words), each quoted as for a shell and followed by a blank.
    pub(crate) fn for_shell(&self) -> String {
        self.pairs().map(|(name, value)| format!("{name}={} ", for_shell(&[value]))).collect()
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
    let fits = !value.is_empty() && value.chars().count() <= LONGEST_LABEL;
    (fits && !value.contains(char::is_control)).then(|| value.to_owned())
}
