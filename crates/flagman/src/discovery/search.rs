//! Where action programs are looked for, and which file is the program of an action.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf, absolute};

use flagman_base::is_valid_name;

use super::trust::{Distrust, usable};

/// The start of the file name of an action program; the action's name follows.
const PREFIX: &str = "flagman-action-";

/// The directory that packages install action programs in.
const INSTALLED: &str = "/usr/lib/flagman/actions";

/// The directories, in the order in which they are searched.
#[derive(Clone, Debug, Default)]
pub(crate) struct SearchPath {
    directories: Vec<PathBuf>,
}

/// A file that has the name of an action program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl SearchPath {
    /// `first` (from `--action-dir`), then `FLAGMAN_ACTION_PATH`, then where packages install them,
    /// then `PATH`.
    pub(crate) fn from_environment(first: &[PathBuf]) -> Self {
        let listed = |variable| std::env::var_os(variable).unwrap_or_default();
        Self::of(first, &listed("FLAGMAN_ACTION_PATH"), &listed("PATH"))
    }

    fn of(first: &[PathBuf], own: &OsString, path: &OsString) -> Self {
        let listed = std::env::split_paths(own)
            .chain([PathBuf::from(INSTALLED)])
            .chain(std::env::split_paths(path))
            // An empty entry stands for the working directory, which is hardly ever meant.
            .filter(|directory| !directory.as_os_str().is_empty());
        let mut directories: Vec<PathBuf> = Vec::new();
        for directory in first.iter().cloned().chain(listed) {
            // The path that is checked and the one that is started are the same, even if the working
            // directory is moved.
            let directory = absolute(&directory).unwrap_or(directory);
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        Self { directories }
    }

    /// The program of the action `name`: the first one that is usable. `warn` is told of each one before
    /// it.
    pub(crate) fn find(&self, name: &str, warn: &mut impl FnMut(String)) -> Option<Found> {
        if !is_valid_name(name) {
            return None;
        }
        let files = self.directories.iter().map(|directory| file_of(directory, name));
        for path in files.filter(|path| path.is_file()) {
            match usable(&path) {
                Ok(()) => return Some(Found { name: name.to_owned(), path }),
                Err(distrust) => warn(skipped(&path, &distrust)),
            }
        }
        None
    }

    /// The program of each action, sorted by name. `warn` is told of those that are skipped or shadowed.
    pub(crate) fn all(&self, warn: &mut impl FnMut(String)) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for directory in &self.directories {
            for found in programs_in(directory) {
                match all.iter().find(|earlier| earlier.name == found.name) {
                    Some(first) if is_same_file(&first.path, &found.path) => {}
                    Some(first) => warn(shadowed(&found.path, &first.path)),
                    None => match usable(&found.path) {
                        Ok(()) => all.push(found),
                        Err(distrust) => warn(skipped(&found.path, &distrust)),
                    },
                }
            }
        }
        sort(&mut all);
        all
    }

    /// The names of all programs, usable or not, to suggest one.
    pub(crate) fn names(&self) -> Vec<String> {
        let all = self.directories.iter().flat_map(|directory| programs_in(directory));
        all.map(|found| found.name).collect()
    }
}

/// The warning about a directory of `--action-dir` that cannot be read.
pub(super) fn unsearchable(directory: &Path) -> Option<String> {
    let error = fs::read_dir(directory).err()?;
    Some(format!("cannot read the directory of `--action-dir {}`: {error}", directory.display()))
}

fn file_of(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{PREFIX}{name}"))
}

/// The files in `directory` that have an action program's name, sorted; none if it cannot be read.
fn programs_in(directory: &Path) -> Vec<Found> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<Found> = entries
        .filter_map(|entry| {
            let file = entry.file_name();
            let name = std::str::from_utf8(file.as_bytes()).ok()?.strip_prefix(PREFIX)?.to_owned();
            let path = entry.path();
            (is_valid_name(&name) && path.is_file()).then_some(Found { name, path })
        })
        .collect();
    sort(&mut found);
    found
}

fn sort(programs: &mut [Found]) {
    programs.sort_by(|one, other| one.name.cmp(&other.name));
}

/// Whether two paths lead to the same file, as with `/bin` and `/usr/bin`.
fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn skipped(path: &Path, distrust: &Distrust) -> String {
    format!("action program {} is skipped: {distrust}", path.display())
}

fn shadowed(path: &Path, by: &Path) -> String {
    format!("action program {} is shadowed by {}", path.display(), by.display())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use super::SearchPath;

    fn program(directory: &Path, name: &str, mode: u32) -> PathBuf {
        let path = directory.join(format!("flagman-action-{name}"));
        fs::write(&path, "#!/bin/sh\n").expect("a program can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode can be set");
        path
    }

    fn collect(search: &SearchPath) -> (Vec<PathBuf>, Vec<String>) {
        let mut warnings = Vec::new();
        let all = search.all(&mut |warning| warnings.push(warning));
        (all.into_iter().map(|found| found.path).collect(), warnings)
    }

    #[test]
    fn the_first_directory_wins_and_shadowed_programs_are_warned_of() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = program(one.path(), "a", 0o755);
        let shadowed = program(two.path(), "a", 0o755);
        let other = program(two.path(), "b", 0o755);
        let own = two.path().as_os_str().to_owned();
        let search = SearchPath::of(&[one.path().into()], &own, &"".into());
        let (all, warnings) = collect(&search);
        assert_eq!(all, [first.clone(), other]);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains(&*shadowed.to_string_lossy()), "{warnings:?}");
        let found = search.find("a", &mut |_| {}).expect("it is there");
        assert_eq!(found.path, first);
        assert_eq!(search.find("c", &mut |_| {}), None);
    }

    #[test]
    fn a_program_that_is_not_executable_is_skipped_with_a_warning() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        program(one.path(), "a", 0o644);
        let usable = program(two.path(), "a", 0o755);
        let search =
            SearchPath::of(&[one.path().into(), two.path().into()], &"".into(), &"".into());
        let mut warnings = Vec::new();
        let found = search.find("a", &mut |warning| warnings.push(warning));
        assert_eq!(found.expect("the next one").path, usable);
        assert!(warnings[0].ends_with("is skipped: it is not executable"), "{warnings:?}");
    }

    #[test]
    fn files_whose_rest_is_no_name_and_directories_are_not_programs() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "Upper", 0o755);
        program(folder.path(), "", 0o755);
        fs::create_dir(folder.path().join("flagman-action-folder")).unwrap();
        let search = SearchPath::of(&[folder.path().into()], &"".into(), &"".into());
        assert_eq!(collect(&search), (vec![], vec![]));
    }
}
