//! The programs that cargo has built beside the tests.
//!
//! For a test, cargo builds the programs of the test's own package, and with `--test NAME` not even the
//! examples. Only `cargo test --workspace` builds the programs of other packages. A test must not run a
//! program from an earlier build. So [`example`] and [`program`] reject a program that is missing, or
//! older than a source that these tests were built from. (A source that is edited while the tests run is
//! not checked.)

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An example of the package under test.
pub fn example(name: &str) -> PathBuf {
    built(Path::new("examples").join(name).as_path())
}

/// A program of any package of the workspace. For one of the package under test, prefer
/// `env!("CARGO_BIN_EXE_...")`.
pub fn program(name: &str) -> PathBuf {
    built(Path::new(name))
}

/// The program at `path` below the profile's directory, such as `target/debug`.
fn built(path: &Path) -> PathBuf {
    let tests = std::env::current_exe().expect("this program has a path");
    // The tests are in the subdirectory `deps` of that directory.
    let program = tests.ancestors().nth(2).expect("a directory of the profile").join(path);
    let tests_built = modified(&tests).expect("this program is a file");
    if let Err(why) = check(&program, tests_built) {
        panic!("{} {why}: `cargo test --workspace` builds it", program.display());
    }
    program
}

/// Whether `program` exists and is as new as the sources that existed when the tests were built.
fn check(program: &Path, tests_built: SystemTime) -> Result<(), String> {
    let Some(program_built) = modified(program) else { return Err("is missing".to_owned()) };
    let is_newer = |source: &PathBuf| {
        modified(source).is_some_and(|edited| program_built < edited && edited <= tests_built)
    };
    match sources(program).into_iter().find(is_newer) {
        Some(source) => Err(format!("is older than {}", source.display())),
        None => Ok(()),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// The sources that cargo lists in the `.d` file beside each program, as `program: source source`. They
/// include the sources of all packages of the workspace that the program uses.
fn sources(program: &Path) -> Vec<PathBuf> {
    let noted = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let (_, sources) = noted.split_once(": ").unwrap_or_default();
    // A space inside a path has a backslash before it.
    let sources = sources.trim_end().replace("\\ ", "\0");
    sources.split(' ').map(|path| PathBuf::from(path.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::{check, example, program};

    /// The verdict on a program, the tests and two sources with these modification times.
    fn verdict(program_built: u64, tests_built: u64, edited: [u64; 2]) -> Result<(), String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let file = |name: &str, seconds| {
            let path = folder.path().join(name);
            let file = File::create(&path).expect("a file");
            file.set_modified(at(seconds)).expect("a time can be set");
            path
        };
        let program = file("program", program_built);
        let [one, two] = [file("one.rs", edited[0]), file("two words.rs", edited[1])];
        let two = two.display().to_string().replace(' ', "\\ ");
        let noted = format!("{}: {} {two}\n", program.display(), one.display());
        fs::write(folder.path().join("program.d"), noted).expect("a file can be written");
        let verdict = check(&program, at(tests_built));
        verdict.map_err(|why| why.replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn a_program_that_is_newer_than_its_sources_is_used() {
        assert_eq!(verdict(3, 4, [1, 2]), Ok(()));
        assert_eq!(verdict(4, 3, [1, 2]), Ok(()));
    }

    #[test]
    fn a_program_that_is_older_than_a_source_is_refused() {
        assert_eq!(verdict(2, 4, [3, 1]), Err("is older than one.rs".to_owned()));
        assert_eq!(verdict(2, 4, [1, 3]), Err("is older than two words.rs".to_owned()));
    }

    #[test]
    fn a_source_that_was_edited_when_the_tests_were_built_already_says_nothing() {
        assert_eq!(verdict(2, 3, [1, 4]), Ok(()));
    }

    #[test]
    #[should_panic(expected = "nowhere is missing: `cargo test --workspace` builds it")]
    fn a_program_that_is_not_there_is_refused_in_a_sentence() {
        let _ = program("nowhere");
    }

    #[test]
    #[should_panic(expected = "examples/nowhere is missing")]
    fn so_is_an_example() {
        let _ = example("nowhere");
    }
}
