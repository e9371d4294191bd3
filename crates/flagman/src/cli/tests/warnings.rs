//! Words that an action takes although they look as if they were meant for flagman.

use super::warning;

#[test]
fn a_word_that_is_almost_a_signal_option_is_warned_of() {
    let looks = "`many` takes the word `--term`, which looks like `--on TERM`: if it is for flagman, \
                 write `--on TERM`; if it is a word of `many`, write --hup='many true --term x'";
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

#[test]
fn a_policy_after_an_actions_name_is_warned_of_where_it_is_likely_a_mistake() {
    let policy = "`many` takes the word `retries=3`, which is also a policy: if it is for flagman, write it \
                  before `many`; if it is a word of `many`, write --usr1='many job retries=3 x'";
    assert_eq!(warning(&["--usr1", "many", "job", "retries=3", "x"]), policy);
    for words in [
        &["many", "on-failure=stop", "job"][..],
        &["exec", "true", "timeout=5"],
        &["many", "job", "name=x"],
        &["print", "give-up=5"],
    ] {
        assert!(warning(&[&["--usr1"], words].concat()).contains("is also a policy"), "{words:?}");
    }
    for words in [
        &["many", "curl", "name=x", "url"][..],
        &["exec", "true", "timeout=5", "x"],
        // Nothing can stop it, so that it cannot be meant.
        &["many", "job", "timeout=5"],
        &["many", "job", "retries=many", "on-failure", "--retries=3", "Retries=3"],
    ] {
        assert_eq!(warning(&[&["--usr1"], words].concat()), "", "{words:?}");
    }
    assert_eq!(warning(&["--usr1=many job retries=3"]), "", "it is meant as it stands");
}

#[test]
fn a_value_without_an_effect_is_warned_of() {
    let idle = "the `overlap` of SIGUSR2 has no effect: SIGUSR2 has no actions";
    assert_eq!(warning(&["--overlap", "usr2=rerun", "--usr1=print x"]), idle);
    let idle = "the `quiet-period` of SIGHUP has no effect: SIGHUP has no actions";
    assert_eq!(warning(&["--quiet-period", "hup=1", "--usr1=print x"]), idle);
    let idle = "the policy `retry-delay=5` of `many` for SIGUSR1 has no effect without `retries=`";
    assert_eq!(warning(&["--usr1", "retry-delay=5", "many", "x"]), idle);
    let idle = "the policy `give-up=5` of `many` for SIGUSR1 has no effect without `retries=`";
    assert_eq!(warning(&["--usr1", "give-up=5", "many", "x"]), idle);
    assert_eq!(warning(&["--usr1", "give-up=5", "retries=1", "many", "x"]), "");
}
