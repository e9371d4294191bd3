//! The Rust programs of docs/actions.md: one is built from the page as its reader would build it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flagman_test::blocks;
use nix::sys::signal::Signal::SIGUSR1;

use super::harness::Folder;

const PAGE: &str = "docs/actions.md";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The page's project, with the path to this repository. It is kept, so that only changes are rebuilt.
fn project() -> PathBuf {
    let all = blocks(PAGE, "In Rust: a whole action program");
    let [manifest, main, _] = &all[..] else { panic!("three blocks") };
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page-actions");
    fs::create_dir_all(project.join("src")).expect("a directory can be made");
    assert!(manifest.contains("\"../flagman/"), "{manifest}");
    // The project is inside the repository, and would otherwise belong to its workspace.
    let manifest = manifest.replace("../flagman/", &format!("{ROOT}/")) + "\n[workspace]\n";
    let lock = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).expect("a lock file");
    for (name, text) in [("Cargo.toml", &manifest), ("src/main.rs", main), ("Cargo.lock", &lock)] {
        fs::write(project.join(name), text).expect("a file can be written");
    }
    project
}

/// Builds the project with the packages that cargo already has on this machine.
fn build(project: &Path) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    let target = project.join("target");
    cargo.args(["build", "--offline"]).current_dir(project).env("CARGO_TARGET_DIR", &target);
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("debug/flagman-action-visits")
}

#[test]
fn the_whole_action_program_of_the_page_is_built_from_it_and_counts_signals() {
    let folder = Folder::with(&[]);
    folder.copy(&build(&project()), "visits");
    let flagman = folder.serve(&["--usr1", "visits", "door", "2"]);
    for line in ["door: 1", "door: 2"] {
        flagman.signal(SIGUSR1);
        flagman.stderr.find("visits ");
        assert_eq!(flagman.stdout.next().as_deref(), Some(line));
    }
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(1), "{log:#?}");
}

#[test]
fn what_the_page_says_of_a_flagman_of_ones_own_is_in_the_example() {
    let example = fs::read_to_string(Path::new(ROOT).join("crates/flagman/examples/count.rs"));
    let example = example.expect("the example can be read");
    let all = blocks(PAGE, "In Rust: inside a flagman of your own");
    let [_, imports, main] = &all[..] else { panic!("three blocks") };
    assert!(example.contains(imports.as_str()) && example.ends_with(main.as_str()), "{example}");
}
