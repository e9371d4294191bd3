//! The commands in README.md and docs/hidden-master.md.

use std::path::Path;

use flagman_test::{blocks, install, program};
use tempfile::tempdir;

use super::harness::ACTION;

/// Checks a command line of a page with `--check`, and returns the output.
fn understood(command: &str) -> String {
    let folder = tempdir().expect("a temporary directory");
    install(Path::new(ACTION), folder.path(), "dnscheck");
    let words: Vec<&str> = command.split_whitespace().collect();
    let ["flagman", words @ ..] = &words[..] else { panic!("not flagman: {command}") };
    let mut flagman = flagman_test::command(&program("flagman"), &["--check", "--action-dir"]);
    let output = flagman.arg(folder.path()).args(words).output().expect("flagman starts");
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn flagman_understands_the_command_line_of_the_readme() {
    let block = &blocks("README.md", "DNS records that somebody else changes")[0];
    let words = "dnscheck 127.0.0.1 example.org example.org www.example.org";
    assert_eq!(understood(block), format!("SIGUSR1: {words}\n"));
}
