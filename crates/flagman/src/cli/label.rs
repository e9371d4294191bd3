//! What actions are called in lines: by their names, or, where two have the same, by their words too.

use std::collections::HashMap;

use flagman_base::Signal;

use super::Planned;
use super::quoting::for_shell;
use crate::report::shortened;

/// How often each name occurs in a plan.
#[derive(Debug)]
pub(crate) struct Labels {
    by_name: HashMap<String, usize>,
}

impl Labels {
    /// Counts the names of a plan.
    pub(crate) fn of(bundles: &[(Signal, Vec<Planned>)]) -> Self {
        let mut by_name = HashMap::new();
        for planned in bundles.iter().flat_map(|(_, actions)| actions) {
            *by_name.entry(planned.known.name.to_string()).or_default() += 1;
        }
        Self { by_name }
    }

    /// What this action of the plan is called.
    pub(crate) fn label(&self, planned: &Planned) -> String {
        let name = &*planned.known.name;
        match self.by_name.get(name) {
            Some(2..) if !planned.words.is_empty() => {
                shortened(&format!("{name} {}", for_shell(&planned.words)))
            }
            Some(_) | None => name.to_owned(),
        }
    }
}
