//! `--on`: signals in every form, and those that are refused.

use flagman_base::Signal;

use super::super::signal::bare;
use super::{all_are_told, bundles, mistake};

#[test]
fn an_action_can_be_given_for_every_signal_in_every_form() {
    for (word, name) in [
        ("winch", "SIGWINCH"),
        ("SIGWINCH", "SIGWINCH"),
        ("SigPoll", "SIGIO"),
        ("28", "SIGWINCH"),
        ("usr1", "SIGUSR1"),
        ("TERM", "SIGTERM"),
        ("int", "SIGINT"),
        ("rtmin", "SIGRTMIN"),
        ("RTMIN+3", "SIGRTMIN+3"),
        ("sigrtmax-1", "SIGRTMIN+29"),
    ] {
        assert_eq!(bundles(&["--on", word, "print", "a b"]), format!("{name}: print 'a b'"));
        let joined = format!("{word}=print 'a b'");
        assert_eq!(bundles(&["--on", &joined]), format!("{name}: print 'a b'"));
    }
    for signal in Signal::with_actions() {
        let words = ["--on", &bare(signal), "print", "x"];
        assert_eq!(bundles(&words), format!("{signal}: print x"));
    }
}

#[test]
fn one_signal_has_one_bundle_however_it_is_named() {
    let words = ["--usr1=print 1", "--on", "usr1", "print", "2", "--on", "10=print 3"];
    assert_eq!(bundles(&words), "SIGUSR1: print 1; print 2; print 3");
    let words = [
        "--on",
        "RTMAX=print 4",
        "--on",
        "winch=print 3",
        "--usr2=print 2",
        "--on",
        "quit=print 1",
    ];
    assert_eq!(
        bundles(&words),
        "SIGQUIT: print 1\nSIGUSR2: print 2\nSIGWINCH: print 3\nSIGRTMIN+30: print 4",
        "in the order of their numbers"
    );
}

#[test]
fn on_ends_the_words_of_every_action() {
    let words = ["--usr1", "many", "a", "--on", "winch", "many", "b", "--hup", "print", "c"];
    assert_eq!(bundles(&words), "SIGHUP: print c\nSIGUSR1: many a\nSIGWINCH: many b");
    let words = ["--usr1", "perhaps", "--on", "winch=print x"];
    assert_eq!(bundles(&words), "SIGUSR1: perhaps\nSIGWINCH: print x");
    all_are_told(&[
        (
            &["--usr1", "print", "--on", "winch", "print", "x"],
            "`print` needs its argument `message: str`, and `--on` does not belong to `print`; if it \
             should, write --usr1='print --on'",
        ),
        (
            &["--on", "winch", "print", "--", "x"],
            "and `--` does not belong to `print`; if it should, write --on winch='print --'",
        ),
    ]);
    assert_eq!(bundles(&["--usr1=many a --on b -- c"]), "SIGUSR1: many a --on b -- c");
}

#[test]
fn two_dashes_begin_the_command_of_a_service_and_are_refused_for_now() {
    let reserved = "`--` is reserved: the words after it will be the command of a service, which this \
                    version cannot start; ";
    assert_eq!(
        mistake(&["--usr1", "many", "git", "checkout", "--", "a file", "--help"]),
        format!(
            "{reserved}if the action needs it, write --usr1=\"many git checkout -- 'a file' --help\""
        ),
        "and no word after it is flagman's"
    );
    for words in [&["--usr1", "print", "x", "--", "y", "-h"][..], &["--", "-l"], &["--"]] {
        assert_eq!(mistake(words), format!("{reserved}to end an action's words, write `;`"));
    }
    assert_eq!(
        mistake(&["--usr1=many x", "--", "y"]),
        format!("{reserved}to end an action's words, write `;`"),
        "all words of a one-word form are in that word"
    );
    assert!(mistake(&["--pid-file", "--", "x"]).starts_with("`--pid-file` needs a value"));
}

#[test]
fn a_refused_signal_is_told_with_its_reason_and_what_to_write() {
    let another = "write another signal, such as USR1 or RTMIN";
    for (words, text) in [
        (
            &["kill", "SIGKILL", "9"][..],
            "cannot be given actions, because no process can catch it; to act when flagman is \
             stopped, write TERM"
                .to_owned(),
        ),
        (&["stop"], format!("because no process can catch it; {another}")),
        (
            &["segv", "bus", "fpe", "ill", "trap", "sys", "abrt"],
            format!("because it reports a fault in flagman itself; {another}"),
        ),
        (
            &["chld"],
            format!(
                "because flagman itself uses it to wait for the programs that it starts; {another}"
            ),
        ),
        (&["pipe"], format!("because it reports that nobody reads what flagman writes; {another}")),
    ] {
        for word in words {
            let mistake = mistake(&["--on", word, "print", "x"]);
            assert!(mistake.starts_with(&format!("`--on`: `{word}`")), "{mistake}");
            assert!(mistake.ends_with(&text), "{mistake}");
        }
    }
    assert!(mistake(&["--on", "9=print x"]).starts_with("`--on`: `9` (SIGKILL) cannot"));
}

