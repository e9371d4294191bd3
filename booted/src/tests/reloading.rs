//! `systemctl reload` of an instance that has `Type=notify-reload` and `--notify-reload`.

use crate::machine::{Background, Instance, Machine, Setting};

const RELOAD: &str = "systemctl reload flagman@check";

/// A machine on which systemd reloads instances by a signal.
fn machine(setting: &Setting) -> Machine {
    let machine = Machine::with_packages(setting);
    machine.edit("flagman@.service", "Type=notify-reload");
    machine
}

/// Like [`machine`], but systemd waits only two seconds for a reload.
fn impatient_machine(setting: &Setting) -> Machine {
    let machine = Machine::with_packages(setting);
    machine.edit("flagman@.service", "Type=notify-reload\nTimeoutStartSec=2");
    machine
}

/// Waits until systemd knows that the reload has started.
fn wait_until_begun(instance: &Instance<'_>) {
    instance.wait_for("SubState", "reload-notify");
    assert_eq!(instance.property("ActiveState"), "reloading");
}

pub(super) fn a_reload_returns_when_its_slow_action_has_ended(setting: &Setting) {
    let machine = machine(setting);
    let gate = machine.gate("slow");
    let options = format!("--notify-reload --hup exec {}", gate.command());
    let mut instance = machine.start("check", &options);
    // The first reload comes directly after the start.
    for _ in 0..2 {
        let mut reload = machine.background(&format!("{RELOAD}; rm {}", gate.trace("check")));
        instance.journal.until(&gate.arrival());
        wait_until_begun(&instance);
        assert!(reload.is_running());
        gate.open(0);
        reload.succeed();
        let words = instance.property("StatusText");
        assert!(words.starts_with("Idle; last run: SIGHUP: exec done in"), "{words}");
        assert_eq!(instance.property("SubState"), "running");
    }
}

/// Records which reloads were requested before it started. The first run stops at the gate.
const LOOK: &str = r#"#!/bin/sh
asked=$(ls /run/asked)
test -e "$STATE_DIRECTORY/a" || gated first
for name in $asked; do touch "$STATE_DIRECTORY/$name"; done
"#;

/// Requests a reload under a name. A run that starts after the request must record the name.
fn ask(machine: &Machine, name: &str) -> Background {
    let noted = format!("/var/lib/private/flagman/check/{name}");
    machine.background(&format!("touch /run/asked/{name}; {RELOAD}; test -e {noted}"))
}

pub(super) fn each_of_three_at_once_is_followed_by_a_run_that_started_after_it(setting: &Setting) {
    let machine = machine(setting);
    let gate = machine.gate("first");
    machine.add_command("look", LOOK);
    machine.shell("mkdir /run/asked");
    let mut instance = machine.start("check", "--notify-reload --hup exec look");
    let first = ask(&machine, "a");
    instance.journal.until(&gate.arrival());
    let others = ["b", "c"].map(|name| ask(&machine, name));
    machine.ask_until(&["systemctl", "list-jobs"], |jobs| jobs.contains("waiting"));
    machine.ask_until(&["ls", "/run/asked"], |asked| asked.ends_with('c'));
    gate.open(0);
    first.succeed();
    others.into_iter().for_each(Background::succeed);
}

pub(super) fn one_that_is_asked_for_while_another_signals_action_blocks_begins_at_once(
    setting: &Setting,
) {
    let machine = machine(setting);
    let gate = machine.gate("other");
    let hup = r#"--hup='exec sh -c "touch $STATE_DIRECTORY/reloaded"'"#;
    let usr1 = format!("--usr1='exec {}'", gate.command());
    let options = format!("--notify-reload {hup} {usr1} --usr2 delay_print 'for ever' 31536000");
    let mut instance = machine.start("check", &options);
    instance.signal("USR1");
    instance.journal.until(&gate.arrival());
    let reload = machine.background(&format!("{RELOAD}; rm {}", gate.trace("check")));
    wait_until_begun(&instance);
    gate.open(0);
    reload.succeed();
    machine.run(&["test", "-e", "/var/lib/private/flagman/check/reloaded"]);
    // This action blocks flagman's main thread.
    instance.signal("USR2");
    instance.journal.until("for ever");
    machine.shell(&format!("{RELOAD} --no-block"));
    wait_until_begun(&instance);
}

