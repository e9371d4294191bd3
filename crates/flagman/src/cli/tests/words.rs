//! Which words belong to flagman and which to an action.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::super::inert::registry;
use super::super::{Request, read};
use super::{bundles, mistake, plan, read_words};
use crate::log::Verbosity;

#[test]
fn exactly_as_many_words_follow_an_actions_name_as_it_declares() {
    assert_eq!(bundles(&["--usr1", "print", "hello"]), "SIGUSR1: print hello");
    assert_eq!(bundles(&["--usr1", "print", "-v"]), "SIGUSR1: print -v");
    assert_eq!(bundles(&["--usr1=print --"]), "SIGUSR1: print --");
    assert_eq!(bundles(&["--usr1", "print", ""]), "SIGUSR1: print ''");
    let words = ["--usr1", "print", "hello", "-v"];
    assert_eq!(bundles(&words), "SIGUSR1: print hello");
    assert_eq!(plan(&words).verbosity, Verbosity::Info);
}

#[test]
fn an_optional_word_is_taken_unless_an_option_of_flagmans_stands_there() {
    assert_eq!(bundles(&["--hup", "perhaps", "word"]), "SIGHUP: perhaps word");
    assert_eq!(bundles(&["--hup", "perhaps", "-x"]), "SIGHUP: perhaps -x");
    assert_eq!(bundles(&["--hup", "perhaps"]), "SIGHUP: perhaps");
    assert!(mistake(&["--hup", "perhaps", "--", "x"]).starts_with("`--` is reserved:"));
    for option in ["-v", "-vv", "--grace=5", "--no-systemd", ";"] {
        assert_eq!(bundles(&["--hup", "perhaps", option]), "SIGHUP: perhaps", "{option}");
    }
}

#[test]
fn where_the_last_argument_repeats_all_words_are_the_actions_up_to_a_signal_option_or_semicolon() {
    let words =
        ["--usr1", "many", "grep", "-v", "--help", "-", "--grace=1", "--usr2", "print", "x"];
    assert_eq!(
        bundles(&words),
        "SIGUSR1: many grep -v --help - '--grace=1'\nSIGUSR2: print x",
        "and flagman's own options stand before or after"
    );
    let words = ["-v", "--usr1", "many", "curl", ";", "-v", "--usr1=print x"];
    assert_eq!(bundles(&words), "SIGUSR1: many curl; print x");
    assert_eq!(plan(&words).verbosity, Verbosity::Debug);
    assert_eq!(bundles(&["--usr1", "many", "a", "--usr1=print x"]), "SIGUSR1: many a; print x");
}

#[test]
fn the_one_word_form_carries_any_word() {
    let words = ["--usr1=many curl --hup \";\" -- '#' '' --usr2=x"];
    assert_eq!(bundles(&words), "SIGUSR1: many curl --hup ';' -- '#' '' '--usr2=x'");
    assert_eq!(bundles(&["--hup=print 'a b'", "-v"]), "SIGHUP: print 'a b'");
    assert_eq!(bundles(&["--hup=perhaps -v"]), "SIGHUP: perhaps -v");
}

#[test]
fn a_bundle_keeps_the_order_of_the_command_line_and_signals_have_their_own() {
    let words =
        ["--usr2", "print", "1", "--hup", "print", "2", "--usr2", "print", "3", "--usr1=print 4"];
    assert_eq!(bundles(&words), "SIGHUP: print 2\nSIGUSR1: print 4\nSIGUSR2: print 1; print 3");
}

#[test]
fn a_word_with_control_characters_is_shown_as_a_shell_takes_it() {
    assert_eq!(bundles(&["--usr1", "print", "a\nb'c"]), "SIGUSR1: print $'a\\nb\\'c'");
    assert_eq!(bundles(&["--usr1", "print", "a\\nb"]), "SIGUSR1: print 'a\\nb'");
}

#[test]
fn help_and_version_win_over_list_which_wins_over_check_whatever_else_is_wrong() {
    assert!(matches!(read_words(&["--check", "-l", "-V", "-h"]), Ok(Request::Help)));
    assert!(matches!(read_words(&["-l", "--version"]), Ok(Request::Version)));
    assert!(matches!(read_words(&["--check", "--list"]), Ok(Request::List(_))));
    assert!(matches!(read_words(&["--usr1", "--help"]), Ok(Request::Help)));
    assert!(matches!(read_words(&["--usr1", "nosuch", "word", "-l"]), Ok(Request::List(_))));
    assert!(matches!(read_words(&["--check", "--hup=print x"]), Ok(Request::Check(_))));
    assert!(matches!(read_words(&["-l", "--hup=print x"]), Ok(Request::List(_))));
    assert!(matches!(read_words(&["--grace", "--help"]), Ok(Request::Help)));
    assert!(matches!(read_words(&["-xh"]), Ok(Request::Help)));
    let words = [OsString::from_vec(b"\xff".to_vec()), "--help".into()];
    assert!(matches!(read(words, &registry()).request, Ok(Request::Help)));
}
