//! Which words belong to flagman and which to an action, and what the messages say of the others.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use flagman_base::Signal;

use super::inert::{Many, registry};
use super::{Mistake, Plan, Request, Systemd, WhenEmpty, bundle_lines, read};
use crate::decider::{Grace, Overlap};
use crate::log::{Format, LogTime, Verbosity};
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
fn options_are_understood() {
    let defaults = plan(&["--hup=print x"]);
    assert_eq!(defaults.overlap_of(Signal::HUP), Overlap::Ignore);
    assert_eq!(defaults.grace, Grace(Duration::from_secs(8)));
    assert_eq!(defaults.verbosity, Verbosity::Warning);
    assert_eq!(defaults.systemd, Systemd::Notify);
    assert_eq!(defaults.when_empty, WhenEmpty::Failure);
    let words = ["--overlap=rerun", "--grace", "0.5", "--no-systemd", "--successful-empty", "-qvv"];
    let all = plan(&[&words[..], &["--hup=print x"]].concat());
    assert_eq!(all.overlap_of(Signal::HUP), Overlap::Rerun);
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
    let words = ["--nosuch", "--log-time"].map(OsString::from);
    assert_eq!(read(words, &registry()).log_time, LogTime::Shown);
    assert_eq!(read([], &registry()).log_time, LogTime::Hidden);
    let should_be = "`--log-format` needs `text`, `journal` or `json`, not `xml`";
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
        (
            &["print", "x"],
            "unexpected word `print`; before an action, write its signal: --hup, --usr1, --usr2 or --on SIGNAL",
        ),
        (&["-x"], "unknown option `-x`; `flagman --help` lists all options"),
        (
            &["--usr1", "print", "x", "--verbos=1"],
            "unknown option `--verbos`; did you mean `--verb",
        ),
        (&["-usr1", "print", "x"], "unknown option `-usr1`; did you mean `--usr1`?"),
        (&["--SIGUSR2", "print", "x"], "unknown option `--SIGUSR2`; did you mean `--usr2`?"),
        (&["--grace", "--usr1=print x"], "`--grace` needs a value: a decimal number"),
        (&["--check=x"], "`--check` takes no value; remove `=x`"),
        (
            &["--", "x"],
            "`--` is reserved: the words after it will be the command of a service, which this version cannot start; to end",
        ),
        (&["--usr1"], "`--usr1` needs an action's name, as in --usr1 print hello"),
        (
            &["--usr1", "-v"],
            "`--usr1` needs an action's name, not `-v`; write for example --usr1 print",
        ),
        (&["--usr1", "--", "x"], "`--usr1` needs an action's name, not `--`"),
        (&["--usr1", ""], "`--usr1` needs an action's name, not an empty word"),
        (&["--usr1="], "`--usr1` needs an action's name, not an empty word"),
        (&["--usr1=print 'x"], "`--usr1=print 'x` has a quote that is not closed"),
    ]);
}

#[test]
fn an_unknown_action_is_told_with_the_nearest_name() {
    all_are_told(&[
        (&["--usr1", "prnt", "x"], "unknown action `prnt` after `--usr1`; did you mean `print`?"),
        (
            &["--usr1", "zzz"],
            "unknown action `zzz` after `--usr1`; `flagman --list` lists all actions",
        ),
        (&["--usr1", "print it"], "to give an action in one word, write --usr1='print it'"),
    ]);
}

