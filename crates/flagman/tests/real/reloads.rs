//! The action `reload`: what it keeps and changes, and in which order. What goes wrong in one is in
//! `reload_faults`.

use flagman_test::queue_signal;
use nix::libc::SIGRTMIN;
use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};

use super::harness::{
    Flagman, Gate, Manager, PlanFile, Program, action, gated_action, prefixed, reload, values,
};

/// Reloads, and checks what is said of it.
#[track_caller]
fn reloads(flagman: &Flagman, told: &str) {
    flagman.signal(SIGHUP);
    let line = flagman.stderr.find("reloaded: ");
    assert_eq!(line, format!("INFO:flagman.core:reloaded: {told}"));
    let line = flagman.stderr.find("SIGHUP: ");
    assert!(line.contains("reload done in "), "{line}");
}

/// Sends the signal, and waits for the line of a `values`.
#[track_caller]
fn runs(flagman: &Flagman, signal: Signal, name: &str, run: u32) {
    flagman.signal(signal);
    let line = format!("{name} run {run}: none from {} x1", std::process::id());
    assert_eq!(flagman.stdout.next(), Some(line));
}

#[track_caller]
fn prints(flagman: &Flagman, lines: &[&str]) {
    for line in lines {
        assert_eq!(flagman.stdout.next().as_deref(), Some(*line));
    }
}

#[test]
fn what_stays_keeps_its_state_and_what_is_new_is_set_up_before_the_old_is_torn_down() {
    let plan = PlanFile::with(&[reload(), values("usr1", "a"), values("usr1", "b")].concat());
    let flagman = plan.serve(&[]);
    prints(&flagman, &["a set up", "b set up"]);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("b run 1");
    plan.replace(
        &[reload(), values("usr1", "c"), values("usr1", "a"), "retries = 3\n".into()].concat(),
    );
    reloads(&flagman, "2 kept, 1 of them changed; 1 added, 1 removed");
    prints(&flagman, &["c set up", "b torn down"]);
    flagman.signal(SIGUSR1);
    for line in ["c run 1:", "a run 2:"] {
        let next = flagman.stdout.next().expect("the new order holds");
        assert!(next.starts_with(line), "{next}");
    }
    reloads(&flagman, "3 kept, 0 of them changed; 0 added, 0 removed");
    flagman.signal(SIGTERM);
    assert_eq!(
        flagman.stdout.rest(),
        ["c torn down", "a torn down"],
        "the last set up comes first"
    );
    flagman.end_of_shutdown();
}

#[test]
fn of_equal_actions_the_first_ones_stay_and_another_signal_is_another_action() {
    let plan = PlanFile::with(&[reload(), values("usr1", "a"), values("usr1", "a")].concat());
    let flagman = plan.serve(&[]);
    prints(&flagman, &["a set up", "a set up"]);
    plan.replace(&[reload(), values("usr1", "a")].concat());
    reloads(&flagman, "2 kept, 0 of them changed; 0 added, 1 removed");
    prints(&flagman, &["a torn down"]);
    plan.replace(&[reload(), values("usr2", "a")].concat());
    reloads(&flagman, "1 kept, 0 of them changed; 1 added, 1 removed");
    prints(&flagman, &["a set up", "a torn down"]);
    runs(&flagman, SIGUSR2, "a", 1);
    flagman.end();
}

#[test]
fn an_action_of_the_command_line_stays_after_those_of_the_file() {
    let plan = PlanFile::with(&reload());
    let flagman = plan.serve(&["--usr1", "values", "typed"]);
    prints(&flagman, &["typed set up"]);
    plan.replace(&[reload(), values("usr1", "new")].concat());
    reloads(&flagman, "2 kept, 0 of them changed; 1 added, 0 removed");
    prints(&flagman, &["new set up"]);
    flagman.signal(SIGUSR1);
    flagman.stdout.find("new run 1");
    let line = flagman.stdout.next().expect("the next runs too");
    assert!(line.starts_with("typed run 1"), "{line}");
    flagman.end();
}