pub(super) fn a_sighup_during_a_reload_is_not_dropped_and_prolongs_it(setting: &Setting) {
    let machine = machine(setting);
    let gate = machine.gate("slow");
    let options = format!("--notify-reload --overlap ignore --hup exec {}", gate.command());
    let mut instance = machine.start("check", &options);
    let mut reload = machine.background(RELOAD);
    instance.journal.until(&gate.arrival());
    wait_until_begun(&instance);
    instance.signal("HUP");
    gate.open(0);
    instance.journal.until(&gate.arrival());
    assert_eq!(instance.property("SubState"), "reload-notify");
    assert!(reload.is_running());
    gate.open(0);
    reload.succeed();
}

pub(super) fn one_whose_action_fails_succeeds_and_the_status_tells_the_failure(setting: &Setting) {
    let machine = machine(setting);
    let options = "--notify-reload --hup exec false --hup print 'and then'";
    let instance = machine.start("check", options);
    machine.shell(RELOAD);
    let words = instance.property("StatusText");
    assert!(words.starts_with("Idle; last run: SIGHUP: exec failed after"), "{words}");
    let status = machine.run(&["systemctl", "status", "--no-pager", &instance.unit]);
    assert!(status.contains(&words), "{status}");
}

pub(super) fn an_action_may_take_longer_than_systemds_patience_within_its_timeout(
    setting: &Setting,
) {
    let machine = impatient_machine(setting);
    let [gate, other_gate] = ["slow", "other"].map(|name| machine.gate(name));
    let options = format!("--notify-reload --timeout 50 --hup exec {}", gate.command());
    let mut patient = machine.start("check", &options);
    let options = format!("--notify-reload --hup exec {}", other_gate.command());
    let mut other = machine.start("other", &options);
    let mut reload = machine.background(&format!("{RELOAD}; rm {}", gate.trace("check")));
    patient.journal.until(&gate.arrival());
    wait_until_begun(&patient);
    // This reload starts later and has no timeout. When it times out, the first one would have timed
    // out already. (Before 259, systemd logs this and keeps waiting; later versions give up.)
    let second = machine.background("systemctl reload flagman@other || true");
    other.journal.until("Reload operation timed out");
    assert!(reload.is_running());
    assert_eq!(patient.property("SubState"), "reload-notify");
    gate.open(0);
    reload.succeed();
    let lines = patient.journal.until("Reloaded flagman@check.service");
    assert!(lines.iter().all(|line| !line.contains("timed out")), "{lines:#?}");
    // It does not affect the next reload.
    other_gate.open(0);
    second.succeed();
    other.wait_for_status("last run: SIGHUP: exec done");
    let again = format!("systemctl reload flagman@other; rm {}", other_gate.trace("other"));
    machine.run(&["rm", &other_gate.trace("other")]);
    let again = machine.background(&again);
    other_gate.open(0);
    again.succeed();
}

pub(super) fn a_signal_by_hand_leaves_no_reload_behind(setting: &Setting) {
    let machine = machine(setting);
    let options = "--verbose --notify-reload --hup print 'by hand'";
    let mut instance = machine.start("check", options);
    machine.run(&["systemctl", "kill", "--signal=HUP", &instance.unit]);
    instance.journal.until("by hand");
    instance.wait_for_status("last run: SIGHUP: print done");
    assert_eq!(instance.property("ActiveState"), "active");
    assert_eq!(instance.property("SubState"), "running");
    machine.shell(RELOAD);
}

pub(super) fn an_instance_with_nothing_to_reload_is_refused(setting: &Setting) {
    let machine = machine(setting);
    machine.configure("check", "--notify-reload --usr1 print hello");
    machine.fail(&["systemctl", "start", "flagman@check"]);
    let refusal = "flagman.cli:`--notify-reload` needs an action for SIGHUP";
    machine.instance("check").journal.until(refusal);
    // Nothing was set up, neither at the start nor at a restart.
    let said = machine.said("flagman@check.service");
    assert!(said.iter().all(|line| line.starts_with(refusal)), "{said:#?}");
}

pub(super) fn without_the_option_a_reload_fails(setting: &Setting) {
    let machine = impatient_machine(setting);
    let mut instance = machine.start("check", "--verbose --hup print hello");
    let main = instance.property("MainPID");
    let (_, said) = machine.fail(&["systemctl", "reload", "flagman@check"]);
    assert!(said.contains("Job for flagman@check.service failed"), "{said}");
    // Otherwise the instance is fine: its actions have run, and it is still running.
    instance.journal.until("SIGHUP: 1 arrival");
    assert_eq!(instance.property("SubState"), "running");
    assert_eq!(instance.property("MainPID"), main);
    // Without an action for SIGHUP, the signal ends flagman, and systemd restarts it.
    let mut other = machine.start("other", "--usr1 print hello");
    machine.shell("systemctl reload flagman@other");
    other.journal.until("Deactivated successfully");
    other.journal.until("Started flagman@other.service");
}
