//! flagman as process 1, and as the parent of children that it did not start.

use std::process::Command;

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::harness::{Flagman, Program, as_process_1, child_of};

/// Signals flagman until the child is not only dead but reaped.
fn is_reaped(flagman: &Flagman, flagman_pid: Pid, child: Pid) {
    for _ in 0..100_000 {
        kill(flagman_pid, SIGUSR1).expect("flagman lives");
        flagman.stdout.find("x");
        if kill(child, None).is_err() {
            return;
        }
    }
    panic!("the child {child} stays a zombie");
}

#[test]
fn children_that_were_there_before_flagman_are_reaped() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = Command::new("sh");
    let script =
        "exec 3<&0; head -c 1 <&3 >/dev/null & echo $!; exec \"$0\" --overlap rerun --usr1 print x";
    command.args(["-c", script]).arg(Program::Flagman.path()).stdin(reader);
    let flagman = Flagman::start(command);
    let child = flagman.stdout.next().expect("the shell names its child");
    let child = Pid::from_raw(child.parse().expect("a pid"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("init"));
    drop(writer);
    let pid = Pid::from_raw(flagman.pid().cast_signed());
    is_reaped(&flagman, pid, child);
    flagman.end();
}

#[test]
fn process_1_reaps_orphans_serves_signals_and_leaves_out_a_sender_it_cannot_name() {
    let mut command = as_process_1();
    // The orphan's parent ends at once; then it ends itself, and process 1 is its parent.
    let script =
        "(sleep 0 & exec true); exec \"$0\" -v --overlap rerun --usr1 print x --hup print hup";
    command.args(["sh", "-c", script]).arg(Program::Flagman.path());
    let flagman = Flagman::start(command);
    flagman.stderr.find("INFO:flagman.cli:PID: 1");
    flagman.stderr.find("ready");
    let init = child_of(flagman.pid());
    kill(init, SIGHUP).expect("process 1 lives");
    flagman.stdout.find("hup");
    let line = flagman.stderr.find(" arrival");
    assert!(line.starts_with("INFO:flagman.core:SIGHUP: 1 arrival; `print hup` done in"), "{line}");
    let zombies = format!("/proc/{init}/task/{init}/children");
    let children = || std::fs::read_to_string(&zombies).expect("the kernel lists children");
    while !children().trim().is_empty() {
        kill(init, SIGUSR1).expect("process 1 lives");
        flagman.stdout.find("x");
    }
    kill(init, SIGTERM).expect("process 1 lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn process_1_learns_how_the_programs_of_exec_end_and_reaps_the_orphans_that_they_leave() {
    let mut command = as_process_1();
    let script = r#"exec "$0" -v --overlap rerun --usr1 exec sh -c '(sleep 0 & exec true); exit 3' \
                    --usr2 exec sh -c 'kill -40 $$' --hup print x"#;
    command.args(["sh", "-c", script]).arg(Program::Flagman.path());
    let flagman = Flagman::start(command);
    flagman.stderr.find("ready");
    let init = child_of(flagman.pid());
    let ends = [(SIGUSR1, "exited with status 3"), (SIGUSR2, "was killed by SIGRTMIN+6")];
    for (signal, end) in ends.iter().cycle().take(20) {
        kill(init, *signal).expect("process 1 lives");
        let error = flagman.stderr.find("ERROR:");
        assert!(error.ends_with(&format!(": `sh` {end}")), "{error}");
        flagman.stderr.find(" arrival");
    }
    let zombies = format!("/proc/{init}/task/{init}/children");
    let children = || std::fs::read_to_string(&zombies).expect("the kernel lists children");
    while !children().trim().is_empty() {
        kill(init, SIGHUP).expect("process 1 lives");
        flagman.stdout.find("x");
    }
    kill(init, SIGTERM).expect("process 1 lives");
    assert_eq!(flagman.wait().0.code(), Some(0));
}
