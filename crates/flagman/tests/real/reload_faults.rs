//! A reload that goes wrong: a mistake changes nothing, a failed set-up is undone, and a shutdown may come at
//! any moment of it.

use std::fs;
use std::path::Path;

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

use super::harness::{
    Flagman, Folder, Gate, PlanFile, Program, action, gated_action, needs_root, reload, set_mode,
    until, values,
};

/// Reloads, and returns why that has failed.
#[track_caller]
fn failure(flagman: &Flagman) -> String {
    flagman.signal(SIGHUP);
    let line = flagman.stderr.find("action `reload` failed");
    let why = line.strip_prefix("ERROR:flagman.core:action `reload` failed on SIGHUP: ");
    let why = why.unwrap_or_else(|| panic!("{line}")).to_owned();
    let line = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(line.contains("reload failed after "), "{line}");
    why
}

/// Shuts flagman down, and returns what it printed of set-ups and tear-downs.
fn printed_until_the_end(flagman: Flagman) -> Vec<String> {
    flagman.signal(SIGTERM);
    let mut printed = flagman.stdout.rest();
    printed.retain(|line| !line.contains(" run "));
    flagman.end_of_shutdown();
    printed
}

/// With the action `kept` on SIGUSR1: it still has its state.
#[track_caller]
fn still_counts(flagman: &Flagman, run: u32) {
    flagman.signal(SIGUSR1);
    flagman.stdout.find(&format!("kept run {run}: "));
}

#[test]
fn a_mistake_in_the_new_file_changes_nothing_and_is_told() {
    let old = [reload(), values("usr1", "kept")].concat();
    let plan = PlanFile::with(&old);
    let flagman = plan.serve(&[]);
    let new = values("usr2", "new");
    let path = plan.path().display().to_string();
    let mut run = 0;
    for (text, why) in [
        (format!("{new}gracee = 1\n"), format!("{path}:4:1: unknown key `gracee`")),
        (format!("{new}grace = 1\n"), format!("{path}:4:1: ")),
        (format!("grace 1\n{new}"), format!("{path}:1:1: `grace` has no value")),
        (
            format!("grace = 1\ngrace = 1\n{new}"),
            format!("{path}:2:1: `grace` is here for the second"),
        ),
        (format!("{new}retries = 101\n"), format!("{path}:4:11: `retries` needs ")),
        (format!("{new}\u{0}"), format!("{path}:4:1: ")),
        (values("kill", "new"), format!("{path}:2:6: ")),
        (action("usr2", &["nosuch"]), format!("{path}:3:8: unknown action `nosuch`")),
        (action("usr2", &["exec", "/nosuch/program"]), format!("{path}:3:")),
        (String::new(), "no action would be left; add one, or end flagman with SIGTERM".to_owned()),
    ] {
        plan.replace(&text);
        let told = failure(&flagman);
        assert!(told.starts_with(&format!("nothing has changed: {why}")), "{told}\n{why}");
        run += 1;
        still_counts(&flagman, run);
    }
    assert_eq!(printed_until_the_end(flagman), ["kept torn down"]);
}

#[test]
fn a_file_that_is_gone_or_that_others_can_change_changes_nothing() {
    needs_root("to be refused a file that others can change");
    let plan = PlanFile::with(&[reload(), values("usr1", "kept")].concat());
    let flagman = plan.serve(&[]);
    plan.replace(&[reload(), values("usr1", "new")].concat());
    set_mode(plan.path(), 0o666);
    let told = failure(&flagman);
    assert!(told.contains("but other users can write to the file"), "{told}");
    fs::remove_file(plan.path()).expect("it can be removed");
    let told = failure(&flagman);
    assert!(told.starts_with("nothing has changed: cannot read the configuration file"), "{told}");
    assert!(told.ends_with("there is no such file; check the path"), "{told}");
    fs::create_dir(plan.path()).expect("a directory can be made");
    let told = failure(&flagman);
    assert!(told.contains("it is a directory"), "{told}");
    still_counts(&flagman, 1);
    assert_eq!(printed_until_the_end(flagman), ["kept torn down"]);
}

#[test]
fn an_action_program_that_is_gone_changes_nothing() {
    let folder = Folder::with(&["ours"]);
    let plan = PlanFile::with(&[reload(), values("usr1", "kept")].concat());
    let flagman = plan.serve(&["--action-dir", folder.path().to_str().expect("text")]);
    fs::remove_file(folder.path().join("flagman-action-ours")).expect("it can be removed");
    plan.replace(&[reload(), values("usr1", "kept"), action("usr2", &["ours", "x"])].concat());
    let told = failure(&flagman);
    assert!(told.contains(":9:8: unknown action `ours`"), "{told}");
    still_counts(&flagman, 1);
    folder.add("ours");
    flagman.signal(SIGHUP);
    flagman.stderr.find("reloaded: 2 kept, 0 of them changed; 1 added, 0 removed");
    assert_eq!(
        printed_until_the_end(flagman),
        ["x set up, 1 words", "x torn down", "kept torn down"]
    );
}

