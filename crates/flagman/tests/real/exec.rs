//! `exec`: what it runs, with which words, and how a run ends.

use std::os::unix::fs::symlink;

use nix::sys::signal::Signal::{SIGHUP, SIGUSR1, SIGUSR2};

use super::harness::{Barrier, Flagman, Program};

/// Waits for the line of a run, and returns it.
fn run(flagman: &Flagman) -> String {
    flagman.stderr.find(" arrival")
}

/// What a program prints that `words` start for SIGUSR1.
fn printed(words: &[&str]) -> Vec<String> {
    let flagman = Program::Flagman.serve(&[&["-v"], words].concat());
    flagman.signal(SIGUSR1);
    let line = run(&flagman);
    assert!(line.contains("exec") && line.contains(" done in "), "{line}");
    flagman.signal(nix::sys::signal::Signal::SIGTERM);
    flagman.stdout.rest()
}

#[test]
fn a_program_is_run_for_each_signal_and_the_next_action_waits_for_it() {
    let barrier = Barrier::new();
    let script = format!("echo start; {}; echo end", barrier.wait());
    let words = ["-v", "--usr1", "exec", "sh", "-c", &script, ";", "--usr1", "print", "next"];
    let flagman = Program::Flagman.serve(&words);
    assert_eq!(flagman.stdout.next().as_deref(), Some("init"));
    for _ in 0..3 {
        flagman.signal(SIGUSR1);
        assert_eq!(flagman.stdout.next().as_deref(), Some("start"));
        barrier.open();
        assert_eq!(flagman.stdout.next().as_deref(), Some("end"));
        assert_eq!(flagman.stdout.next().as_deref(), Some("next"));
        let line = run(&flagman);
        assert!(line.contains("; exec done in ") && line.contains(", print done in "), "{line}");
    }
    flagman.end();
}

#[test]
fn the_words_reach_the_program_unharmed() {
    let script = r#"for word; do printf '[%s]\n' "$word"; done"#;
    let words = ["-v", "--list", "--grace", "-x", "a b", "", "*", "$HOME", r"a\b", "'\"", "é", "-"];
    let exec = ["--usr1", "exec", "sh", "-c", script, "sh"];
    let bracketed: Vec<_> = words.iter().map(|word| format!("[{word}]")).collect();
    assert_eq!(printed(&[&exec, &words[..]].concat()), bracketed);
}

#[test]
fn a_lone_semicolon_ends_the_words_and_flagmans_own_options_follow() {
    let words = ["--usr1", "exec", "echo", "a;", ";b", ";", "--overlap", "rerun"];
    assert_eq!(printed(&words), ["a; ;b"]);
}

#[test]
fn a_signal_option_ends_the_words() {
    let words = ["--usr1", "exec", "echo", "-n", "--usr1", "exec", "echo", "x"];
    assert_eq!(printed(&words), ["x"]);
}

#[test]
fn the_one_word_form_carries_any_word() {
    let words = [r#"--usr1=exec printf '[%s]\n' --hup ";" 'a  b' "" a\ b --usr2=x '$HOME' *"#];
    let bracketed = ["[--hup]", "[;]", "[a  b]", "[]", "[a b]", "[--usr2=x]", "[$HOME]", "[*]"];
    assert_eq!(printed(&words), bracketed);
}

#[test]
fn the_program_goes_by_the_name_that_was_given() {
    assert_eq!(
        printed(&["--usr1", "exec", "cat", "/proc/self/cmdline"]),
        ["cat\0/proc/self/cmdline\0"]
    );
}

#[test]
fn another_end_than_status_0_is_a_failure_that_names_it_and_flagman_goes_on() {
    let ends = [
        ("exit 3", "exited with status 3"),
        ("exit 255", "exited with status 255"),
        ("kill -SEGV $$", "was killed by SIGSEGV"),
        ("kill -KILL $$", "was killed by SIGKILL"),
        ("kill -40 $$", "was killed by SIGRTMIN+6"),
    ];
    for (script, end) in ends {
        let words = ["-v", "--hup=print other", "--usr2", "exec", "sh", "-c", script];
        let flagman = Program::Flagman.serve(&[&words[..], &["--usr2", "print", "next"]].concat());
        for _ in 0..2 {
            flagman.signal(SIGUSR2);
            let error = flagman.stderr.find("ERROR:");
            let told = format!("ERROR:flagman.core:action `exec` failed on SIGUSR2: `sh` {end}");
            assert_eq!(error, told);
            let line = run(&flagman);
            assert!(
                line.contains("; exec failed after ") && line.contains(", `print next` done"),
                "{line}"
            );
        }
        flagman.signal(SIGHUP);
        flagman.stdout.find("other");
        flagman.end();
    }
}

#[test]
fn a_program_that_cannot_be_found_is_a_mistake_before_anything_is_set_up() {
    for program in ["no-such-program", "/no/such/program", "/etc/passwd", "/", "''"] {
        let exec = format!("--usr2=exec {program} x");
        for options in [&[][..], &["--check"]] {
            let words = [options, &["--usr1", "print", "x", &exec]].concat();
            let output = Program::Flagman.output(&words);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b""[..]), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
            let named = format!("`{}`", program.trim_matches('\''));
            assert!(said.starts_with("CRITICAL:flagman.cli:") && said.contains(&named), "{said}");
        }
    }
}

#[test]
fn a_program_that_vanishes_after_set_up_fails_its_runs_until_it_is_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A link, for a file that was just written may still be open in a child of another test.
    let program = folder.path().join("program");
    symlink("/bin/true", &program).expect("a link");
    let word = program.to_str().expect("the path is text");
    let flagman = Program::Flagman.serve(&["-v", "--usr1", "exec", word]);
    std::fs::remove_file(&program).expect("the link can be removed");
    for _ in 0..2 {
        flagman.signal(SIGUSR1);
        let error = flagman.stderr.find("ERROR:");
        let start =
            format!("action `exec` failed on SIGUSR1: cannot start `{word}`: it does not exist");
        assert!(error.contains(&start), "{error}");
        assert!(run(&flagman).contains("exec failed after"));
    }
    symlink("/bin/true", &program).expect("a link");
    flagman.signal(SIGUSR1);
    assert!(run(&flagman).contains("exec done in"));
    flagman.end();
}

#[test]
fn a_directory_of_path_is_searched_as_a_shell_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    symlink("/bin/echo", folder.path().join("flagman-test-echo")).expect("a link");
    let words = ["-v", "--usr1", "exec", "flagman-test-echo", "found"];
    let mut command = Program::Flagman.command(&words);
    command.env("PATH", format!("/no/such:{}:/bin", folder.path().display()));
    let flagman = Flagman::start(command);
    flagman.stderr.find("ready");
    flagman.signal(SIGUSR1);
    assert_eq!(flagman.stdout.next().as_deref(), Some("found"));
    run(&flagman);
    flagman.end();
}