#[test]
fn a_word_that_is_no_signal_is_told_with_the_nearest_or_with_what_there_is() {
    let what = "a signal is a name such as WINCH, a real-time signal from RTMIN to RTMIN+30, or a number; \
                `flagman --help` lists the names";
    all_are_told(&[
        (&["--on", "wnch", "print", "x"], "`--on`: unknown signal `wnch`; did you mean `WINCH`?"),
        (&["--on", "SIGWINHC=print x"], "unknown signal `SIGWINHC`; did you mean `WINCH`?"),
        (&["--on", "print", "x"], &format!("unknown signal `print`; {what}")),
        (&["--on", "rtmin+31", "print", "x"], &format!("unknown signal `rtmin+31`; {what}")),
        (&["--on", "33", "print", "x"], &format!("unknown signal `33`; {what}")),
        (&["--on", "65=print x"], &format!("unknown signal `65`; {what}")),
        (&["--on", "", "print"], &format!("unknown signal ``; {what}")),
        (&["--on", "=print x"], &format!("unknown signal ``; {what}")),
    ]);
}

#[test]
fn on_in_a_form_that_it_does_not_have_is_told_with_what_to_write() {
    all_are_told(&[
        (&["--on"], "`--on` needs a signal and an action, as in --on WINCH print hello"),
        (&["--on", "-v"], "`--on` needs a signal, not `-v`; write for example --on WINCH print"),
        (&["--on", ";"], "`--on` needs a signal, not `;`"),
        (&["--on", "--", "x"], "`--on` needs a signal, not `--`"),
        (&["--on", "winch"], "`--on winch` needs an action's name, as in --on winch print hello"),
        (&["--on", "winch", "-v"], "`--on winch` needs an action's name, not `-v`"),
        (&["--on", "winch="], "`--on winch` needs an action's name, not an empty word"),
        (&["--on", "winch=print 'x"], "`--on winch=print 'x` has a quote that is not closed"),
        (
            &["--on=WINCH", "print", "a b", "--hup"],
            "`--on` takes its signal as the next word; write --on WINCH print 'a b'",
        ),
        (&["--on=WINCH"], "takes its signal as the next word; write --on WINCH ACTION"),
        (&["--on=WINCH", "-v"], "takes its signal as the next word; write --on WINCH ACTION"),
        (
            &["--on=WINCH=print \"a b\""],
            "takes its signal as the next word; write --on WINCH='print \"a b\"'",
        ),
        (&["--on=", "print"], "unknown signal ``"),
        (&["--on=wnch", "print"], "unknown signal `wnch`; did you mean `WINCH`?"),
        (
            &["--on", "WINCH print x"],
            "`--on` needs a signal, not `WINCH print x`; to give an action in one word, write --on \
             WINCH='print x'",
        ),
        (
            &["--on", "retries=3", "winch", "many", "x"],
            "`--on` needs a signal, not the policy `retries=3`; write --on SIGNAL retries=3 ACTION",
        ),
    ]);
    all_are_told(&[
        (
            &["--on", "winch", "prnt"],
            "unknown action `prnt` after `--on winch`; did you mean `print`?",
        ),
        (&["--on", "winch", "true", "x"], "write --on winch exec true x"),
        (&["--on", "winch=true x"], "write --on winch='exec true x'"),
        (&["--on", "winch", "print"], "write --on winch print MESSAGE"),
        (&["--on", "winch", "print", "a", "b"], "write --on winch=\"print 'a b'\""),
        (
            &["--on", "winch", "print", "--overlap", "rerun"],
            "write flagman's options before `--on winch`: --overlap rerun --on winch print MESSAGE",
        ),
    ]);
}

#[test]
fn an_option_with_a_signals_name_is_told_as_on() {
    all_are_told(&[
        (&["--term", "print", "x"], "unknown option `--term`; did you mean `--on TERM`?"),
        (&["--SIGWINCH=print x"], "unknown option `--SIGWINCH`; did you mean `--on WINCH`?"),
        (&["-term"], "unknown option `-term`; did you mean `--on TERM`?"),
        (&["--rtmin+2"], "did you mean `--on RTMIN+2`?"),
        (&["--SIGUSR1"], "did you mean `--usr1`?"),
    ]);
}