#[test]
fn too_few_too_many_and_wrong_words_are_told_with_what_to_write() {
    all_are_told(&[
        (
            &["--usr1", "print"],
            "`print` needs its argument `message: str`; write --usr1 print MESS",
        ),
        (
            &["--usr1", "delay_print", "x", "--usr2", "print", "y"],
            "`delay_print` needs its argument `delay: int`, and `--usr2` does not belong to \
             `delay_print`; if it should, write --usr1='delay_print x --usr2'",
        ),
        (
            &["--usr1", "delay_print", "--hup", "print", "x"],
            "`--hup` does not belong to `delay_print`; if it should, write --usr1='delay_print --hup DELAY'",
        ),
        (
            &["--usr1=print", "hello"],
            "`hello` does not belong to `print`; if it should, write --usr1='print hello'",
        ),
        (
            &["--usr1", "print", "a", "fun", "message"],
            "unexpected word `fun`: `print` takes 1 word; a text with spaces needs quotes; write \
             --usr1=\"print 'a fun message'\"",
        ),
        (
            &["--usr1=print a b"],
            "unexpected word `b`: `print` takes 1 word; a text with spaces needs quotes; write",
        ),
        (
            &["--usr1", "delay_print", "x", "1", "2"],
            "unexpected word `2`: `delay_print` takes 2 words; remove `2`",
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
        let text = "`--grace` needs a decimal number of seconds from 0 to 31536000, not";
        assert_eq!(mistake, format!("{text} `{value}`"));
    }
    let maybe =
        "`--overlap` needs `ignore` or `rerun`, for one signal as in `usr1=rerun`, not `maybe`";
    assert_eq!(mistake(&["--overlap", "maybe"]), maybe);
    assert_eq!(
        mistake(&["--overlap"]),
        "`--overlap` needs a value: `ignore` or `rerun`, for one signal as in `usr1=rerun`"
    );
    for value in ["0", "1.5", ".5", "31536000"] {
        plan(&["--grace", value, "--hup=print x"]);
    }
}

#[test]
fn a_word_that_is_not_utf_8_is_shown_with_its_bytes() {
    let words = ["--usr1".into(), "print".into(), OsString::from_vec(b"a\xffb".to_vec())];
    let mistake = read(words, &registry()).request.unwrap_err();
    assert_eq!(mistake.to_string(), "the word `a\\xffb` is not UTF-8; flagman takes only UTF-8");
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
    assert_eq!(
        mistake.to_string(),
        "this program has two actions with the name `many`; rename one"
    );
}

#[test]
fn a_timeout_of_nothing_is_refused_with_how_to_have_no_limit() {
    for zero in ["0", "0.0", ".0", "0.0000000001"] {
        let expected =
            "`--timeout 0` would leave a run no time; for no limit, leave `--timeout` out";
        assert_eq!(mistake(&["--timeout", zero, "--hup=print x"]), expected, "{zero}");
    }
    for (value, milliseconds) in [("0.001", 1), ("1.5", 1500)] {
        let timeout = plan(&["--timeout", value, "--hup=print x"]).timeout;
        assert_eq!(timeout, Some(Duration::from_millis(milliseconds)));
    }
    assert_eq!(plan(&["--hup=print x"]).timeout, None);
    let range =
        "`--timeout` needs a decimal number of seconds above 0 and up to 31536000, not `-1`";
    assert_eq!(mistake(&["--timeout=-1", "--hup=print x"]), range);
    assert_eq!(plan(&["--grace=0", "--hup=print x"]).grace, Grace(Duration::ZERO));
}

#[test]
fn a_pid_file_is_named_by_the_last_word_that_is_given_for_it() {
    assert_eq!(plan(&["--hup=print x"]).pid_file, None);
    let words = ["--pid-file", "a", "--pid-file=/run/b", "--hup=print x"];
    assert_eq!(plan(&words).pid_file, Some("/run/b".into()));
    assert_eq!(
        mistake(&["--pid-file=", "--hup=print x"]),
        "`--pid-file` needs the path of a file, not ``"
    );
    assert_eq!(mistake(&["--pid-file"]), "`--pid-file` needs a value: the path of a file");
}

#[test]
fn of_the_options_for_the_level_the_one_that_asks_for_less_wins_in_any_order() {
    for (options, verbosity) in [
        (&["--errors-only"][..], Verbosity::Error),
        (&["--errors-only", "-vv"], Verbosity::Error),
        (&["-v", "--errors-only", "-v"], Verbosity::Error),
        (&["-q", "--errors-only"], Verbosity::Critical),
        (&["--errors-only", "-qv"], Verbosity::Critical),
    ] {
        let words = [options, &["--hup=print x"]].concat();
        assert_eq!(plan(&words).verbosity, verbosity, "{options:?}");
    }
}

#[test]
fn an_unknown_action_that_is_a_program_is_told_with_how_to_run_it() {
    let cases: [(&[&str], &str); 9] = [
        (&["--usr1", "true", "hi"], "--usr1 exec true hi"),
        (&["--usr1", "true", "a b", "-v", "--quiet"], "--usr1 exec true 'a b' -v --quiet"),
        (&["--usr1", "true", "hi", ";", "-v"], "--usr1 exec true hi"),
        (&["--hup", "true", "hi", "--usr2", "print", "x"], "--hup exec true hi"),
        (&["--hup", "true", "hi", "--grace", "3"], "--hup exec true hi ';'"),
        (&["--usr1=true 'a b' --hup"], "--usr1=\"exec true 'a b' --hup\""),
        (&["--usr1", "true hi"], "--usr1='exec true hi'"),
        (&["--usr1", "/bin/true"], "--usr1 exec /bin/true"),
        // A file that cannot be run: `exec` says why.
        (&["--usr1", "/etc/passwd", "x"], "--usr1 exec /etc/passwd x"),
    ];
    for (words, form) in cases {
        let mistake = mistake(words);
        assert!(mistake.contains("; to run the program `"), "{mistake}");
        assert!(mistake.ends_with(&format!("`, write {form}")), "{words:?}: {mistake}");
    }
    // Help is still found wherever it stands.
    assert!(matches!(read_words(&["--usr1", "true", "--help"]), Ok(Request::Help)));
}

#[test]
fn an_option_that_an_action_has_taken_is_told_as_what_it_is() {
    let took = "unexpected word `rerun`: `print` took the option `--overlap` as its argument \
                `message`; write flagman's options before `--usr1`: --overlap rerun --usr1 print";
    all_are_told(&[
        (&["--usr1", "print", "--overlap", "rerun"], &format!("{took} MESSAGE")),
        (&["--usr1", "print", "--overlap", "rerun", "hi"], &format!("{took} hi")),
        (&["--usr1", "print", "--overlap", "rerun", "a", "b"], &format!("{took} 'a b'")),
        (&["--usr1", "print", "--no-systemd", "hi"], ": --no-systemd --usr1 print hi"),
        (&["--usr1", "print", "-v", "hi"], ": -v --usr1 print hi"),
        (&["--usr1", "print", "--grace=3", "hi"], ": '--grace=3' --usr1 print hi"),
        (
            &["--usr1", "delay_print", "x", "--grace", "3"],
            "not `--grace`; if `--grace` is for flagman, write it before `--usr1`",
        ),
        (
            &["--usr1", "exec", "--timeout", "3", "true"],
            "; if `--timeout` is for flagman, write it before `--usr1`",
        ),
    ]);
    // In one word it is meant as it stands.
    assert!(!mistake(&["--usr1=delay_print x --grace"]).contains("for flagman"));
    assert!(!mistake(&["--usr1=print --overlap rerun"]).contains("took the option"));
}

/// The only warning, or nothing.
fn warning(words: &[&str]) -> String {
    let mut warnings = plan(words).warnings;
    let warning = warnings.pop().unwrap_or_default();
    assert_eq!(warnings, [""; 0], "{words:?}");
    warning
}

#[test]
fn a_word_that_is_almost_a_signal_option_is_warned_of() {
    let looks = "`many` takes the word `--term`, which looks like a signal option: flagman has only \
                 --hup, --usr1, --usr2 and --on SIGNAL; if it is a word of `many`, write --hup='many true --term x'";
    assert_eq!(warning(&["--hup", "many", "true", "--term", "x"]), looks);
    for (word, text) in [
        ("--sigusr1", "which looks like `--usr1`: if it is for flagman, write `--usr1`; if it is"),
        ("--HUP", "which looks like `--hup`"),
        ("--usr3=print x", "flagman has only --hup, --usr1, --usr2 and --on SIGNAL"),
    ] {
        let warning = warning(&["--hup", "many", "true", word]);
        assert!(warning.contains(&format!("`{word}`")) && warning.contains(text), "{warning}");
    }
    assert!(warning(&["--hup", "print", "--term"]).starts_with("`print` takes the word `--term`"));
    // One for each action, however many words there are.
    assert!(warning(&["--hup", "many", "true", "--term", "--int", "--grace"]).contains("`--term`"));
    assert_eq!(warning(&["--hup=many true --term"]), "", "it is meant as it stands");
    assert_eq!(warning(&["--hup", "many", "kill", "-TERM", "-usr1", "1"]), "");
}

#[test]
fn a_long_option_of_flagmans_among_an_actions_words_is_warned_of_where_it_is_likely_a_mistake() {
    let ours = "`many` takes the word `--grace`, which is also an option of flagman's: if it is for \
                flagman, write it before `--usr1`; if it is a word of `many`, write \
                --usr1='many job --grace 3'";
    assert_eq!(warning(&["--usr1", "many", "job", "--grace", "3"]), ours);
    for words in [
        &["many", "job", "--timeout", "3"][..],
        &["many", "job", "--timeout=3"],
        &["many", "job", "--overlap=rerun", "x"],
        &["many", "job", "--timeout", "3", ";", "-v"],
        &["print", "--verbose"],
        &["print", "--help"],
    ] {
        let words = [&["--usr1"], words].concat();
        assert!(warning(&words).contains("also an option of flagman's"), "{words:?}");
    }
    for words in [
        &["print", "-v"][..],
        &["print", "hello", "-v"],
        &["many", "grep", "-v", "-q"],
        &["many", "certbot", "renew", "--quiet"],
        &["many", "wget", "--timeout", "3", "x"],
        &["many", "job", "--help", "--version", "--list", "--verbose"],
        &["perhaps", "--grace", "3"],
    ] {
        assert_eq!(warning(&[&["--usr1"], words].concat()), "", "{words:?}");
    }
    assert_eq!(warning(&["--usr1=many job --grace 3"]), "", "it is meant as it stands");
}
