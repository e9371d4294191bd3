//! What action programs do besides when they are asked to describe themselves.

use super::discovery::{flagman, holds, lines, list};
use super::harness::{Folder, Hold};

/// The shell command that describes an action with a word.
const DESCRIBE: &str = r#"echo '{"protocol":1,"description":"Is described.","arguments":[{"name":"word","type":"str"}]}'"#;

#[test]
fn a_description_counts_when_the_program_has_exited_and_what_it_leaves_behind_is_stopped() {
    let (folder, hold) = (Folder::with(&[]), Hold::new());
    let behind = format!("(trap '' TERM; exec sleep 1000) {} &", hold.take());
    folder.script("leaves", &format!("{behind}\n{DESCRIBE}"));
    let words = ["--check", "--action-dir", &folder.path().display().to_string()].map(Into::into);
    let words: Vec<std::ffi::OsString> =
        words.into_iter().chain(["--usr1=leaves a".into()]).collect();
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    let (printed, said) = lines(&flagman(&words).output().expect("it starts"), 0);
    assert_eq!(printed, ["SIGUSR1: leaves a"], "{said:#?}");
    hold.until_let_go();
}

#[test]
fn one_that_has_left_the_group_with_the_output_open_does_not_hold_a_description_up() {
    let folder = Folder::with(&[]);
    folder.script("escapes", &format!("setsid sleep 3 & {DESCRIBE}"));
    let (printed, said) = list(&[&folder]);
    assert!(holds(&printed, &["escapes", "Is described."]), "{said:#?}");
}
