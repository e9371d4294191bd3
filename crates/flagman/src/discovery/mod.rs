//! Action programs: where they are looked for, which of them flagman runs, and how they describe
//! themselves.
//!
//! Installing a program is all it takes to register an action, so this is where a file that flagman knows
//! nothing of becomes an action. Nothing here sets an action up.

mod capture;

mod describe;

mod search;

mod trust;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use flagman_base::protocol::Description;

use crate::log::escape;
use crate::registry::{self, Known, Registry, Source};
use describe::describe_all;
use search::{Found, SearchPath};
pub(crate) use trust::trust;

/// All actions: the registered ones, and action programs.
#[derive(Debug)]
pub(crate) struct Catalog<'a> {
    registry: &'a Registry,
    search: SearchPath,
    /// The directories that `--action-dir` names.
    named: Vec<PathBuf>,
    /// What has been looked up already, so that each program is called once.
    seen: Mutex<Vec<(String, Looked)>>,
}

/// What was found for a name.
#[derive(Clone, Debug)]
pub(crate) enum Looked {
    /// This action, with warnings about other programs of its name.
    Up(Box<Known>, Vec<String>),
    /// Only programs that cannot be used, and why.
    Unusable(String),
    /// Nothing.
    Unknown,
}

impl<'a> Catalog<'a> {
    /// The actions of `registry`, and programs in `directories`, then in those that the environment
    /// names.
    pub(crate) fn new(registry: &'a Registry, directories: &[PathBuf]) -> Self {
        let search = SearchPath::from_environment(directories);
        Self { registry, search, named: directories.to_vec(), seen: Mutex::default() }
    }

    /// The actions of `registry` alone.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn without_programs(registry: &'a Registry) -> Self {
        Self { registry, search: SearchPath::default(), named: Vec::new(), seen: Mutex::default() }
    }

    /// The action `name`. Blocks for up to two seconds if that is a program that does not answer.
    pub(crate) fn look_up(&self, name: &str) -> Looked {
        if let Some(known) = self.registry.get(name) {
            return Looked::Up(Box::new(known.clone()), Vec::new());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, looked)) = seen.iter().find(|(seen, _)| seen == name) {
            return looked.clone();
        }
        let looked = self.find(name);
        seen.push((name.to_owned(), looked.clone()));
        looked
    }

    /// A warning for each directory of `--action-dir` that cannot be searched.
    pub(crate) fn unsearchable(&self) -> Vec<String> {
        let mut warnings: Vec<String> = Vec::new();
        for warning in self.named.iter().filter_map(|directory| search::unsearchable(directory)) {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        warnings
    }

    fn find(&self, name: &str) -> Looked {
        let mut warnings = Vec::new();
        let found = self.search.find(name, &mut |warning| warnings.push(warning));
        let described = found.map(|found| describe_all(vec![found]).pop());
        match described.flatten() {
            Some((found, Ok(description))) => {
                Looked::Up(Box::new(known(found, description)), warnings)
            }
            Some((found, Err(why))) => Looked::Unusable(unusable(&found, &why)),
            None => warnings.into_iter().next().map_or(Looked::Unknown, Looked::Unusable),
        }
    }

    /// The names of all actions, to suggest one.
    pub(crate) fn names(&self) -> Vec<String> {
        let registered = self.registry.all().iter().map(|known| known.name.to_string());
        registered.chain(self.search.names()).collect()
    }

    /// All actions, sorted by name, and warnings. Blocks for up to two seconds, however many programs do
    /// not answer.
    pub(crate) fn all(&self) -> (Vec<Known>, Vec<String>) {
        let mut warnings = self.unsearchable();
        let found = self.search.all(&mut |warning| warnings.push(warning));
        let (shadowed, found): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| self.registry.get(&found.name).is_some());
        warnings.extend(shadowed.iter().map(|found| {
            let (path, name) = (found.path.display(), &found.name);
            format!("action program {path} is shadowed by the built-in action `{name}`")
        }));
        let mut all = self.registry.all().to_vec();
        for (found, described) in describe_all(found) {
            match described {
                Ok(description) => registry::insert(&mut all, known(found, description)),
                Err(why) => warnings.push(unusable(&found, &why)),
            }
        }
        (all, warnings)
    }
}

fn known(found: Found, description: Description) -> Known {
    let Description { description, arguments } = description;
    // A newline would break the list, and other control characters can upset a terminal.
    let description = escape(&description.split_whitespace().collect::<Vec<_>>().join(" "));
    let source = Source::Program(found.path);
    Known { name: found.name.into(), description, declared: arguments, source }
}

fn unusable(found: &Found, why: &str) -> String {
    format!("action program {} cannot be used: {why}", found.path.display())
}
