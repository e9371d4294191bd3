//! Which words are whose, and what is said of those that are nobody's.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use flagman_base::Signal;

use super::inert::{Many, registry};
use super::{Mistake, Plan, Request, Systemd, WhenEmpty, bundle_lines, read};
use crate::decider::{Grace, Overlap};
use crate::log::{Format, Verbosity};
use crate::registry::Registry;

fn read_words(words: &[&str]) -> Result<Request, Mistake> {
    read(words.iter().map(OsString::from), &registry()).request
}

fn plan(words: &[&str]) -> Plan {
    match read_words(words) {
        Ok(Request::Start(plan)) => plan,
        other => panic!("{words:?} does not start: {other:?}"),
    }
}

/// The bundles as `--check` shows them, without the last newline.
fn bundles(words: &[&str]) -> String {
    bundle_lines(&plan(words).bundles).trim_end().to_owned()
}

fn mistake(words: &[&str]) -> String {
    match read_words(words) {
        Err(mistake) => mistake.to_string(),
        other => panic!("{words:?} is no mistake: {other:?}"),
    }
}

#[test]
fn exactly_as_many_words_follow_an_actions_name_as_it_declares() {
    assert_eq!(bundles(&["--usr1", "print", "hello"]), "SIGUSR1: print hello");
    assert_eq!(bundles(&["--usr1", "print", "-v"]), "SIGUSR1: print -v");
    assert_eq!(bundles(&["--usr1", "print", "--"]), "SIGUSR1: print --");
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
    assert!(mistake(&["--hup", "perhaps", "--", "x"]).starts_with("`--` is not used yet"));
    for option in ["-v", "-vv", "--grace=5", "--no-systemd", ";"] {
        assert_eq!(bundles(&["--hup", "perhaps", option]), "SIGHUP: perhaps", "{option}");
    }
}

