//! flagman itself is killed (SIGKILL). Its action programs end soon after.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGHUP, SIGKILL, SIGUSR1};

use crate::harness::{Barrier, Flagman, Folder, Hold, template};

/// How soon all processes must have ended.
const SOON: Duration = Duration::from_secs(1);

/// Kills flagman, and waits until its standard output is closed. Its action programs and their
/// children share that output, so all of them have ended then.
#[track_caller]
fn killed(flagman: &Flagman) -> Vec<String> {
    flagman.signal(SIGKILL);
    let start = Instant::now();
    let printed = flagman.stdout.rest();
    assert!(start.elapsed() < SOON, "all were gone after {:?}", start.elapsed());
    printed
}

/// Installs a template of `examples/` as the action `name`, with a part of it replaced.
fn changed(folder: &Folder, path: &str, name: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(template(path)).expect("the template is there");
    assert!(text.contains(from), "{path} has no `{from}`");
    let file = folder.path().join("changed");
    std::fs::write(&file, text.replace(from, to)).expect("a file can be written");
    folder.copy(&file, name);
}

const COUNTED: &str = "self.seen += arrival[\"count\"]";
const TOUCHED: &str = r#"why=$(start touch -- "$file" 2>&1)"#;

#[test]
fn idle_action_programs_of_all_kits_are_torn_down_and_gone_within_a_second() {
    let folder = Folder::with(&["good", "kit"]);
    let down = "sys.stdout.write('python torn down\\n')";
    let gives_back = "\"\"\"Gives back what the action holds; called exactly once.\"\"\"";
    changed(&folder, "python/flagman-action-count", "count", gives_back, down);
    let down = "tear_down() {\n    echo shell torn down";
    changed(&folder, "shell/flagman-action-touchfile", "touchfile", "tear_down() {", down);
    let actions = ["--usr1", "good", "a", "--usr1", "kit", "rust", "--usr1", "count", "c"];
    let flagman = folder.serve(&[&actions[..], &["--usr1", "touchfile", "/dev/null"]].concat());
    flagman.signal(SIGUSR1);
    flagman.stdout.find("c: 1");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    let mut printed = killed(&flagman);
    printed.sort();
    assert_eq!(printed, ["python torn down", "rust torn down", "shell torn down"]);
}

#[test]
fn a_program_of_the_rust_kit_that_is_in_a_run_is_gone_within_a_second() {
    let folder = Folder::with(&["kit"]);
    let flagman = folder.serve(&["--usr1", "kit", "a", "hang"]);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("a run SIGUSR1");
    assert_eq!(killed(&flagman), [""; 0]);
}

#[test]
fn what_a_program_in_a_run_has_started_is_gone_within_a_second_too() {
    let folder = Folder::with(&["kit"]);
    // A program that reacts to SIGTERM ends, one that ignores it is killed, and so is the rest of
    // its group.
    let barrier = Barrier::new();
    let wait = barrier.wait();
    let scripts = [
        format!("echo up; {wait}"),
        format!("trap '' TERM; echo up; {wait}"),
        format!("(trap '' TERM; echo up; {wait}) & {wait}"),
    ];
    for script in scripts {
        let flagman = folder.serve(&["--usr1", "kit", "a", "sh", "-c", &script]);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("up");
        killed(&flagman);
    }
}

#[test]
fn the_template_for_python_is_gone_within_a_second_from_a_run() {
    let folder = Folder::with(&[]);
    let python = "python/flagman-action-count";
    changed(&folder, python, "sleeps", COUNTED, "print('up', flush=True); time.sleep(1000)");
    let starts = "start(['sh', '-c', 'trap \"\" TERM; echo up; sleep 1000'])";
    changed(&folder, python, "starts", COUNTED, starts);
    changed(&folder, python, "spins", COUNTED, "print('up', flush=True)\n        while True: pass");
    for name in ["sleeps", "starts", "spins"] {
        let flagman = folder.serve(&["--usr1", name, "a"]);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("up");
        assert_eq!(killed(&flagman), [""; 0], "{name}");
    }
}

#[test]
fn the_template_for_the_shell_is_gone_within_a_second_from_a_run() {
    let folder = Folder::with(&[]);
    let shell = "shell/flagman-action-touchfile";
    changed(&folder, shell, "starts", TOUCHED, "echo up; start sleep 1000");
    changed(&folder, shell, "asks", TOUCHED, "exec 4>&1; why=$(echo up >&4; start sleep 1000)");
    changed(&folder, shell, "spins", TOUCHED, "echo up; while :; do :; done");
    let family = r#"(trap "" TERM; echo up; sleep 1000) & wait"#;
    changed(&folder, shell, "ignores", TOUCHED, &format!("start sh -c '{family}'"));
    for name in ["starts", "asks", "spins", "ignores"] {
        let flagman = folder.serve(&["--usr1", name, "/dev/null"]);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("up");
        assert_eq!(killed(&flagman), [""; 0], "{name}");
    }
}

#[test]
fn a_run_that_ends_soon_after_flagman_is_torn_down_in_every_kit() {
    let folder = Folder::with(&["kit"]);
    let barrier = Barrier::new();
    let wait = barrier.wait();
    let shell = "shell/flagman-action-touchfile";
    let text = std::fs::read_to_string(template(shell)).expect("the template is there");
    let down = "tear_down() {\n    echo torn down";
    let text = text.replace("tear_down() {", down).replace(TOUCHED, &format!("echo up; {wait}"));
    folder.script("shell", text.trim_start_matches("#!/bin/sh\n"));
    let python = "python/flagman-action-count";
    let text = std::fs::read_to_string(template(python)).expect("the template is there");
    let held = "\"\"\"Gives back what the action holds; called exactly once.\"\"\"";
    let start = format!("start([\"sh\", \"-c\", \"echo up; {}\"])", wait.replace('\'', ""));
    let text = text.replace(held, "sys.stdout.write('torn down\\n')").replace(COUNTED, &start);
    let file = folder.path().join("changed");
    std::fs::write(&file, text).expect("a file can be written");
    folder.copy(&file, "python");
    for name in ["shell", "python"] {
        let flagman = folder.serve(&["--usr1", name, "/dev/null"]);
        flagman.signal(SIGUSR1);
        flagman.stdout.find("up");
        flagman.signal(SIGKILL);
        barrier.open();
        let printed = flagman.stdout.rest();
        assert_eq!(printed.last().map(String::as_str), Some("torn down"), "{name}: {printed:?}");
    }
}

#[test]
fn a_program_of_exec_keeps_running_because_nobody_is_left_to_stop_it() {
    let (folder, barrier, hold) = (Folder::with(&[]), Barrier::new(), Hold::new());
    let script = format!(
        "exec {} >/dev/null 2>&1; echo up >&9; {}; echo end >&9",
        hold.take(),
        barrier.wait()
    );
    let flagman = folder.serve(&["--hup", "exec", "sh", "-c", &script]);
    flagman.signal(SIGHUP);
    let lines = hold.lines();
    assert_eq!(lines.next().as_deref(), Some("up"));
    killed(&flagman);
    flagman.wait();
    barrier.open();
    assert_eq!(lines.rest(), ["end"]);
}