#[test]
fn a_reload_changes_overlap_and_quiet_period() {
    let gate = Gate::new();
    let actions = [reload(), gated_action("usr1", &gate, "a", "run")].concat();
    let plan = PlanFile::with(&actions);
    let flagman = plan.serve(&["-v"]);
    let twice = |told: &str| {
        flagman.signal(SIGUSR1);
        let held = gate.wait_for("a run");
        flagman.signal(SIGUSR1);
        held.tell("done");
        flagman.stderr.find(told);
    };
    twice("; 1 ignored meanwhile");
    plan.replace(&format!("overlap = 'rerun'\n{actions}"));
    reloads(&flagman, "2 kept, 0 of them changed; 0 added, 0 removed");
    twice("SIGUSR1: 1 arrival");
    gate.wait_for("a run").tell("done");
    flagman.stderr.find("SIGUSR1: 1 arrival");
    plan.replace(&format!("[signal.usr1]\nquiet-period = 1000\n{actions}"));
    reloads(&flagman, "2 kept, 0 of them changed; 0 added, 0 removed");
    flagman.signal(SIGUSR1);
    flagman.stderr.find("waits for the quiet period");
    flagman.end();
}

#[test]
fn a_reload_changes_grace_and_timeout() {
    let exec = action("usr1", &["exec", "sleep", "1000"]);
    let plan = PlanFile::with(&[reload(), exec.clone()].concat());
    let flagman = plan.serve(&["-v"]);
    plan.replace(&["timeout = 0.1\ngrace = 0.2\n".into(), reload(), exec.clone()].concat());
    reloads(&flagman, "2 kept, 1 of them changed; 0 added, 0 removed");
    flagman.signal(SIGUSR1);
    flagman.stderr.find("`sleep` ran out of time (0.1 s)");
    let gate = Gate::new();
    let held = gated_action("usr2", &gate, "b", "run");
    plan.replace(&["grace = 0.2\n".into(), reload(), held].concat());
    reloads(&flagman, "1 kept, 0 of them changed; 1 added, 1 removed");
    flagman.signal(SIGUSR2);
    let _blocked = gate.wait_for("b run");
    flagman.signal(SIGTERM);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(3), "{log:#?}");
}

#[test]
fn a_reload_changes_policies_and_names() {
    let gate = Gate::new();
    let held = gated_action("usr1", &gate, "a", "run");
    let plan = PlanFile::with(&[reload(), held.clone()].concat());
    let flagman = plan.serve(&[]);
    plan.replace(
        &[
            reload(),
            held,
            "name = 'the job'\nretries = 1\nretry-delay = 0\non-failure = 'exit'\n".into(),
        ]
        .concat(),
    );
    reloads(&flagman, "2 kept, 1 of them changed; 0 added, 0 removed");
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("fail no light");
    gate.wait_for("a run").tell("fail no air");
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(4), "{log:#?}");
    let said = "action `the job` failed on SIGUSR1 (try 2 of 2): no air";
    assert!(log.iter().any(|line| line.ends_with(said)), "{log:#?}");
}

#[test]
fn a_reload_changes_how_much_is_logged() {
    let plan = PlanFile::with(&["verbose = true\n".into(), reload(), values("usr1", "a")].concat());
    let flagman = Program::Testbed.serve(&plan.words(&[]));
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    plan.replace(
        &["errors-only = true\n".into(), reload(), values("usr1", "a"), values("usr1", "b")]
            .concat(),
    );
    flagman.signal(SIGHUP);
    flagman.stdout.find("b set up");
    flagman.signal(SIGUSR1);
    flagman.stdout.find("b run 1");
    plan.replace(&["verbose = 2\n".into(), reload(), values("usr1", "a")].concat());
    flagman.signal(SIGHUP);
    let log = flagman.stderr.until("reloaded: ");
    let of_runs = log.iter().filter(|line| line.contains("SIGUSR1"));
    assert_eq!(of_runs.count(), 0, "{log:#?}");
    flagman.end();
}

