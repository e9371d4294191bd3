//! flagman or a program that it runs is stopped for a while (SIGSTOP) and then resumed (SIGCONT).
//!
//! Deadlines keep running while a process is stopped. To measure that time, the tests use a second
//! flagman that is not stopped.

use std::fs::{self, File};

use nix::sys::signal::Signal::{SIGKILL, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

use crate::harness::{Barrier, Flagman, Folder, Hold, Program};
use crate::harness::{go_on, needs_root, prefixed, status_of, stop, until};

/// A flagman with `options` that has just started a script for SIGUSR1.
fn running(options: &[&str], script: &str) -> Flagman {
    let exec = ["--usr1", "exec", "sh", "-c", script, ";", "--usr2", "print", "other"];
    let flagman = Program::Flagman.serve(&[&["-v"], options, &exec].concat());
    flagman.signal(SIGUSR1);
    flagman.stdout.find("start");
    flagman
}

fn failed(flagman: &Flagman, why: &str) {
    let error = flagman.stderr.find("ERROR:");
    assert_eq!(error, format!("ERROR:flagman.core:action `exec` failed on SIGUSR1: `sh` {why}"));
}

/// Waits this many seconds, by the timeout of another flagman.
fn let_pass(seconds: &str) {
    let barrier = Barrier::new();
    let twin = running(&["--timeout", seconds], &format!("echo start; {}", barrier.wait()));
    failed(&twin, &format!("ran out of time ({seconds} s): it was killed by SIGTERM"));
    twin.end();
}

/// Waits until the only child of a stopped flagman has ended, with all its threads. flagman cannot
/// reap it yet.
fn until_it_ends(program: Pid) {
    let pid = u32::try_from(program.as_raw()).expect("a pid");
    let has_ended = || status_of(pid, "State").starts_with('Z') && status_of(pid, "Threads") == "1";
    until("it does not end", has_ended);
}

#[test]
fn while_flagman_is_stopped_a_program_can_end_in_time_and_signals_are_kept() {
    let barrier = Barrier::new();
    let script = format!("echo start; {}", barrier.wait());
    let flagman = running(&["--timeout", "0.5", "--overlap", "rerun"], &script);
    stop(flagman.pid());
    let program = flagman.children()[0];
    barrier.open();
    until_it_ends(program);
    for _ in 0..3 {
        flagman.signal(SIGUSR1);
        flagman.signal(SIGUSR2);
    }
    let_pass("0.6");
    go_on(flagman.pid());
    barrier.open();
    assert!(flagman.stderr.find(" arrival").contains("; exec done in "));
    let mut runs = [flagman.stderr.find(" arrival"), flagman.stderr.find(" arrival")];
    runs.sort();
    let [first, second] = runs;
    assert!(first.contains("SIGUSR1: ") && first.contains("; exec done in "), "{first}");
    assert!(second.contains("SIGUSR2: ") && second.contains("; print done in "), "{second}");
    flagman.end();
}

#[test]
fn a_program_whose_time_ran_out_while_flagman_was_stopped_gets_sigterm_before_sigkill() {
    let barrier = Barrier::new();
    let script = format!("trap 'echo asked; {0}; exit 0' TERM; echo start; {0}", barrier.wait());
    let flagman = running(&["--timeout", "0.2"], &script);
    stop(flagman.pid());
    // Wait until after the time at which flagman would have killed the program.
    let_pass("2.3");
    go_on(flagman.pid());
    flagman.stdout.find("asked");
    barrier.open();
    failed(&flagman, "ran out of time (0.2 s): it exited with status 0");
    flagman.end();
}

#[test]
fn a_run_that_is_asked_for_when_an_action_program_has_just_died_is_not_lost() {
    let folder = Folder::with(&["kit"]);
    let flagman = folder.serve(&["--usr1", "kit", "a", "true"]);
    flagman.signal(SIGUSR1);
    flagman.stderr.find("; kit done in ");
    stop(flagman.pid());
    let program = flagman.children()[0];
    kill(program, SIGKILL).expect("it is there");
    until_it_ends(program);
    flagman.signal(SIGUSR1);
    go_on(flagman.pid());
    flagman.stderr.find("action `kit`: starting it again; its state is lost");
    flagman.stderr.find("; kit done in ");
    flagman.end();
}

#[test]
fn how_an_action_program_ended_in_time_is_logged_even_if_flagman_sees_it_late() {
    let barrier = Barrier::new();
    let (folder, wait) = (Folder::with(&[]), barrier.wait());
    let script = format!(
        r#"[ "$1" = describe ] && exec echo '{{"protocol":1,"description":"Ends."}}'
        while read -r line <&3; do
            case $line in
                *hello*) echo '{{"hello":{{"protocol":1}}}}' >&3 ;;
                *set_up*) echo '{{"ready":{{}}}}' >&3 ;;
                *) echo start; {wait}; echo '{{"log":{{"level":"info","message":"last"}}}}' >&3; exit 1 ;;
            esac
        done"#
    );
    folder.script("ends", &script);
    let flagman = folder.serve(&["--timeout", "0.5", "--usr1", "ends"]);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("start");
    stop(flagman.pid());
    let program = flagman.children()[0];
    barrier.open();
    until_it_ends(program);
    let_pass("0.6");
    go_on(flagman.pid());
    flagman.stderr.find("INFO:flagman.action.ends:last");
    let error = flagman.stderr.find("ERROR:");
    assert!(error.ends_with("`ends` failed on SIGUSR1: it exited with status 1"), "{error}");
    flagman.end();
}

