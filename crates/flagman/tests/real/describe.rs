//! What action programs may do besides printing their description.

use super::discovery::{flagman, holds, is_refused, lines, list};
use super::harness::{Folder, Hold};

/// The shell command that prints the description of an action with one word.
const DESCRIBE: &str = r#"echo '{"protocol":1,"description":"Is described.","arguments":[{"name":"word","type":"str"}]}'"#;

#[test]
fn what_a_program_says_on_standard_error_beside_its_description_is_not_shown() {
    let folder = Folder::with(&[]);
    folder
        .script("chatty", &format!("echo 'CRITICAL:flagman.cli:forged' >&2; {DESCRIBE}; date >&2"));
    let (printed, said) = list(&[&folder]);
    assert!(holds(&printed, &["chatty", "Is described."]) && said.is_empty(), "{said:#?}");
    is_refused(&folder, &["--usr1", "chatty"], "`word: str`");
}

#[test]
fn a_description_cannot_do_anything_to_a_terminal() {
    let folder = Folder::with(&[]);
    let description = r#"{"protocol":1,"description":"Is \u001b[31mred\r\nand \u202eback."}"#;
    folder.script("red", &format!("cat <<'E'\n{description}\nE"));
    let (printed, said) = list(&[&folder]);
    assert!(holds(&printed, &["red", r"Is \u{1b}[31mred and \u{202e}back."]), "{printed:#?}");
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn the_first_line_of_a_program_that_fails_is_shown_with_why_and_nothing_else_of_it() {
    let folder = Folder::with(&[]);
    let shout = r"printf '\n \033[2Jno \342\200\256 luck\nand more\n' >&2";
    folder.script("fails", &format!("{shout}; {DESCRIBE}; exit 3"));
    folder.script("garbles", &format!("{shout}; echo what"));
    folder.script("endless", "printf '%02000d' 7 >&2; exit 4");
    let line = r#"; it wrote to standard error: "\u{1b}[2Jno \u{202e} luck""#;
    for (name, why) in [("fails", "it exited with status 3"), ("garbles", "is malformed: ")] {
        is_refused(&folder, &["--usr1", name], why);
        is_refused(&folder, &["--usr1", name], line);
    }
    is_refused(
        &folder,
        &["--usr1", "endless"],
        &format!("status 4; it wrote to standard error: \"{}…\"", "0".repeat(200)),
    );
    let (_, said) = list(&[&folder]);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said.iter().all(|line| line.starts_with("WARNING:flagman.cli:")), "{said:#?}");
}

#[test]
fn a_program_that_floods_standard_error_is_neither_blocked_nor_shown() {
    let folder = Folder::with(&[]);
    folder.script("floods", &format!("head -c 5000000 /dev/zero >&2; {DESCRIBE}"));
    folder.script("drowns", "exec yes 'and on' >&2");
    let (printed, said) = list(&[&folder]);
    assert!(holds(&printed, &["floods", "Is described."]), "{said:#?}");
    let text = r#"it did not answer `describe` within 2 s; it wrote to standard error: "and on""#;
    assert!(said.len() == 1 && holds(&said, &["WARNING:", text]), "{said:#?}");
}

#[test]
fn a_description_counts_when_the_program_has_exited_and_what_it_leaves_behind_is_stopped() {
    let (folder, hold) = (Folder::with(&[]), Hold::new());
    // The shell takes hold first. Otherwise what it leaves behind could be stopped before it has.
    let behind = format!("exec {}; (trap '' TERM; exec sleep 1000) &", hold.take());
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