#[test]
fn an_option_that_a_reload_cannot_change_is_refused_and_named() {
    let plan = PlanFile::with(&[reload(), values("usr1", "a")].concat());
    let flagman = plan.serve(&[]);
    for (key, value) in [
        ("pid-file", "'/run/nosuch.pid'"),
        ("log-format", "'json'"),
        ("log-time", "true"),
        ("notify-reload", "true"),
        ("no-systemd", "true"),
        ("successful-empty", "true"),
        ("action-dir", "['/nosuch']"),
    ] {
        plan.replace(&[format!("{key} = {value}\n"), reload(), values("usr1", "b")].concat());
        flagman.signal(SIGHUP);
        let told = format!(
            "ERROR:flagman.core:action `reload` failed on SIGHUP: nothing has changed: `{key}` has changed, \
             which needs a restart of flagman"
        );
        assert_eq!(flagman.stderr.find("nothing has changed"), told);
        flagman.stderr.find("SIGHUP: 1 arrival");
    }
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), ["a set up", "a torn down"]);
    flagman.end_of_shutdown();
}

#[test]
fn a_signal_that_is_new_waits_from_the_moment_that_it_is_known_until_the_plan_holds() {
    let gate = Gate::new();
    let plan = PlanFile::with(&reload());
    let flagman = plan.serve(&[]);
    let on = ["winch", "usr2", "rtmin+3", "usr1"];
    let mut text = reload();
    for signal in on {
        text += &values(signal, signal);
    }
    plan.replace(&[text, gated_action("xcpu", &gate, "a", "set_up")].concat());
    flagman.signal(SIGHUP);
    let setting_up = gate.wait_for("a set_up");
    // Until now most of them would have ended flagman.
    for signal in [SIGWINCH, SIGUSR2, SIGUSR1] {
        flagman.signal(signal);
    }
    for value in 0..3 {
        queue_signal(flagman.pid(), SIGRTMIN() + 3, value).expect("it can be sent");
    }
    setting_up.tell("done");
    flagman.stderr.find("reloaded: 1 kept, 0 of them changed; 5 added, 0 removed");
    let ours = std::process::id();
    let mut lines = Vec::new();
    while lines.len() < 6 {
        let line = flagman.stdout.next().expect("each has its run");
        lines.extend((!line.ends_with("set up")).then_some(line));
    }
    lines.sort();
    let mut expected: Vec<String> =
        ["usr1", "usr2", "winch"].map(|name| format!("{name} run 1: none from {ours} x1")).into();
    expected.extend(
        [0, 1, 2].map(|value| format!("rtmin+3 run {}: {value} from {ours} x1", value + 1)),
    );
    expected.sort();
    assert_eq!(lines, expected);
    flagman.end();
}

#[test]
fn a_signal_that_has_lost_its_actions_does_nothing_until_it_gets_some_again() {
    let plan = PlanFile::with(&[reload(), values("usr1", "a"), values("rtmin", "b")].concat());
    let flagman = plan.serve(&[]);
    plan.replace(&reload());
    reloads(&flagman, "1 kept, 0 of them changed; 0 added, 2 removed");
    for number in [SIGUSR1 as i32, SIGRTMIN()] {
        queue_signal(flagman.pid(), number, 0).expect("it can be sent");
        let line = flagman.stderr.find("received from pid");
        assert!(line.starts_with("INFO:") && line.ends_with(": it has no actions"), "{line}");
    }
    plan.replace(&[reload(), values("usr1", "c")].concat());
    reloads(&flagman, "1 kept, 0 of them changed; 1 added, 0 removed");
    flagman.stdout.find("c set up");
    runs(&flagman, SIGUSR1, "c", 1);
    flagman.end();
}