#[test]
fn a_set_up_that_fails_or_panics_undoes_what_was_newly_set_up_and_the_old_plan_stays() {
    for (how, why) in [("fail no light", "no light"), ("panic no air", "it panicked")] {
        let gate = Gate::new();
        let old = [reload(), values("usr1", "kept"), values("usr1", "old")].concat();
        let plan = PlanFile::with(&old);
        let flagman = plan.serve(&[]);
        let new = [
            values("usr1", "new"),
            gated_action("usr2", &gate, "bad", "set_up"),
            values("usr2", "late"),
        ];
        plan.replace(&[reload(), values("usr1", "kept"), new.concat()].concat());
        flagman.signal(SIGHUP);
        let visit = gate.wait_for("bad set_up");
        // It is held back from now on, and nobody will serve it.
        flagman.signal(SIGUSR2);
        visit.tell(how);
        let line = flagman.stderr.find("action `reload` failed");
        assert!(line.contains("the old plan stays: cannot set up action `gated`: "), "{line}");
        assert!(line.contains(why), "{line}");
        let line = flagman.stderr.find("SIGUSR2 received from pid");
        assert!(line.ends_with(": it has no actions"), "{line}");
        still_counts(&flagman, 1);
        plan.replace(&old);
        flagman.signal(SIGHUP);
        flagman.stderr.find("reloaded: 3 kept, 0 of them changed; 0 added, 0 removed");
        assert_eq!(printed_until_the_end(flagman), ["old torn down", "kept torn down"]);
    }
}

#[test]
fn after_a_set_up_that_has_failed_the_reload_can_be_asked_for_again() {
    let gate = Gate::new();
    let plan = PlanFile::with(&[reload(), values("usr1", "kept")].concat());
    let flagman = plan.serve(&[]);
    plan.replace(
        &[
            reload(),
            values("usr1", "kept"),
            values("usr2", "first"),
            gated_action("usr2", &gate, "bad", "set_up"),
        ]
        .concat(),
    );
    for how in ["fail no light", "fail no air", "done"] {
        flagman.signal(SIGHUP);
        gate.wait_for("bad set_up").tell(how);
        flagman.stderr.find("SIGHUP: 1 arrival");
    }
    let printed = printed_until_the_end(flagman);
    let count = |text: &str| printed.iter().filter(|line| *line == text).count();
    assert_eq!((count("first set up"), count("first torn down")), (3, 3), "{printed:?}");
    assert_eq!((count("bad torn down"), count("kept torn down")), (1, 1), "{printed:?}");
}

/// How many processes of this program live.
fn processes_of(program: &Path) -> usize {
    let all = fs::read_dir("/proc").expect("the kernel lists processes").flatten();
    let exes = all.filter_map(|entry| fs::read_link(entry.path().join("exe")).ok());
    exes.filter(|exe| exe == program).count()
}

#[test]
fn an_action_program_that_hangs_in_its_set_up_is_ended_by_the_timeout_and_the_old_plan_stays() {
    let folder = Folder::with(&["set_up-hang"]);
    let plan = PlanFile::with(&[reload(), values("usr1", "kept")].concat());
    let flagman =
        plan.serve(&["--timeout", "0.2", "--action-dir", folder.path().to_str().expect("text")]);
    plan.replace(
        &[
            reload(),
            values("usr1", "kept"),
            values("usr2", "new"),
            action("usr2", &["set_up-hang", "x"]),
        ]
        .concat(),
    );
    let told = failure(&flagman);
    assert!(told.starts_with("the old plan stays: cannot set up action `set_up-hang`: "), "{told}");
    let program = folder.path().join("flagman-action-set_up-hang");
    until("the program lives on", || processes_of(&program) == 0);
    still_counts(&flagman, 1);
    assert_eq!(printed_until_the_end(flagman), ["kept torn down"]);
}

/// A flagman in the set-up of a reload's second new action, `b`.
fn in_set_up(plan: &PlanFile, gate: &Gate, words: &[&str]) -> Flagman {
    plan.replace(&[reload(), values("usr1", "kept"), values("usr1", "old")].concat());
    let flagman = plan.serve(words);
    let new = [values("usr1", "a"), gated_action("usr1", gate, "b", "set_up"), values("usr1", "c")]
        .concat();
    plan.replace(&[reload(), values("usr1", "kept"), new, values("term", "hook")].concat());
    flagman.signal(SIGHUP);
    flagman
}

#[test]
fn sigterm_during_a_set_up_of_a_reload_lets_it_end_and_tears_down_all_that_stands() {
    for (how, b) in [("done", &["b torn down"][..]), ("fail no light", &[])] {
        let (plan, gate) = (PlanFile::with(""), Gate::new());
        let flagman = in_set_up(&plan, &gate, &[]);
        let setting_up = gate.wait_for("b set_up");
        flagman.signal(SIGTERM);
        flagman.stderr.find("SIGTERM received");
        flagman.stderr.find("shutting down: waiting for the set-up of `gated` to end");
        setting_up.tell(how);
        let printed = flagman.stdout.rest();
        let expected = [
            &["kept set up", "old set up", "a set up"],
            b,
            &["a torn down", "old torn down", "kept torn down"],
        ];
        assert_eq!(printed, expected.concat(), "{how}");
        let log = flagman.end_of_shutdown();
        assert_eq!(
            log.iter().filter(|line| line.contains("action `reload` failed")).count(),
            1,
            "{log:#?}"
        );
    }
}