#[test]
fn where_the_last_argument_repeats_all_words_are_the_actions_up_to_a_signal_option_or_semicolon() {
    let words =
        ["--usr1", "many", "grep", "-v", "--help", "--", "--grace=1", "--usr2", "print", "x"];
    assert_eq!(
        bundles(&words),
        "SIGUSR1: many grep -v --help -- '--grace=1'\nSIGUSR2: print x",
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
fn options_are_understood() {
    let defaults = plan(&["--hup=print x"]);
    assert_eq!(defaults.overlap, Overlap::Ignore);
    assert_eq!(defaults.grace, Grace(Duration::from_secs(8)));
    assert_eq!(defaults.verbosity, Verbosity::Warning);
    assert_eq!(defaults.systemd, Systemd::Notify);
    assert_eq!(defaults.when_empty, WhenEmpty::Failure);
    let words = ["--overlap=rerun", "--grace", "0.5", "--no-systemd", "--successful-empty", "-qvv"];
    let all = plan(&[&words[..], &["--hup=print x"]].concat());
    assert_eq!(all.overlap, Overlap::Rerun);
    assert_eq!(all.grace, Grace(Duration::from_millis(500)));
    assert_eq!(all.verbosity, Verbosity::Critical, "--quiet overrides --verbose");
    assert_eq!(all.systemd, Systemd::Silent);
    assert_eq!(all.when_empty, WhenEmpty::Success);
}

#[test]
fn a_form_of_the_log_is_understood_wherever_the_mistake_is() {
    for (word, format) in
        [("text", Format::Text), ("journal", Format::Journal), ("json", Format::Json)]
    {
        let words = ["--nosuch", "--log-format", word].map(OsString::from);
        let reading = read(words, &registry());
        assert_eq!((reading.log_format, reading.request.is_err()), (Some(format), true));
    }
    let should_be = "must be followed by `text`, `journal` or `json`, not by `xml`";
    let mistake = read_words(&["--log-format=xml", "--hup=print x"]).unwrap_err().to_string();
    assert!(mistake.contains(should_be), "{mistake}");
}

#[test]
fn a_reload_is_rerun_whatever_the_others_are() {
    let all = plan(&["--notify-reload", "--overlap=ignore", "--hup=print x", "--usr1=print x"]);
    assert_eq!(all.overlap_of(Signal::HUP), Overlap::Rerun);
    assert_eq!(all.overlap_of(Signal::USR1), Overlap::Ignore);
    assert_eq!(plan(&["--hup=print x"]).overlap_of(Signal::HUP), Overlap::Ignore);
    let mistake = read_words(&["--notify-reload", "--usr1=print x"]);
    assert!(matches!(mistake, Err(Mistake::NothingToReload)), "{mistake:?}");
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

fn all_are_told(cases: &[(&[&str], &str)]) {
    for (words, text) in cases {
        let mistake = mistake(words);
        assert!(mistake.contains(text), "{words:?}: {mistake}");
    }
}

#[test]
fn a_mistake_in_flagmans_own_words_is_told_with_the_word_that_was_typed() {
    all_are_told(&[
        (&[], "No actions configured; exiting"),
        (&["-v"], "No actions configured; exiting"),
        (&["--check"], "No actions configured; exiting"),
        (&["print", "x"], "`print` is no option; an action follows its signal"),
        (&["-x"], "unknown option `-x`; `flagman --help` shows"),
        (
            &["--usr1", "print", "x", "--verbos=1"],
            "unknown option `--verbos`; did you mean `--verb",
        ),
        (&["-usr1", "print", "x"], "unknown option `-usr1`; did you mean `--usr1`?"),
        (&["--SIGUSR2", "print", "x"], "unknown option `--SIGUSR2`; did you mean `--usr2`?"),
        (&["--grace", "--usr1=print x"], "`--grace` must be followed by a decimal number"),
        (&["--check=x"], "`--check` takes no value, but `x` was given"),
        (&["--", "x"], "`--` is not used yet"),
        (&["--usr1"], "`--usr1` must be followed by an action's name"),
        (&["--usr1", "-v"], "`--usr1` must be followed by an action's name, not by `-v`"),
        (&["--usr1", "--", "x"], "`--usr1` must be followed by an action's name, not by `--`"),
        (&["--usr1", ""], "`--usr1` is followed by an empty word"),
        (&["--usr1="], "`--usr1` is followed by an empty word"),
        (&["--usr1=print 'x"], "a quote is not closed in `--usr1=print 'x`"),
    ]);
}

#[test]
fn an_unknown_action_is_told_with_the_nearest_name() {
    all_are_told(&[
        (&["--usr1", "prnt", "x"], "unknown action `prnt` after `--usr1`; did you mean `print`?"),
        (&["--usr1", "zzz"], "unknown action `zzz` after `--usr1`; `flagman --list` shows"),
        (&["--usr1", "print it"], "an action in one word is written --usr1='print it'"),
    ]);
}

#[test]
fn too_few_too_many_and_wrong_words_are_told_with_what_to_write() {
    all_are_told(&[
        (
            &["--usr1", "print"],
            "`print` lacks its argument `message: str`; write --usr1 print MESS",
        ),
        (
            &["--usr1", "delay_print", "x", "--usr2", "print", "y"],
            "`delay_print` lacks its argument `delay: int`: `--usr2` is not taken for it; \
             write --usr1='delay_print x --usr2'",
        ),
        (
            &["--usr1", "delay_print", "--hup", "print", "x"],
            "`--hup` is not taken for it; write --usr1='delay_print --hup DELAY'",
        ),
        (&["--usr1=print", "hello"], "`hello` is not taken for it; write --usr1='print hello'"),
        (
            &["--usr1", "print", "a", "fun", "message"],
            "`fun` is left over: `print` takes 1 word; for one action write \
             --usr1=\"print 'a fun message'\"",
        ),
        (&["--usr1=print a b"], "`b` is left over: `print` takes 1 word; for one action write"),
        (
            &["--usr1", "delay_print", "x", "1", "2"],
            "`2` is left over: `delay_print` takes 2 words",
        ),
        (&["--hup", "delay_print", "x", "soon"], "`delay` must be an int from 0 to 31536000"),
        (&["--hup", "numbers", "1", "256"], "`number` must be an int (from 0 to 255), not `256`"),
    ]);
}

#[test]
fn values_outside_their_range_are_told_with_what_they_should_be() {
    for value in
        ["-1", "31536001", "1e3", "inf", "NaN", "", ".", "+1", "1s", "99999999999999999999"]
    {
        let mistake = mistake(&["--grace", value]);
        let text = "`--grace` must be followed by a decimal number of seconds from 0 to 31536000, \
                    not by";
        assert_eq!(mistake, format!("{text} `{value}`"));
    }
    let maybe = "`--overlap` must be followed by `ignore` or `rerun`";
    assert_eq!(mistake(&["--overlap", "maybe"]), format!("{maybe}, not by `maybe`"));
    assert_eq!(mistake(&["--overlap"]), maybe);
    for value in ["0", "1.5", ".5", "31536000"] {
        plan(&["--grace", value, "--hup=print x"]);
    }
}

#[test]
fn a_word_that_is_not_utf_8_is_shown_with_its_bytes() {
    let words = ["--usr1".into(), "print".into(), OsString::from_vec(b"a\xffb".to_vec())];
    let mistake = read(words, &registry()).request.unwrap_err();
    assert_eq!(mistake.to_string(), "the word `a\\xffb` is not UTF-8");
}

#[test]
fn a_very_long_word_is_cut() {
    let words = ["--usr1", &"x".repeat(100_000)];
    let mistake = read_words(&words).unwrap_err();
    assert!(mistake.sentence().chars().count() <= 1001, "{}", mistake.sentence());
}

#[test]
fn a_word_with_control_characters_is_shown_as_a_shell_takes_it() {
    assert_eq!(bundles(&["--usr1", "print", "a\nb'c"]), "SIGUSR1: print $'a\\nb\\'c'");
    assert_eq!(bundles(&["--usr1", "print", "a\\nb"]), "SIGUSR1: print 'a\\nb'");
}

#[test]
fn two_actions_of_one_name_are_refused() {
    let registry = Registry::standard().with::<Many>().with::<Many>();
    let mistake = read(["--list".into()], &registry).request.unwrap_err();
    assert_eq!(mistake, Mistake::Clash { name: "many" });
    assert_eq!(mistake.to_string(), "two actions of this program have the name `many`");
}
