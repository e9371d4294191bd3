//! What actions are called in lines: by the policy `name`, by their names, or, where two have the same, by
//! their words too.

use flagman_base::Signal;

use super::Planned;
use super::quoting::for_shell;
use crate::report::shortened;

/// The labels of all actions of a plan, in the order of its bundles.
pub(crate) fn labels(bundles: &[(Signal, Vec<Planned>)]) -> Vec<String> {
    let all: Vec<&Planned> = bundles.iter().flat_map(|(_, actions)| actions).collect();
    let is_of = |name: &str| {
        let unnamed = all.iter().filter(|planned| planned.policies.name.is_none());
        unnamed.filter(|planned| *planned.known.name == *name).count()
    };
    let label = |planned: &&Planned| {
        if let Some(name) = &planned.policies.name {
            return name.clone();
        }
        let name = &*planned.known.name;
        if planned.words.is_empty() || is_of(name) < 2 {
            return name.to_owned();
        }
        shortened(&format!("{name} {}", for_shell(&planned.words)))
    };
    all.iter().map(label).collect()
}
