//! Every signal that can be caught: with actions it causes runs, and without it does what it did when flagman
//! was started.

use std::io::ErrorKind;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;

use flagman::Signal;
use flagman_test::queue_signal;
use nix::sys::signal::Signal::{SIGCONT, SIGHUP, SIGINT, SIGPWR, SIGTERM, SIGTSTP, SIGUSR1};

use super::harness::{
    Flagman, Gate, PlanFile, Program, action, gated, go_on, prefixed, set_limit, status_of, until,
};

/// Those of these names.
fn named<const N: usize>(names: [&str; N]) -> [Signal; N] {
    names.map(|name| Signal::parse(name).expect("a signal"))
}

/// Those that shut flagman down.
const STOPS: [&str; 2] = ["SIGTERM", "SIGINT"];

/// Those that the kernel ignores by default (`signal(7)`), and SIGXFSZ, which flagman ignores.
const IGNORED: [&str; 4] = ["SIGCONT", "SIGURG", "SIGWINCH", "SIGXFSZ"];

/// Those that stop a process by default.
const STOPPING: [&str; 3] = ["SIGTSTP", "SIGTTIN", "SIGTTOU"];

fn send(flagman: &Flagman, signal: Signal, value: i32) {
    queue_signal(flagman.pid(), signal.number(), value).expect("it can be sent");
}

/// The signals that a thread of flagman blocks, as a mask.
#[track_caller]
fn blocked_by(flagman: &Flagman, thread: &str) -> u64 {
    let pid = flagman.pid();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it lives").flatten();
    let all =
        tasks.map(|task| std::fs::read_to_string(task.path().join("status")).expect("a task"));
    let found = all.into_iter().find(|status| status.starts_with(&format!("Name:\t{thread}\n")));
    let status = found.unwrap_or_else(|| panic!("there is no thread `{thread}`"));
    let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:\t"));
    u64::from_str_radix(mask.expect("the kernel says it"), 16).expect("a mask")
}

/// These signals as a mask.
fn mask(signals: impl IntoIterator<Item = Signal>) -> u64 {
    signals.into_iter().map(|signal| 1 << (signal.number() - 1)).sum()
}

/// What a shell prints of its signal and its value.
const TELL: &str = "echo $FLAGMAN_SIGNAL ${FLAGMAN_VALUE-none}";

#[test]
fn each_signal_with_an_action_causes_a_run_that_is_told_its_name_and_its_value() {
    for signal in Signal::with_actions() {
        let name = signal.to_string();
        let flagman = Program::Flagman.serve(&["-v", "--on", &name, "exec", "sh", "-c", TELL]);
        let runs = if STOPS.contains(&&*name) { 1 } else { 2 };
        for value in 0..runs {
            send(&flagman, signal, value);
            assert_eq!(flagman.stdout.next(), Some(format!("{name} {value}")));
            flagman.stderr.find(&format!("{name}: 1 arrival"));
        }
        let log = if runs == 1 { flagman.end_of_shutdown() } else { flagman.end() };
        assert!(log.iter().all(|line| !line.starts_with("ERROR")), "{name}: {log:#?}");
    }
}

#[test]
fn one_flagman_serves_each_signal_by_a_bundle_of_its_own() {
    let all: Vec<Signal> =
        Signal::with_actions().filter(|signal| !STOPS.contains(&&*signal.to_string())).collect();
    let words: Vec<String> = all
        .iter()
        .flat_map(|signal| ["--on".to_owned(), format!("{signal}=values {signal}")])
        .collect();
    let flagman = Program::Testbed.serve(&words);
    for signal in &all {
        assert_eq!(flagman.stdout.next(), Some(format!("{signal} set up")));
    }
    for signal in &all {
        send(&flagman, *signal, 7);
        let line = format!("{signal} run 1: 7 from {} x1", std::process::id());
        assert_eq!(flagman.stdout.next(), Some(line));
    }
    flagman.signal(SIGTERM);
    for signal in all.iter().rev() {
        assert_eq!(flagman.stdout.next(), Some(format!("{signal} torn down")));
    }
    flagman.end_of_shutdown();
}