#[test]
fn what_waits_for_a_signal_that_stays_is_served_under_the_new_plan() {
    let gate = Gate::new();
    let plan = PlanFile::with(&[reload(), values("usr1", "old"), values("usr2", "gone")].concat());
    let flagman = plan.serve(&[]);
    let new =
        [reload(), values("usr1", "new"), gated_action("rtmin", &gate, "a", "set_up")].concat();
    plan.replace(&new);
    flagman.signal(SIGHUP);
    let setting_up = gate.wait_for("a set_up");
    flagman.signal(SIGUSR1);
    flagman.signal(SIGUSR2);
    setting_up.tell("done");
    let printed = flagman.stdout.until("new run 1");
    assert!(!printed.iter().any(|line| line.contains("old run") || line.contains("gone run")));
    let log = flagman.end();
    assert!(!log.iter().any(|line| line.contains("without serving")), "{log:#?}");
}

#[test]
fn after_the_reload_its_run_goes_on_in_the_new_bundle() {
    let plan = PlanFile::with(&[values("hup", "before"), reload(), values("hup", "old")].concat());
    let flagman = plan.serve(&[]);
    prints(&flagman, &["before set up", "old set up"]);
    let new = [values("hup", "first"), values("hup", "before"), reload(), values("hup", "new")];
    plan.replace(&new.concat());
    flagman.signal(SIGHUP);
    let ours = format!("none from {} x1", std::process::id());
    let [before, new] = ["before", "new"].map(|name| format!("{name} run 1: {ours}"));
    prints(&flagman, &[&before, "first set up", "new set up", "old torn down", &new]);
    let line = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(line.contains("`values before` done") && line.contains("`values new` done"), "{line}");
    flagman.end();
}

#[test]
fn a_reload_that_removes_itself_has_its_place_in_the_line_of_the_run() {
    for rest in [values("hup", "after"), values("usr1", "other")] {
        let plan = PlanFile::with(&[reload(), values("hup", "after")].concat());
        let flagman = plan.serve(&[]);
        plan.replace(&rest);
        flagman.signal(SIGHUP);
        flagman.stderr.find("reloaded: ");
        let line = flagman.stderr.find("SIGHUP: 1 arrival");
        let (_, actions) = line.split_once("; ").expect("it names its actions");
        assert!(actions.starts_with("reload done in ") && !actions.contains(", "), "{line}");
        flagman.signal(SIGHUP);
        let next = if rest.contains("hup") { "SIGHUP: 1 arrival" } else { "it has no actions" };
        flagman.stderr.find(next);
        flagman.end();
    }
}

#[test]
fn a_failed_reload_is_tried_again_by_its_policy() {
    let policies = "retries = 100\nretry-delay = 0.05\n";
    let plan = PlanFile::with(&[reload(), policies.into()].concat());
    let flagman = plan.serve(&[]);
    plan.replace("nosuch = 1\n");
    flagman.signal(SIGHUP);
    flagman.stderr.find("action `reload` failed on SIGHUP (try 1 of 101): nothing has changed: ");
    flagman.stderr.find("action `reload` will be tried again in ");
    plan.replace(&[reload(), policies.into(), values("usr1", "a")].concat());
    flagman.stderr.find("reloaded: 1 kept, 0 of them changed; 1 added, 0 removed");
    let line = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(line.contains("; reload done in ") && line.ends_with(" tries"), "{line}");
    flagman.end();
}

#[test]
fn two_reloads_that_are_asked_for_at_once_come_one_after_the_other() {
    let gate = Gate::new();
    let both = [reload(), action("usr2", &["reload"])].concat();
    let plan = PlanFile::with(&both);
    let flagman = plan.serve(&[]);
    plan.replace(&[both, gated_action("usr1", &gate, "a", "set_up")].concat());
    flagman.signal(SIGHUP);
    let setting_up = gate.wait_for("a set_up");
    flagman.signal(SIGUSR2);
    setting_up.tell("done");
    flagman.stderr.find("reloaded: 2 kept, 0 of them changed; 1 added, 0 removed");
    flagman.stderr.find("run for SIGUSR2 started");
    flagman.stderr.find("reloaded: 3 kept, 0 of them changed; 0 added, 0 removed");
    flagman.end();
}

