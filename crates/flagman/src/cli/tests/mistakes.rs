//! What the messages say of words that have no place.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::super::inert::{Many, registry};
use super::super::{Mistake, Request, read};
use super::{all_are_told, mistake, read_words};
use crate::registry::Registry;

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
            &["--usr1=delay_print --hup"],
            "`delay_print` needs its argument `delay: int`; write --usr1='delay_print --hup DELAY'",
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