/// Asks for shutdown twice, and returns the last line, which says what did not end.
#[track_caller]
fn forced_out(flagman: Flagman) -> String {
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    flagman.signal(SIGTERM);
    let (status, mut log) = flagman.wait();
    assert_eq!(status.code(), Some(3), "{log:#?}");
    log.pop().expect("it says why")
}

#[test]
fn a_second_sigterm_during_a_set_up_of_a_reload_forces_out_and_names_what_stands() {
    let (plan, gate) = (PlanFile::with(""), Gate::new());
    let flagman = in_set_up(&plan, &gate, &["--grace", "1000"]);
    let _blocked = gate.wait_for("b set_up");
    let last = forced_out(flagman);
    let why =
        "CRITICAL:flagman.core:forced out: the set-up of `gated` did not end; not torn down: ";
    assert!(last.starts_with(why), "{last}");
    for name in ["values kept", "values old", "values a"] {
        assert!(last.contains(name), "{name} is not in {last}");
    }
}

/// A flagman in the tear-down of `b`, which a reload has removed; `hook` is new.
fn in_tear_down(plan: &PlanFile, gate: &Gate, words: &[&str]) -> Flagman {
    let old = [gated_action("usr1", gate, "b", "tear_down"), values("usr1", "last")].concat();
    plan.replace(&[reload(), values("usr1", "first"), old].concat());
    let flagman = plan.serve(words);
    plan.replace(&[reload(), values("usr1", "new"), values("term", "hook")].concat());
    flagman.signal(SIGHUP);
    flagman
}

#[test]
fn sigterm_during_a_tear_down_of_a_reload_comes_after_the_reload_and_runs_the_new_hook() {
    let (plan, gate) = (PlanFile::with(""), Gate::new());
    let flagman = in_tear_down(&plan, &gate, &[]);
    let tearing_down = gate.wait_for("b tear_down");
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    tearing_down.tell("done");
    let printed = flagman.stdout.rest();
    let ours = std::process::id();
    let hook = format!("hook run 1: none from {ours} x1");
    let expected = [
        "first set up",
        "last set up",
        "new set up",
        "hook set up",
        "last torn down",
        "b torn down",
        "first torn down",
        &hook,
        "hook torn down",
        "new torn down",
    ];
    assert_eq!(printed, expected);
    let log = flagman.end_of_shutdown();
    let told = "reloaded: 1 kept, 0 of them changed; 2 added, 3 removed";
    assert!(log.iter().any(|line| line.ends_with(told)), "{log:#?}");
}

#[test]
fn a_second_sigterm_during_a_tear_down_of_a_reload_forces_out_and_names_what_stands() {
    let (plan, gate) = (PlanFile::with(""), Gate::new());
    let flagman = in_tear_down(&plan, &gate, &["--grace", "1000"]);
    let _blocked = gate.wait_for("b tear_down");
    let last = forced_out(flagman);
    assert!(last.contains("forced out: the tear-down of `gated"), "{last}");
    for name in ["values first", "values new", "values hook"] {
        assert!(last.contains(name), "{name} is not in {last}");
    }
    assert!(!last.contains("values last"), "{last}");
}

#[test]
fn a_tear_down_that_fails_does_not_fail_the_reload() {
    let gate = Gate::new();
    let plan = PlanFile::with(&[reload(), gated_action("usr1", &gate, "b", "tear_down")].concat());
    let flagman = plan.serve(&[]);
    plan.replace(&[reload(), values("usr1", "new")].concat());
    flagman.signal(SIGHUP);
    gate.wait_for("b tear_down").tell("fail stuck");
    let line = flagman.stderr.find("cannot tear down action");
    assert!(line.starts_with("ERROR:") && line.ends_with(": stuck"), "{line}");
    flagman.stderr.find("reloaded: 1 kept, 0 of them changed; 1 added, 1 removed");
    flagman.end();
}

#[test]
fn the_last_call_of_a_shutdown_ends_an_action_program_that_a_reload_sets_up() {
    let folder = Folder::with(&["set_up-hang_mortal"]);
    let plan = PlanFile::with(&[reload(), values("usr1", "kept")].concat());
    let words = ["--grace", "2", "--action-dir", folder.path().to_str().expect("text")];
    let flagman = plan.serve(&words);
    plan.replace(
        &[reload(), values("usr1", "kept"), action("usr2", &["set_up-hang_mortal", "x"])].concat(),
    );
    flagman.signal(SIGHUP);
    flagman.stdout.find("x set up, 1 words");
    assert_eq!(printed_until_the_end(flagman), ["kept torn down"]);
}

#[test]
fn reload_without_a_file_is_a_mistake() {
    let output = Program::Flagman.output(&["--hup", "reload"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("`reload`") && said.contains("--config"), "{said}");
}