/// Whether at least one thread of flagman is stopped.
fn stands_still(flagman: &Flagman) -> bool {
    let path = format!("/proc/{}/task", flagman.pid());
    let threads = fs::read_dir(path).expect("it lives").flatten();
    let status = threads.filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    status.into_iter().any(|status| status.contains("State:\tT"))
}

#[test]
fn a_program_that_is_stopped_while_it_starts_continues_together_with_flagman() {
    needs_root("to put a fifo in the place of /dev/null");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fifo = folder.path().join("fifo");
    mkfifo(&fifo, Mode::S_IRWXU).expect("a fifo");
    let script = r#"mount --bind "$0" /dev/null; exec "$@""#;
    let mut command = prefixed(&["unshare", "--mount", "sh", "-c", script]);
    command.arg(&fifo).arg(Program::Flagman.path());
    command.args(["-v", "--usr1", "exec", "true", ";", "--usr2", "print", "other"]);
    let flagman = Flagman::serve(command);
    flagman.signal(SIGUSR1);
    // The program is waiting for its input, in its own process group. So the test sends it the
    // SIGTSTP that Ctrl-Z would have sent earlier. The program stops when it gets its input.
    // flagman may learn of that before flagman itself is stopped.
    until("nothing starts", || flagman.children().len() == 1);
    kill(flagman.children()[0], SIGTSTP).expect("it is there");
    let input = File::options().write(true).open(&fifo).expect("the child opens it, too");
    flagman.signal(SIGSTOP);
    until("flagman does not stop", || stands_still(&flagman));
    go_on(flagman.pid());
    assert!(flagman.stderr.find(" arrival").contains("; exec done in "));
    drop(input);
    flagman.signal(SIGUSR2);
    flagman.stdout.find("other");
    flagman.end();
}

#[test]
fn a_shutdown_in_which_flagman_is_stopped_ends_in_order_within_its_grace() {
    let barrier = Barrier::new();
    let script = format!("trap 'echo asked' TERM; echo start; {}; echo end", barrier.wait());
    let flagman = running(&["--grace", "1000"], &script);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    stop(flagman.pid());
    // flagman logs what it is waiting for half a second after the signal, or as soon as it can.
    let_pass("0.6");
    go_on(flagman.pid());
    flagman.stderr.find("shutting down: waiting for the run of `exec` for SIGUSR1 to end");
    barrier.open();
    assert_eq!(flagman.stdout.rest(), ["end", "cleanup"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn the_grace_period_also_passes_while_flagman_is_stopped() {
    let (barrier, hold) = (Barrier::new(), Hold::new());
    let script = format!("trap '' TERM; exec {}; echo start; {}", hold.take(), barrier.wait());
    let flagman = running(&["--grace", "0.5"], &script);
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    stop(flagman.pid());
    let_pass("0.6");
    go_on(flagman.pid());
    hold.until_let_go();
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3), "{log:#?}");
}

#[test]
fn a_sigterm_that_arrives_while_flagman_is_stopped_starts_the_grace_period_when_it_continues() {
    let (barrier, last) = (Barrier::new(), Barrier::new());
    let script =
        format!("trap 'echo asked; {}; exit 0' TERM; echo start; {}", last.wait(), barrier.wait());
    let flagman = running(&["--grace", "1"], &script);
    stop(flagman.pid());
    flagman.signal(SIGTERM);
    let_pass("1.1");
    go_on(flagman.pid());
    flagman.stdout.find("asked");
    last.open();
    assert_eq!(flagman.stdout.rest(), ["cleanup"]);
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn a_program_that_is_stopped_itself_is_continued_to_act_on_sigterm_when_its_time_is_over() {
    let folder = Folder::with(&["kit"]);
    let exec = ["--timeout", "0.2", "--usr1", "exec", "sh", "-c", "kill -STOP $$"];
    let kit = ["--timeout", "0.2", "--usr1", "kit", "a", "sh", "-c", "kill -STOP $PPID"];
    let [exec, kit] = [&exec[..], &kit].map(|words| folder.serve(words));
    exec.signal(SIGUSR1);
    kit.signal(SIGUSR1);
    failed(&exec, "ran out of time (0.2 s), stopped by SIGSTOP: it was killed by SIGTERM");
    kit.stderr.find("action `kit` failed on SIGUSR1: it ran out of time (0.2 s)");
    exec.end();
    kit.end();
}

#[test]
fn a_program_that_is_stopped_itself_is_continued_by_the_last_call_of_a_shutdown() {
    let folder = Folder::with(&["kit"]);
    let exec = ["--usr1", "exec", "sh", "-c", "echo stops; kill -STOP $$"];
    let kit = ["--usr1", "kit", "a", "sh", "-c", "echo stops; kill -STOP $PPID"];
    for words in [&exec[..], &kit] {
        let flagman = folder.serve(&[&["--grace", "3"], words].concat());
        flagman.signal(SIGUSR1);
        flagman.stdout.find("stops");
        flagman.signal(SIGTERM);
        // The programs share flagman's standard output, so end of file means that all of them have
        // ended.
        flagman.stdout.rest();
        let (status, log) = flagman.wait();
        assert_eq!(status.code(), Some(0), "{log:#?}");
    }
}