#[test]
fn an_action_that_has_closed_itself_is_set_up_anew_by_a_reload() {
    let plan = PlanFile::with(&[reload(), action("usr1", &["print_once", "x"])].concat());
    let flagman = plan.serve(&[]);
    for told in ["1 kept, 0 of them changed; 1 added, 0 removed"; 2] {
        prints(&flagman, &["init"]);
        flagman.signal(SIGUSR1);
        prints(&flagman, &["x", "cleanup"]);
        flagman.stderr.find("removing action `print_once`");
        reloads(&flagman, told);
    }
    flagman.end();
}

#[test]
fn systemd_is_told_when_a_reload_begins_and_ends_and_that_it_has_failed() {
    let (manager, plan) = (Manager::new(), PlanFile::with(&reload()));
    let mut command = Program::Testbed.command(&plan.words(&["-v", "--notify-reload"]));
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("STATUS=Idle; no signal yet");
    for (text, ended) in [
        ([reload(), values("usr1", "a")].concat(), "reload done in "),
        ("nosuch = 1\n".to_owned(), "reload failed after "),
        (values("usr1", "a"), "reload failed after "),
        ([reload(), values("usr2", "b")].concat(), "reload done in "),
    ] {
        plan.replace(&text);
        flagman.signal(SIGHUP);
        manager.until("RELOADING=1");
        let said = manager.until("READY=1");
        let last = said.last().expect("it was waited for");
        let status = if last.contains("STATUS=") {
            last.clone()
        } else {
            manager.until("last run: ").concat()
        };
        assert!(status.contains(&format!("Idle; last run: SIGHUP: {ended}")), "{said:?} {status}");
    }
    let line = flagman.stderr.find("needs an action for SIGHUP");
    assert!(line.contains("nothing has changed: `--notify-reload"), "{line}");
    flagman.end();
}

#[test]
fn an_ignored_sigint_asks_for_shutdown_from_the_reload_that_gives_it_actions() {
    let plan = PlanFile::with(&[reload(), values("usr1", "a")].concat());
    let mut shell = prefixed(&["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]);
    shell.arg(Program::Testbed.path()).args(plan.words(&["-v"]));
    let flagman = Flagman::serve(shell);
    flagman.signal(SIGINT);
    plan.replace(&[reload(), values("usr1", "a"), values("int", "hook")].concat());
    reloads(&flagman, "2 kept, 0 of them changed; 1 added, 0 removed");
    flagman.signal(SIGUSR1);
    flagman.stdout.find("a run 1");
    flagman.signal(SIGINT);
    flagman.stdout.find("hook run 1");
    flagman.end_of_shutdown();
}

#[test]
fn arrivals_of_a_signal_that_loses_its_actions_while_they_wait_are_told() {
    let (plan, gate) = (PlanFile::with(""), Gate::new());
    let first = [gated_action("usr1", &gate, "a", "run"), values("rtmin+3", "gone")].concat();
    plan.replace(&[reload(), first, values("usr2", "kept")].concat());
    let flagman = plan.serve(&[]);
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run");
    flagman.signal(SIGHUP);
    plan.replace(&[reload(), values("usr2", "kept")].concat());
    for value in 0..3 {
        queue_signal(flagman.pid(), SIGRTMIN() + 3, value).expect("the kernel has room");
    }
    running.tell("done");
    let told = flagman.stderr.find("the new plan has no actions for");
    let expected =
        "WARNING:flagman.core:the new plan has no actions for SIGRTMIN+3 (3 arrivals): not served";
    assert_eq!(told, expected);
    flagman.end();
}
