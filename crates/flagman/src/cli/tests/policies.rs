//! The policies of one action: the words NAME=VALUE before its name.

use std::time::Duration;

use super::super::labels;
use super::super::options::POLICIES;
use super::super::policies::Policies;
use super::{all_are_told, bundles, mistake, plan};
use crate::decider::{OnFailure, Policy};

/// The policies of the only action.
fn policies(words: &[&str]) -> Policies {
    plan(words).bundles[0].1[0].policies.clone()
}

#[test]
fn words_with_an_equals_sign_before_an_actions_name_are_its_policies() {
    let words = [
        "--usr1",
        "timeout=1.5",
        "retries=3",
        "retry-delay=0.5",
        "give-up=60",
        "on-failure=stop",
        "name=the check",
        "exec",
        "true",
    ];
    let expected = Policy {
        retries: 3,
        retry_delay: Duration::from_millis(500),
        give_up: Duration::from_mins(1),
        on_failure: OnFailure::Stop,
    };
    assert_eq!(policies(&words).on_failed_run, expected);
    let shown =
        "timeout=1.5 retries=3 retry-delay=0.5 give-up=60 on-failure=stop name='the check' exec";
    assert_eq!(bundles(&words), format!("SIGUSR1: {shown} true"));
    let in_one = format!("--usr1={shown} true");
    assert_eq!(policies(&[&in_one]), policies(&words));
    assert_eq!(policies(&["--usr1", "many", "x"]), Policies::default());
    assert_eq!(policies(&["--on", "term", "retries=1", "many", "x"]).on_failed_run.retries, 1);
}

#[test]
fn policies_are_those_of_one_action_alone() {
    let words = ["--usr1", "retries=3", "many", "a", "--usr1", "many", "b", "--hup=name=x print y"];
    assert_eq!(bundles(&words), "SIGHUP: name=x print y\nSIGUSR1: retries=3 many a; many b");
}

#[test]
fn a_value_that_is_the_default_is_not_shown() {
    let words = [
        "--usr1",
        "retries=0",
        "retry-delay=1.0",
        "give-up=600",
        "on-failure=continue",
        "many",
        "a",
    ];
    assert_eq!(bundles(&words), "SIGUSR1: many a");
}

