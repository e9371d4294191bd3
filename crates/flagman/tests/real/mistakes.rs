//! Bad input: one clear line and status 2, and nothing is set up.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;

use super::harness::{Program, prefixed};

/// Runs the program and checks that it refuses `words` with one line that holds `text`.
fn is_refused(program: Program, words: &[impl AsRef<OsStr>], text: &str) {
    let shown: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    for check in [false, true] {
        let mut all: Vec<&OsStr> = shown.clone();
        if check {
            all.insert(0, OsStr::new("--check"));
        }
        let output = program.output(&all);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{all:?}: {said}");
        assert_eq!(output.stdout, b"", "{all:?}");
        assert_eq!(said.lines().count(), 1, "{all:?}: {said}");
        assert!(said.starts_with("CRITICAL:flagman.cli:"), "{all:?}: {said}");
        assert!(said.contains(text), "{all:?}: {said}");
    }
}

#[test]
fn a_mistake_on_the_command_line_is_one_line_and_status_2() {
    let cases: [(&[&str], &str); 27] = [
        (&[], "No actions configured; exiting"),
        (&["--usr1", "prnt", "x"], "`prnt`"),
        (&["--usr1", "print"], "`message: str`"),
        (&["--usr1", "print", "x", "y"], "unexpected word `y`"),
        (&["--usr1", "delay_print", "x", "soon"], "`soon`"),
        (&["--usr1", "delay_print", "x", "-1"], "`-1`"),
        (&["--usr1", "delay_print", "x", "31536001"], "`31536001`"),
        (&["--usr1", "delay_print", "x", "99999999999999999999"], "`99999999999999999999`"),
        (&["--usr1=print 'x"], "quote"),
        (&["--usr1", ""], "empty"),
        (&["--usr1="], "empty"),
        (&["--usr1", "print", "x", "--nosuch"], "`--nosuch`"),
        (&["--usr1", "print", "x", "-x"], "`-x`"),
        (&["--usr1", "print", "x", "--", "true"], "`--`"),
        (&["--usr1", "print", "x", "--grace", "-1"], "`-1`"),
        (&["--usr1", "print", "x", "--grace"], "`--grace`"),
        (&["--usr1", "print", "x", "--overlap", "maybe"], "`maybe`"),
        (&["--usr1", "print", "ok", "--usr2", "nosuch"], "`nosuch`"),
        (&["--usr1", "a\nb\x1b[1m"], "`a\\nb\\u{1b}[1m`"),
        (&["x"], "`x`"),
        (&["--hup", "reload"], "name one with `--config FILE`"),
        (&["--timeout", "0", "--usr1", "print", "x"], "for no limit, leave `--timeout` out"),
        (&["--timeout=0.0", "--usr1", "print", "x"], "for no limit, leave `--timeout` out"),
        (&["--usr1", "echo", "hi", "you"], "write --usr1 exec echo hi you"),
        (&["--usr1=echo hi"], "write --usr1='exec echo hi'"),
        (&["--usr1", "print", "--overlap", "rerun"], "--overlap rerun --usr1 print MESSAGE"),
        (&["--usr1", "exec", "--timeout", "3", "true"], "if `--timeout` is for flagman, write it"),
    ];
    for (words, text) in cases {
        is_refused(Program::Flagman, words, text);
    }
}

#[test]
fn a_signal_that_cannot_be_given_actions_is_one_line_with_the_reason_and_status_2() {
    let never = "because no process can catch it";
    let fault = "because it reports a fault in flagman itself";
    let cases = [
        ("KILL", never),
        ("stop", never),
        ("SEGV", fault),
        ("BUS", fault),
        ("FPE", fault),
        ("ILL", fault),
        ("TRAP", fault),
        ("SYS", fault),
        ("SIGABRT", fault),
        ("CHLD", "because flagman itself uses it to wait for the programs that it starts"),
        ("PIPE", "because it reports that nobody reads what flagman writes"),
        ("foo", "unknown signal `foo`"),
        ("32", "unknown signal `32`"),
        ("WINHC", "did you mean `WINCH`?"),
    ];
    for (word, text) in cases {
        let joined = format!("{word}=print x");
        for words in [&["--on", word, "print", "x"][..], &["--on", &joined]] {
            is_refused(Program::Flagman, words, text);
            is_refused(Program::Flagman, words, &format!("`{word}`"));
        }
    }
    is_refused(Program::Flagman, &["--on=WINCH", "print", "x"], "write --on WINCH print x");
    is_refused(Program::Flagman, &["--overlap", "kill=rerun", "--hup=print x"], never);
}

#[test]
fn a_policy_that_cannot_be_is_one_line_and_status_2() {
    let cases: [(&[&str], &str); 13] = [
        (&["--usr1", "retrys=3", "exec", "true"], "did you mean `retries=`?"),
        (&["--usr1", "retries=3", "retries=3", "exec", "true"], "`retries` stands twice"),
        (&["--usr1=retries=3 retries=3 exec true"], "`retries` stands twice"),
        (&["--usr1", "timeout=5", "print", "x"], "`print` runs inside flagman"),
        (&["--usr1", "retries=101", "exec", "true"], "a whole number from 0 to 100, not `101`"),
        (&["--usr1", "timeout=0", "exec", "true"], "write `timeout=none`"),
        (&["--usr1", "give-up=-1", "exec", "true"], "not `-1`"),
        (&["--usr1", "retry-delay=", "exec", "true"], "not ``"),
        (&["--usr1", "on-failure=ignore", "exec", "true"], "`continue`, `stop` or `exit`"),
        (&["--usr1", "name=", "exec", "true"], "1 to 64 characters"),
        (&["--usr1", "timeout=5"], "`--usr1 timeout=5` needs an action's name"),
        (&["--usr1=timeout=5"], "`--usr1 timeout=5` needs an action's name"),
        (
            &["--usr1", "exec", "timeout=5", "true"],
            "if `timeout=5` is for flagman, write it before",
        ),
    ];
    for (words, text) in cases {
        is_refused(Program::Flagman, words, text);
    }
}

