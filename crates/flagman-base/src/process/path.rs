//! Finds programs, as `execvp(3)` does.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::flaw::Flaw;

/// Where programs are when `PATH` is not set (`execvp(3)`).
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Why there is no program to start for a name.
#[derive(Debug)]
pub struct FindError {
    name: OsString,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// The name is empty.
    Empty,
    /// No directory of `PATH` has a file of that name.
    NotInPath,
    /// No directory of `PATH` has one, but the working directory has.
    OnlyHere,
    /// This is the file, and it cannot be executed.
    Named(Flaw),
    /// This one was found in `PATH`, and it cannot be executed.
    Found(PathBuf, Flaw),
}

impl fmt::Display for FindError {
    /// A whole sentence, with the name and what to do.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.display();
        write!(formatter, "cannot start `{name}`: ")?;
        match &self.why {
            Why::Empty => formatter.write_str("the name is empty"),
            Why::NotInPath => formatter.write_str("no program of that name is in PATH"),
            Why::OnlyHere => write!(
                formatter,
                "no program of that name is in PATH; for the file in the current directory write `./{name}`"
            ),
            Why::Named(flaw) => write!(formatter, "it {flaw}"),
            Why::Found(file, flaw) => {
                write!(formatter, "it was found in PATH as `{}`, which {flaw}", file.display())
            }
        }
    }
}

impl std::error::Error for FindError {}

/// The program that a shell would start for `name`: with a slash in it, that file; otherwise the
/// first one of that name in the directories of `PATH`. It is a regular file that this process may
/// execute. Does not block but on the file system.
///
/// # Errors
/// There is none, and the error says what is there in its place.
pub fn find_in_path(name: impl AsRef<OsStr>) -> Result<PathBuf, FindError> {
    find(name.as_ref(), std::env::var_os("PATH"))
}

/// As [`find_in_path`]. If the program is a script, the interpreter that its first line names must be
/// there too.
///
/// # Errors
/// As [`find_in_path`], or the script has no interpreter that can be executed.
pub fn find_startable(name: impl AsRef<OsStr>) -> Result<PathBuf, FindError> {
    let name = name.as_ref();
    let file = find_in_path(name)?;
    match Flaw::of_script(&file) {
        Some(flaw) if file.as_os_str() == name => Err(error(name, Why::Named(flaw))),
        Some(flaw) => Err(error(name, Why::Found(file, flaw))),
        None => Ok(file),
    }
}

pub(super) fn find(name: &OsStr, path: Option<OsString>) -> Result<PathBuf, FindError> {
    if name.is_empty() {
        return Err(error(name, Why::Empty));
    }
    if name.as_bytes().contains(&b'/') {
        let file = PathBuf::from(name);
        return Flaw::of_file(&file).map_or(Ok(file), |flaw| Err(error(name, Why::Named(flaw))));
    }
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    let mut unfit = None;
    for directory in std::env::split_paths(&path) {
        // An empty directory in PATH is the current one; `join` makes it `name`, which needs its dot.
        let here = directory.as_os_str().is_empty();
        let file = if here { Path::new(".").join(name) } else { directory.join(name) };
        // Most directories do not have it, and a directory of that name is not what anybody means. Why it
        // is not there is never asked, which would look at every directory above it.
        if !file.is_file() {
            continue;
        }
        match Flaw::of_file(&file) {
            None => return Ok(file),
            Some(flaw) => unfit = unfit.or(Some(Why::Found(file, flaw))),
        }
    }
    let only_here = || if Path::new(name).is_file() { Why::OnlyHere } else { Why::NotInPath };
    Err(error(name, unfit.unwrap_or_else(only_here)))
}

fn error(name: &OsStr, why: Why) -> FindError {
    FindError { name: name.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use super::{DEFAULT_PATH, find};

    fn found(name: &str, path: Option<&OsStr>) -> Result<PathBuf, String> {
        find(OsStr::new(name), path.map(OsStr::to_owned)).map_err(|error| error.to_string())
    }

    fn file(directory: &Path, name: &str, mode: u32) -> PathBuf {
        let file = directory.join(name);
        fs::write(&file, "").expect("a file can be written");
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("its mode can be set");
        file
    }

    #[test]
    fn the_first_executable_regular_file_in_path_is_found() {
        let directories: [_; 3] =
            std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
        let [first, second, third] = &directories;
        fs::create_dir(first.path().join("tool")).expect("a directory can be made");
        file(second.path(), "tool", 0o644);
        let tool = file(third.path(), "tool", 0o755);
        let path = std::env::join_paths(directories.iter().map(tempfile::TempDir::path));
        let path = path.expect("no colons in the names");
        assert_eq!(found("tool", Some(&path)), Ok(tool));
        let why = "cannot start `other`: no program of that name is in PATH";
        assert_eq!(found("other", Some(&path)), Err(why.to_owned()));
    }

    #[test]
    fn a_name_with_a_slash_is_taken_as_it_is() {
        let (nowhere, bin) = (OsStr::new("/nowhere"), OsStr::new("/bin"));
        assert_eq!(found("/bin/sh", Some(nowhere)), Ok("/bin/sh".into()));
        let why = "cannot start `./sh`: it does not exist";
        assert_eq!(found("./sh", Some(bin)), Err(why.to_owned()));
    }

    #[test]
    fn without_path_programs_are_where_the_system_keeps_them() {
        assert_eq!(found("sh", None), Ok("/bin/sh".into()));
        assert_eq!(found("", None), Err("cannot start ``: the name is empty".to_owned()));
    }

    #[test]
    fn an_empty_directory_in_path_is_the_current_one() {
        // Tests start in the directory of their crate, which holds no programs.
        assert_eq!(found("sh", Some(OsStr::new(":/bin"))), Ok("/bin/sh".into()));
        let (name, path) = ("Cargo.toml", OsStr::new(""));
        let why = "cannot start `Cargo.toml`: it was found in PATH as `./Cargo.toml`, which is not \
                   executable; make it so with `chmod +x ./Cargo.toml`";
        assert_eq!(found(name, Some(path)), Err(why.to_owned()));
    }

    #[test]
    fn a_file_in_path_that_is_not_executable_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let tool = file(directory.path(), "tool", 0o644);
        let tool = tool.display();
        let why = format!(
            "cannot start `tool`: it was found in PATH as `{tool}`, which is not executable; make it so \
             with `chmod +x {tool}`"
        );
        let path = std::env::join_paths([directory.path()]).expect("no colon in the name");
        assert_eq!(found("tool", Some(&path)), Err(why));
    }

    #[test]
    fn a_file_in_the_current_directory_is_told_to_need_its_dot() {
        let why = "cannot start `Cargo.toml`: no program of that name is in PATH; for the file in the \
                   current directory write `./Cargo.toml`";
        assert_eq!(found("Cargo.toml", Some(OsStr::new(DEFAULT_PATH))), Err(why.to_owned()));
    }
}