#[test]
fn the_time_of_a_run_is_that_of_its_action_or_that_of_all() {
    let timeout = |words: &[&str]| {
        let plan = plan(words);
        plan.timeout_of(&plan.bundles[0].1[0])
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(timeout(&["--timeout=5", "--hup", "exec", "true"]), seconds(5));
    assert_eq!(timeout(&["--timeout=5", "--hup", "timeout=7", "exec", "true"]), seconds(7));
    assert_eq!(timeout(&["--timeout=5", "--hup", "timeout=none", "exec", "true"]), None);
    assert_eq!(timeout(&["--hup", "timeout=7", "exec", "true"]), seconds(7));
    assert_eq!(
        bundles(&["--hup", "timeout=none", "exec", "true"]),
        "SIGHUP: timeout=none exec true"
    );
}

#[test]
fn an_action_is_called_by_its_policy_name() {
    let labels = |words: &[&str]| labels(&plan(words).bundles);
    assert_eq!(labels(&["--hup", "name=a b", "many", "x", "--usr1=many y"]), ["a b", "many"]);
    assert_eq!(labels(&["--hup=many x", "--usr1=many y"]), ["many x", "many y"]);
}

#[test]
fn a_value_outside_the_bounds_of_a_policy_is_told_with_what_it_should_be() {
    for (words, text) in [
        (
            &["retries=101", "retries=-1", "retries=1.5", "retries=+1", "retries="][..],
            "`retries` needs a whole number from 0 to 100, not `",
        ),
        (
            &["retry-delay=61", "retry-delay=x"],
            "`retry-delay` needs a decimal number of seconds from 0 to 60, not `",
        ),
        (
            &["give-up=31536001", "give-up="],
            "`give-up` needs a decimal number of seconds from 0 to 31536000, not `",
        ),
        (
            &["on-failure=ignore", "on-failure="],
            "`on-failure` needs `continue`, `stop` or `exit`, not `",
        ),
        (
            &["timeout=x", "timeout=", "timeout=31536001", "timeout=None"],
            "`timeout` needs a decimal number of seconds above 0 and up to 31536000, or `none`, not `",
        ),
        (
            &["name=", "name= ", "name=a\nb"],
            "`name` needs 1 to 64 characters, none of them a control character, not `",
        ),
    ] {
        for word in words {
            let (_, value) = word.split_once('=').unwrap();
            let expected = format!("after `--usr1`: the policy {text}{value}`");
            assert_eq!(mistake(&["--usr1", word, "exec", "true"]), expected);
        }
    }
    for zero in ["0", "0.0"] {
        assert_eq!(
            mistake(&["--usr1", &format!("timeout={zero}"), "exec", "true"]),
            format!(
                "after `--usr1`: the policy `timeout={zero}` would leave a run no time; for no limit, write \
                 `timeout=none`"
            )
        );
    }
    let longest = format!("name={}", "é".repeat(64));
    assert!(policies(&["--usr1", &longest, "many", "x"]).name.is_some());
    assert!(
        mistake(&["--usr1", &format!("{longest}x"), "many", "x"]).contains("1 to 64 characters")
    );
    for word in ["retries=100", "retry-delay=60", "give-up=0", "retries=007"] {
        plan(&["--usr1", word, "many", "x"]);
    }
}

#[test]
fn a_policy_that_cannot_be_is_told_with_what_to_write() {
    all_are_told(&[
        (
            &["--usr1", "retry=3", "many", "x"],
            "unknown policy `retry=3` after `--usr1`; did you mean `retries=`?",
        ),
        (
            &["--on", "winch=zzz=3 many x"],
            "unknown policy `zzz=3` after `--on winch`; the policies are `timeout=`, `retries=`, \
             `retry-delay=`, `give-up=`, `on-failure=` and `name=`",
        ),
        (&["--usr1", "=3", "many", "x"], "unknown policy `=3` after `--usr1`"),
        (&["--usr1", "Retries=3", "many", "x"], "did you mean `retries=`?"),
        (
            &["--usr1", "retries=3", "name=x", "retries=4", "many", "x"],
            "the policy `retries` stands twice after `--usr1`; remove one",
        ),
        (&["--usr1=retries=3 retries=3 many x"], "the policy `retries` stands twice"),
        (
            &["--usr1", "timeout=5", "print", "x"],
            "`--usr1 timeout=5 print`: `print` runs inside flagman, where nothing can stop it; remove \
             `timeout=5`",
        ),
        (&["--usr1=timeout=none print x"], "remove `timeout=none`"),
        (
            &["--usr1", "timeout=5"],
            "`--usr1 timeout=5` needs an action's name; write for example --usr1 timeout=5 exec true",
        ),
        (
            &["--usr1", "name=a b", "retries=5", "-v"],
            "`--usr1 name='a b' retries=5` needs an action's name, not `-v`; write for example --usr1 \
             name='a b' retries=5 exec true",
        ),
        (
            &["--usr1=timeout=5", "exec", "true"],
            "`--usr1 timeout=5` needs an action's name, not `exec`",
        ),
        (&["--usr1", "timeout=5", ""], "`--usr1` needs an action's name, not an empty word"),
        (
            &["--usr1", "timeout=5 exec true"],
            "not `5 exec true`; to give an action in one word, write --usr1='timeout=5 exec true'",
        ),
    ]);
}

#[test]
fn advice_keeps_the_policies() {
    all_are_told(&[
        (&["--usr1", "retries=3", "print"], "write --usr1 retries=3 print MESSAGE"),
        (&["--usr1", "retries=3", "print", "a", "b"], "write --usr1=\"retries=3 print 'a b'\""),
        (&["--usr1", "retries=3", "true", "a b"], "write --usr1 retries=3 exec true 'a b'"),
        (&["--usr1=name='a b' true x"], "write --usr1=\"name='a b' exec true x\""),
        (&["--usr1", "retries=3", "print x"], "write --usr1='retries=3 print x'"),
        (
            &["--usr1", "retries=3", "print", "--overlap", "rerun"],
            ": --overlap rerun --usr1 retries=3 print MESSAGE",
        ),
        (&["--usr1", "retries=3", "many", "a", "--", "b"], "write --usr1='retries=3 many a -- b'"),
    ]);
}

#[test]
fn a_policy_after_an_actions_name_is_a_word_of_the_action_and_told_as_what_it_may_be() {
    assert_eq!(bundles(&["--usr1", "many", "retries=3"]), "SIGUSR1: many retries=3");
    assert_eq!(bundles(&["--usr1", "print", "retries=3"]), "SIGUSR1: print retries=3");
    all_are_told(&[
        (
            &["--usr1", "print", "retries=3", "hello"],
            "unexpected word `hello`: `print` took the policy `retries=3` as its argument `message`; write \
             policies before `print`: --usr1 retries=3 print hello",
        ),
        (
            &["--usr1", "exec", "timeout=5", "true"],
            "if `timeout=5` is for flagman, write it before `exec`",
        ),
    ]);
}

#[test]
fn every_policy_of_the_table_takes_its_default_and_says_what_it_should_be() {
    for row in &POLICIES {
        let mut policies = Policies::default();
        if !row.default.contains([' ', '-']) {
            policies.set(row.policy, row.default).expect("the default is a value");
            assert_eq!(policies, Policies::default(), "{}", row.name);
        }
        let error = policies.set(row.policy, "\n").expect_err("no policy takes a newline");
        assert!(error.sentence(row.name).contains(&row.kind.should_be()), "{}", row.name);
    }
}
