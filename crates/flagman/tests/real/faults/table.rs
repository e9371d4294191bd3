//! Each test that `docs/reliability.md` cites exists, and the page lists each fault of this suite.

use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The folders of the tests that the table may name.
const SUITES: [&str; 2] = ["crates/flagman/tests/real", "crates/flagman-base/tests"];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table: fault, promise, tests.
fn rows() -> Vec<[String; 3]> {
    let page = read(&Path::new(ROOT).join("docs/reliability.md"));
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault"));
    let cells =
        |row: &str| row.trim_matches('|').split(" | ").map(str::trim).map(String::from).collect();
    rows.map(|row| {
        let cells: Vec<String> = cells(row);
        cells.try_into().unwrap_or_else(|cells| panic!("not three cells: {cells:?}"))
    })
    .collect()
}

/// The tests that a row names, between backticks.
fn names(row: &[String; 3]) -> Vec<String> {
    row[2].split('`').skip(1).step_by(2).map(String::from).collect()
}

/// The names of the tests in a file.
fn tests_of(file: &Path) -> Vec<String> {
    let text = read(file);
    let after = text.split("#[test]\n").skip(1);
    let name = |after: &str| Some(after.split_once("fn ")?.1.split_once('(')?.0.to_owned());
    after.filter_map(name).collect()
}

/// The file in which the test `a::b::name` must be.
fn file_of(name: &str) -> Option<(PathBuf, &str)> {
    let (module, test) = name.rsplit_once("::")?;
    let path = format!("{}.rs", module.replace("::", "/"));
    let files = SUITES.iter().map(|suite| Path::new(ROOT).join(suite).join(&path));
    Some((files.into_iter().find(|file| file.is_file())?, test))
}

#[test]
fn every_fault_names_a_test_and_every_test_that_is_named_exists() {
    let rows = rows();
    assert!(rows.len() > 20, "the table has {} rows", rows.len());
    for row in rows {
        let names = names(&row);
        assert!(!names.is_empty(), "no test for: {}", row[0]);
        for name in names {
            let found = file_of(&name)
                .is_some_and(|(file, test)| tests_of(&file).iter().any(|there| there == test));
            assert!(found, "there is no test {name}, which stands for: {}", row[0]);
        }
    }
}

#[test]
fn every_test_of_this_suite_stands_in_the_table() {
    let named: Vec<String> = rows().iter().flat_map(names).collect();
    let folder = Path::new(ROOT).join(SUITES[0]).join("faults");
    for entry in std::fs::read_dir(folder).expect("it is there").flatten() {
        let file = entry.path();
        let module = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for test in tests_of(&file).iter().filter(|_| module != "table") {
            let name = format!("faults::{module}::{test}");
            assert!(named.contains(&name), "{name} is not in docs/reliability.md");
        }
    }
}
