//! Programs that an action runs until they end.

use std::path::Path;
use std::time::Duration;

use flagman_base::process::{RunError, run, signal_running};
use flagman_base::{Arrival, Signal};
use flagman_test::{Barrier, Hold, LIMIT, blocks};

/// Runs a shell script; `$1` in it is the file that it prints to and holds.
fn sh(script: &str, hold: &Path, deadline: Option<Duration>) -> Result<(), RunError> {
    let hold = hold.to_str().expect("the path is text");
    run(&["sh", "-c", script, "sh", hold], None, deadline)
}

#[test]
fn a_program_that_succeeds_is_no_failure_and_any_other_end_is_one_that_names_it() {
    let arrival = Arrival::new(Signal::HUP);
    assert!(run(&["sh", "-c", r#"[ "$FLAGMAN_SIGNAL" = SIGHUP ]"#], &arrival, None).is_ok());
    let bad: [(&[&str], &str); 6] = [
        (&["sh", "-c", "exit 3"], "`sh` exited with status 3"),
        (&["sh", "-c", "kill -KILL $$"], "`sh` was killed by SIGKILL"),
        (
            &["no-such-program"],
            "cannot start `no-such-program`: no program of that name is in PATH",
        ),
        (&["/no/such"], "cannot start `/no/such`: it does not exist"),
        (
            &["/etc/passwd"],
            "cannot start `/etc/passwd`: it is not executable; make it so with `chmod +x /etc/passwd`",
        ),
        (&[], "cannot start a program without a name"),
    ];
    for (words, why) in bad {
        assert_eq!(run(words, None, None).unwrap_err().to_string(), why);
    }
}

#[test]
fn the_value_of_a_signal_is_in_the_environment_if_there_is_one() {
    let arrival = Arrival::new(Signal::HUP);
    let says = |script: &str, arrival: &Arrival| run(&["sh", "-c", script], arrival, None).is_ok();
    assert!(says(r#"[ "$FLAGMAN_VALUE" = -7 ]"#, &arrival.carrying(-7)));
    assert!(says(r#"[ "$FLAGMAN_VALUE" = 0 ]"#, &arrival.carrying(0)));
    assert!(says(r#"[ -z "${FLAGMAN_VALUE+set}" ]"#, &arrival));
}

#[test]
fn what_the_page_of_actions_starts_for_a_value_prints_it() {
    let all = blocks("docs/actions.md", "A value that comes with the signal");
    let command = all[1].trim_end().strip_prefix("flagman --on RTMIN+1 exec ");
    let script = format!("{} >\"$0\"", command.expect("it is an exec"));
    let directory = tempfile::tempdir().expect("a directory");
    let printed = directory.path().join("printed");
    let arrival = Arrival::new(Signal::parse("RTMIN+1").expect("it is one"));
    for (arrival, line) in
        [(arrival.carrying(-42), "job -42\n"), (arrival, "job without a number\n")]
    {
        let words = ["sh".as_ref(), "-c".as_ref(), script.as_ref(), printed.as_os_str()];
        run(&words, &arrival, None).expect("it succeeds");
        assert_eq!(std::fs::read_to_string(&printed).expect("it is there"), line);
    }
}

#[test]
fn at_the_deadline_the_whole_group_is_stopped() {
    let hold = Hold::new();
    let script = "{ trap '' TERM; echo up; while :; do sleep 1000; done; } >\"$1\" & wait";
    let late = sh(script, hold.path(), Some(Duration::from_secs(1))).unwrap_err();
    let expected = "`sh` took longer than 1 s and was stopped: it was killed by SIGTERM";
    assert_eq!(late.to_string(), expected);
    assert_eq!(hold.lines().rest(), ["up"]);
}

#[test]
fn a_program_that_does_not_let_itself_be_stopped_is_killed() {
    let hold = Hold::new();
    let script = "exec >\"$1\"; trap '' TERM; echo up; sleep 1000 & while :; do wait; done";
    let late = sh(script, hold.path(), Some(Duration::from_secs(1))).unwrap_err();
    assert!(late.to_string().ends_with("it was killed by SIGKILL"), "{late}");
    assert_eq!(hold.lines().rest(), ["up"]);
}

#[test]
fn what_a_program_leaves_behind_when_it_ends_by_itself_goes_on() {
    let (hold, barrier) = (Hold::new(), Barrier::new());
    let script = format!("{{ {}; echo \"$go\"; }} >\"$1\" & exit 0", barrier.wait());
    sh(&script, hold.path(), Some(LIMIT)).expect("it succeeds");
    barrier.open();
    assert_eq!(hold.lines().rest(), ["go"]);
}

#[test]
fn another_thread_can_end_what_is_running() {
    let hold = Hold::new();
    let path = hold.path().to_owned();
    // Programs of the other tests that run at the same time get the signal too. They ignore it by default.
    let signal = Signal::from_name("SIGWINCH").expect("it is one");
    let script = "trap 'exit 4' WINCH; echo up >\"$1\"; while :; do sleep 0.01; done";
    let running = std::thread::spawn(move || sh(script, &path, None));
    assert_eq!(hold.lines().next().as_deref(), Some("up"));
    // If it could not be sent to a group, it would kill the shell.
    signal_running(Signal::from_number(40));
    signal_running(signal);
    let ended = running.join().expect("it does not panic").unwrap_err();
    assert_eq!(ended.to_string(), "`sh` exited with status 4");
}

#[test]
fn that_the_system_does_not_say_when_it_ends_is_told_with_its_name_and_why() {
    let cause = std::io::Error::from_raw_os_error(12);
    let error = RunError::Wait { program: "tool".into(), cause };
    let told = "cannot wait for `tool`, which was killed: Cannot allocate memory (os error 12)";
    assert_eq!(error.to_string(), told);
}