#[test]
fn a_signal_without_actions_that_ends_a_program_ends_flagman() {
    let others = [&IGNORED[..], &STOPPING, &STOPS].concat();
    for signal in Signal::with_actions().filter(|it| !others.contains(&&*it.to_string())) {
        // An action of another signal: also one with the next number.
        let other = if signal == Signal::USR1 { "usr2" } else { "usr1" };
        let flagman = Program::Flagman.serve(&["--on", other, "print", "x"]);
        set_limit(flagman.pid(), "core", "0");
        send(&flagman, signal, 0);
        let (status, log) = flagman.wait();
        assert_eq!(status.signal(), Some(signal.number()), "{signal}: {log:?}");
    }
}

#[test]
fn a_signal_without_actions_that_is_ignored_does_nothing() {
    let ignored = named(IGNORED);
    let flagman = Program::Flagman.serve(&["-v", "--usr1", "print", "x"]);
    for signal in ignored {
        send(&flagman, signal, 0);
    }
    // What comes after them is served.
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    flagman.end();
    let all: Vec<String> =
        Signal::with_actions().map(|signal| signal.number().to_string()).collect();
    let script = format!("trap '' {}; exec \"$@\"", all.join(" "));
    let mut shell = prefixed(&["bash", "-c", &script, "bash"]);
    shell.arg(Program::Flagman.path()).args(["-v", "--usr1", "print", "x"]);
    let flagman = Flagman::serve(shell);
    for signal in Signal::with_actions().filter(|it| ![Signal::TERM, Signal::USR1].contains(it)) {
        send(&flagman, signal, 0);
    }
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    flagman.end();
}

#[test]
fn a_signal_without_actions_that_stops_a_program_stops_flagman_until_it_is_continued() {
    for signal in named(STOPPING) {
        let mut command = Program::Flagman.command(&["-v", "--usr1", "print", "x"]);
        // In a group whose parent is another group of its session, signals can stop it (setpgid(2)).
        command.process_group(0);
        let flagman = Flagman::serve(command);
        send(&flagman, signal, 0);
        until("it does not stop", || status_of(flagman.pid(), "State").starts_with('T'));
        go_on(flagman.pid());
        flagman.signal(SIGUSR1);
        flagman.stderr.find("SIGUSR1: 1 arrival");
        flagman.end();
    }
}

#[test]
fn of_a_stop_and_a_continue_that_are_pending_together_the_kernel_keeps_the_later() {
    let gate = Gate::new();
    let options = ["--on", "tstp=values stop", "--on", "cont=values continue"];
    let last = format!("pwr={}", gate.action("b", "run"));
    let options = [&options[..], &["--on", &last]].concat();
    let flagman = gated(&gate, &options, &[("--usr1", "a")]);
    for (first, second) in [(SIGTSTP, SIGCONT), (SIGCONT, SIGTSTP)] {
        flagman.signal(SIGUSR1);
        let held = gate.wait_for("a run");
        flagman.signal(first);
        flagman.signal(second);
        // This one has a higher number, so it waits behind whatever is left of them.
        flagman.signal(SIGPWR);
        held.tell("done");
        gate.wait_for("b run").tell("done");
        flagman.stderr.find("SIGPWR: 1 arrival");
    }
    flagman.signal(SIGTERM);
    let printed = flagman.stdout.rest();
    let runs = printed.iter().filter_map(|line| line.split_once(": none from")).map(|(run, _)| run);
    assert_eq!(runs.collect::<Vec<_>>(), ["continue run 1", "stop run 1"], "{printed:#?}");
    flagman.end_of_shutdown();
}

#[test]
fn on_a_full_queue_the_kernel_merges_what_kill_sends_and_tells_sigqueue() {
    let gate = Gate::new();
    let options = ["--on", "rtmin=values it"];
    let flagman = gated(&gate, &options, &[("--usr1", "a")]);
    let pid = flagman.pid().to_string();
    let limited = Command::new("prlimit").args(["--sigpending=0:", "--pid", &pid]).status();
    assert!(limited.expect("prlimit starts").success());
    flagman.signal(SIGUSR1);
    let held = gate.wait_for("a run");
    let [first] = named(["RTMIN"]);
    let error = queue_signal(flagman.pid(), first.number(), 7).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    for _ in 0..3 {
        let kill = prefixed(&["bash", "-c", &format!("kill -s RTMIN {pid}")]).status();
        assert!(kill.expect("bash starts").success(), "kill tells of no error");
    }
    held.tell("done");
    // Nothing is known of it but its number.
    flagman.stdout.find("it run 1: none from none x1");
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("done");
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), ["it torn down", "a torn down"]);
    flagman.end_of_shutdown();
}

