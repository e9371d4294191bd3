//! How flagman answers a reload that systemd asks for with SIGHUP (`Type=notify-reload`).

use nix::sys::signal::Signal::{SIGHUP, SIGUSR1};

use super::harness::{Flagman, Gate, Manager, Program};

/// Starts the testbed under `manager` with these actions at `gate`: each a signal option, a name and
/// the stages at which it stops.
fn start(manager: &Manager, gate: &Gate, options: &[&str], actions: &[[&str; 3]]) -> Flagman {
    let word =
        |[signal, name, stages]: &[&str; 3]| format!("{signal}={}", gate.action(name, stages));
    let actions: Vec<String> = actions.iter().map(word).collect();
    let actions = actions.iter().map(String::as_str);
    let words: Vec<&str> =
        ["-v"].into_iter().chain(options.iter().copied()).chain(actions).collect();
    let mut command = Program::Testbed.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    Flagman::start(command)
}

const RELOAD: [&str; 1] = ["--notify-reload"];

/// The messages up to `RELOADING=1`, whose time must be a number.
fn until_reloading(manager: &Manager) -> Vec<String> {
    let said = manager.until("RELOADING=1");
    let time = said.last().and_then(|last| last.strip_prefix("RELOADING=1\nMONOTONIC_USEC="));
    assert!(time.is_some_and(|time| time.parse::<u64>().is_ok()), "{said:?}");
    said
}

fn says_ready(said: &[String]) -> bool {
    said.iter().any(|said| said.contains("READY=1"))
}

/// The status with which a reload ends, and the messages before it. The rate limit for statuses may delay
/// it until after the end.
fn until_reloaded(manager: &Manager) -> (Vec<String>, String) {
    let mut said = manager.until("READY=1");
    let end = said.pop().expect("it was waited for");
    let status = match end.split_once('\n') {
        Some((_, status)) => status.to_owned(),
        None => manager.until("; last run: ").pop().expect("it was waited for"),
    };
    assert!(!status.contains('\n'), "{status}");
    (said, status)
}

#[test]
fn a_reload_begins_when_it_is_asked_for_and_ends_when_its_actions_have() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &RELOAD, &[["--hup", "a", "run"], ["--hup", "b", "run"]]);
    manager.until("STATUS=Idle; no signal yet");
    flagman.signal(SIGHUP);
    gate.wait_for("a run SIGHUP").tell("done");
    gate.wait_for("b run SIGHUP").tell("fail STOPPING=1");
    assert!(!says_ready(&until_reloading(&manager)));
    let (between, status) = until_reloaded(&manager);
    assert!(between.iter().all(|said| said.starts_with("STATUS=Running")), "{between:?}");
    assert!(status.starts_with("STATUS=Idle; last run: SIGHUP: `gated "), "{status}");
    assert!(status.contains("` done in ") && status.contains("` failed after "), "{status}");
    flagman.end();
}

#[test]
fn a_reload_begins_at_once_while_the_action_of_another_signal_blocks() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let actions = [["--hup", "a", "run"], ["--usr1", "b", "run"]];
    let flagman = start(&manager, &gate, &RELOAD, &actions);
    manager.until("STATUS=Idle");
    flagman.signal(SIGUSR1);
    let blocking = gate.wait_for("b run");
    flagman.signal(SIGHUP);
    assert!(!says_ready(&until_reloading(&manager)));
    blocking.tell("done");
    let reload = gate.wait_for("a run SIGHUP 1");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    reload.tell("done");
    let (before, end) = until_reloaded(&manager);
    assert!(!says_ready(&before), "the end of the other run is not that of the reload: {before:?}");
    assert!(end.contains("last run: SIGHUP"), "{end}");
    flagman.end();
}