#[test]
fn options_of_one_signal_that_cannot_hold_are_one_line_and_status_2() {
    let cases: [(&[&str], &str); 6] = [
        (&["--overlap", "each"], "each` is possible for a real-time signal only"),
        (&["--overlap", "usr1=each"], "SIGUSR1 cannot have `each`"),
        (&["--overlap", "usr1=maybe"], "`ignore` or `rerun` for SIGUSR1, not `maybe`"),
        (&["--quiet-period", "rtmin=1"], "SIGRTMIN cannot have a quiet period"),
        (&["--quiet-period", "term=1"], "SIGTERM, which shuts flagman down"),
        (&["--quiet-period", "soon"], "not `soon`"),
    ];
    for (words, text) in cases {
        is_refused(Program::Flagman, &[words, &["--on", "rtmin=print x"]].concat(), text);
    }
}

#[test]
fn check_shows_signals_policies_and_options_in_words_that_can_be_typed_again() {
    let words = ["--check", "--overlap", "usr1=rerun", "--on", "10", "retries=3", "exec", "true"];
    let more = ["--usr1", "print", "a b", "--on", "WINCH=name='the window' exec true"];
    let output = Program::Flagman.output(&[&words[..], &more].concat());
    let lines = "SIGUSR1 (--overlap USR1=rerun): retries=3 exec true; print 'a b'\n\
                 SIGWINCH: name='the window' exec true\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), lines);
}

#[test]
fn a_word_that_is_not_utf_8_is_one_line_and_status_2() {
    let words = ["--usr1".into(), "print".into(), OsString::from_vec(b"caf\xe9".to_vec())];
    is_refused(Program::Flagman, &words, "`caf\\xe9` is not UTF-8");
}

#[test]
fn an_actions_own_check_refuses_before_anything_is_set_up() {
    let words = ["--usr1", "even", "4", "--hup", "even", "3"];
    is_refused(Program::Testbed, &words, "its argument `number` must be even, not `3`");
}

#[test]
fn an_action_without_arguments_takes_no_words() {
    for words in [&["--usr1", "mutter", "x"][..], &["--usr1=mutter x"]] {
        is_refused(Program::Testbed, words, "`mutter` takes no words");
    }
    let output = Program::Testbed.output(&["--check", "--usr1", "mutter", "--hup=mutter"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "SIGHUP: mutter\nSIGUSR1: mutter\n");
}

#[test]
fn an_argument_that_repeats_takes_all_words_and_each_is_checked() {
    is_refused(Program::Testbed, &["--usr1", "all", "a", "1", "--help", "-2"], "`--help`");
    let words = ["--check", "--usr1", "all", "a", "1", "-2", ";", "-v", "--hup=all '--usr1' 3"];
    let output = Program::Testbed.output(&words);
    let lines = "SIGHUP: all --usr1 3\nSIGUSR1: all a 1 -2\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), lines);
}

#[test]
fn a_word_that_may_be_meant_for_flagman_is_warned_of_by_check_and_at_the_start() {
    let cases: [(&[&str], &str); 4] = [
        (&["--hup", "exec", "true", "--term", "x"], "write `--on TERM`"),
        (&["--hup", "exec", "true", "retries=3"], "write it before `exec`"),
        (&["--usr1", "exec", "true", "--grace", "3"], "write it before `--usr1`"),
        (&["--usr1", "print", "--verbose"], "write it before `--usr1`"),
    ];
    for (words, text) in cases {
        let output = Program::Flagman.output(&[&["--check"], words].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.lines().count()), (Some(0), 1), "{said}");
        assert!(said.starts_with("WARNING:flagman.cli:") && said.contains(text), "{said}");
        let flagman = Program::Flagman.serve(words);
        assert!(flagman.stderr.find("WARNING:").contains(text));
        flagman.end();
    }
    let quiet = Program::Flagman.output(&["-q", "--check", "--usr1", "print", "--verbose"]);
    assert_eq!(String::from_utf8_lossy(&quiet.stderr), "");
    let meant =
        ["--check", "--usr1", "exec", "grep", "-v", "--quiet", "x", ";", "--usr1=print --help"];
    let output = Program::Flagman.output(&meant);
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stderr)),
        (Some(0), "".into())
    );
}

#[test]
fn words_of_exec_that_leave_no_room_for_what_flagman_adds_are_a_mistake() {
    // With such a stack all words and variables may take 256 KiB; flagman's own line just fits.
    let words = ["prlimit", "--stack=1048576:"];
    let with = |rest: usize| {
        let mut command = prefixed(&words);
        command.env_clear().env("PATH", "/usr/bin:/bin").arg(Program::Flagman.path());
        command.args(["--check", "--usr1", "print", "x", "--usr1", "exec", "true"]);
        for bytes in [120_000, 120_000, rest] {
            command.arg("x".repeat(bytes));
        }
        let output = command.output().expect("prlimit starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(with(10_000), (Some(0), String::new()));
    // The words with their ends and pointers, and the variable.
    let bytes = 258_000 + "true".len() + 4 * 9 + "PATH=/usr/bin:/bin".len() + 9;
    let line = format!(
        "CRITICAL:flagman.cli:`--usr1 exec`: its words and the environment take {bytes} bytes; the limit is \
         253184\n"
    );
    assert_eq!(with(18_000), (Some(2), line));
}