/// A shell's background job: SIGINT is ignored.
fn in_the_background(words: &[&str]) -> Flagman {
    let mut shell = prefixed(&["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]);
    shell.arg(Program::Flagman.path()).args(words);
    Flagman::serve(shell)
}

#[test]
fn an_ignored_sigint_stays_ignored_unless_it_has_actions() {
    let flagman = in_the_background(&["-v", "--usr1", "print", "x"]);
    flagman.signal(SIGINT);
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    let log = flagman.end();
    assert!(!log.iter().any(|line| line.contains("SIGINT")), "{log:#?}");
    let flagman = in_the_background(&["-v", "--on", "int", "print", "interrupted"]);
    flagman.signal(SIGINT);
    flagman.stdout.find("interrupted");
    flagman.end_of_shutdown();
}

#[test]
fn each_thread_blocks_what_it_must_and_no_more() {
    let flagman =
        Program::Flagman.serve(&["--on", "winch", "print", "x", "--on", "rtmax", "print", "x"]);
    let all = mask(Signal::with_actions().chain([Signal::CHLD]));
    assert_eq!(blocked_by(&flagman, "flagman"), all, "the main thread takes them by signalfd(2)");
    let [winch, last] = named(["WINCH", "RTMAX"]);
    let roles = mask([winch, last, Signal::TERM, Signal::INT, Signal::CHLD]);
    assert_eq!(blocked_by(&flagman, "watcher"), roles, "others do what they did before");
    flagman.end();
}

#[test]
fn what_was_blocked_at_the_start_stays_blocked_in_all_threads_and_in_programs() {
    let words = ["-v", "--usr1", "exec", "grep", "SigBlk", "/proc/self/status"];
    let blocks = |mut command: Command| {
        command.arg(Program::Flagman.path()).args(words);
        let flagman = Flagman::serve(command);
        flagman.signal(SIGUSR1);
        let line = flagman.stdout.next().expect("it prints its mask");
        let of_program = line.strip_prefix("SigBlk:\t").map(|mask| u64::from_str_radix(mask, 16));
        let of_watcher = blocked_by(&flagman, "watcher");
        flagman.stderr.find("SIGUSR1: 1 arrival");
        flagman.end();
        (of_program.expect("a mask").expect("a number"), of_watcher)
    };
    let roles = mask([Signal::USR1, Signal::TERM, Signal::INT, Signal::CHLD]);
    assert_eq!(blocks(prefixed(&["env"])), (0, roles));
    let [alarm, first] = named(["ALRM", "RTMIN"]);
    let words = ["env", "--block-signal=ALRM", "--block-signal=RTMIN", "--block-signal=USR1"];
    let (of_program, of_watcher) = blocks(prefixed(&words));
    assert_eq!(of_program, mask([alarm, first, Signal::USR1]));
    assert_eq!(of_watcher, roles | mask([alarm, first]));
}

#[test]
fn a_signal_that_gets_its_first_action_by_a_reload_is_blocked_in_the_watcher_from_then_on() {
    let reload = action("hup", &["reload"]);
    let plan = PlanFile::with(&reload);
    let flagman = plan.serve(&[]);
    let [winch, last] = named(["WINCH", "RTMAX"]);
    let roles = mask([Signal::HUP, Signal::TERM, Signal::INT, Signal::CHLD]);
    assert_eq!(blocked_by(&flagman, "watcher"), roles);
    plan.replace(
        &[reload.clone(), action("winch", &["values", "a"]), action("rtmax", &["values", "b"])]
            .concat(),
    );
    flagman.signal(SIGHUP);
    flagman.stderr.find("2 added, 0 removed");
    assert_eq!(blocked_by(&flagman, "watcher"), roles | mask([winch, last]));
    for (signal, name) in [(winch, "a"), (last, "b")] {
        send(&flagman, signal, 5);
        flagman.stdout.find(&format!("{name} run 1: 5 from"));
    }
    plan.replace(&reload);
    flagman.signal(SIGHUP);
    flagman.stderr.find("0 added, 2 removed");
    assert_eq!(blocked_by(&flagman, "watcher"), roles | mask([winch, last]), "they stay held");
    flagman.end();
}