#[test]
fn a_reload_asked_for_during_its_own_run_is_never_dropped_and_ends_with_the_last() {
    for options in [&RELOAD[..], &["--overlap", "ignore", "--notify-reload"]] {
        let (manager, gate) = (Manager::new(), Gate::new());
        let flagman = start(&manager, &gate, options, &[["--hup", "a", "run"]]);
        manager.until("STATUS=Idle");
        flagman.signal(SIGHUP);
        let first = gate.wait_for("a run");
        until_reloading(&manager);
        flagman.signal(SIGHUP);
        assert!(!says_ready(&until_reloading(&manager)));
        flagman.signal(SIGHUP);
        assert!(!says_ready(&until_reloading(&manager)));
        first.tell("done");
        let second = gate.wait_for("a run SIGHUP 2");
        flagman.stderr.find("SIGHUP: 1 arrival");
        second.tell("done");
        assert!(!says_ready(&until_reloaded(&manager).0));
        flagman.end();
    }
}

#[test]
fn a_reload_reruns_sighup_only() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let actions = [["--hup", "a", "run"], ["--usr1", "b", "run"]];
    let flagman = start(&manager, &gate, &RELOAD, &actions);
    manager.until("STATUS=Idle");
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("b run");
    flagman.signal(SIGUSR1);
    running.tell("done");
    flagman.stderr.find("1 ignored meanwhile");
    flagman.end();
}

#[test]
fn a_reload_asked_for_during_set_up_begins_afterwards() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &RELOAD, &[["--hup", "a", "set_up,run"]]);
    let setting_up = gate.wait_for("a set_up");
    flagman.signal(SIGHUP);
    setting_up.tell("done");
    let reload = gate.wait_for("a run SIGHUP 1");
    let said = until_reloading(&manager);
    assert_eq!(said.iter().filter(|said| *said == "READY=1").count(), 1, "{said:?}");
    reload.tell("done");
    assert!(until_reloaded(&manager).1.contains("last run: SIGHUP"));
    flagman.end();
}

#[test]
fn a_reload_is_answered_even_if_no_action_is_left() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let actions = [["--hup", "a", "run"], ["--usr1", "b", "run"]];
    let flagman = start(&manager, &gate, &RELOAD, &actions);
    manager.until("STATUS=Idle");
    for end in ["` closed after", "no actions ran"] {
        flagman.signal(SIGHUP);
        if end.contains("closed") {
            gate.wait_for("a run").tell("close enough");
        }
        until_reloading(&manager);
        let (_, told) = until_reloaded(&manager);
        let told =
            if told.contains("STATUS") { told } else { manager.until("STATUS=Idle").concat() };
        assert!(told.contains(end), "{told}");
    }
    flagman.end();
}

#[test]
fn systemd_is_asked_to_wait_for_an_action_that_has_a_timeout() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let options = ["--notify-reload", "--timeout", "200"];
    let flagman = start(&manager, &gate, &options, &[["--hup", "a", "run"]]);
    manager.until("STATUS=Idle");
    flagman.signal(SIGHUP);
    let running = gate.wait_for("a run");
    until_reloading(&manager);
    assert_eq!(manager.next(), "EXTEND_TIMEOUT_USEC=410000000");
    running.tell("done");
    until_reloaded(&manager);
    flagman.end();
}

#[test]
fn without_the_option_nothing_is_sent_about_a_reload() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &[], &[["--hup", "a", "run"]]);
    manager.until("STATUS=Idle");
    flagman.signal(SIGHUP);
    gate.wait_for("a run").tell("done");
    let said = manager.until("last run: SIGHUP");
    assert!(said.iter().all(|said| said.starts_with("STATUS=")), "{said:?}");
    flagman.end();
}

#[test]
fn notify_reload_without_anything_to_reload_is_a_mistake() {
    let output = Program::Flagman.output(&["--notify-reload", "--usr1", "print", "x"]);
    let expected = "CRITICAL:flagman.cli:`--notify-reload` needs an action for SIGHUP, which \
                    systemd sends to ask for a reload; add one with `--hup`\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(output.status.code(), Some(2));
}
