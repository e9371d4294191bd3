//! Signals that systemd sends, and how systemd reads flagman's messages.

use crate::machine::{Machine, Setting};

/// A drop-in that makes a timer elapse at once.
const AT_ONCE: &str = "OnCalendar=\nOnActiveSec=0\nRandomizedDelaySec=0\nAccuracySec=1us";

pub(super) fn systemctl_kill_runs_the_actions_and_hurts_no_action_program(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_action("tally");
    let mut instance = machine.start("check", "--verbose --usr1 print hello --usr1 tally");
    let processes = instance.processes();
    instance.signal("USR1");
    instance.journal.until("tally: 1");
    instance.wait_for_status("last run");
    // systemd sends this signal to all processes of the service.
    machine.run(&["systemctl", "kill", "--signal=USR1", &instance.unit]);
    let lines = instance.journal.until("tally: 2");
    assert!(lines.iter().any(|line| line == "hello"), "{lines:#?}");
    // A program that had died would have been restarted, and its count would start again at 1.
    let said = machine.said(&instance.unit);
    assert!(said.iter().all(|line| !line.contains("state is lost")), "{said:#?}");
    assert_eq!(instance.processes(), processes);
    assert_eq!(instance.property("SubState"), "running");
}

pub(super) fn the_timer_fires_and_its_signal_arrives(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let mut instance = machine.start("check", "--verbose --usr1 print 'the hour has come'");
    fire(&machine);
    instance.journal.until("the hour has come");
}

pub(super) fn the_file_of_options_chooses_the_timers_signal(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let options = "--hup print 'for HUP' --usr1 print 'for USR1'\nFLAGMAN_TIMER_SIGNAL=SIGHUP";
    let mut instance = machine.start("check", options);
    fire(&machine);
    let lines = instance.journal.until("for ");
    assert_eq!(lines.last().map(String::as_str), Some("for HUP"));
}

/// Starts the timer of the instance `check`, which elapses at once.
fn fire(machine: &Machine) {
    machine.edit("flagman-signal@check.timer", AT_ONCE);
    machine.run(&["systemctl", "start", "flagman-signal@check.timer"]);
}

pub(super) fn no_signal_is_sent_to_an_instance_that_does_not_run(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.configure("check", "--usr1 print hello");
    let (_, said) = machine.fail(&["systemctl", "start", "flagman-signal@check"]);
    assert!(said.contains("A dependency job"), "{said}");
    assert_eq!(machine.property("flagman@check.service", "ActiveState"), "inactive");
}

pub(super) fn a_forged_failure_changes_nothing(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_action("forge");
    let mut instance = machine.start("check", "--usr1 forge --usr2 print 'still here'");
    let main = instance.property("MainPID");
    instance.signal("USR1");
    let words = instance.wait_for_status("last run");
    assert!(words.starts_with("Idle; last run: "), "{words}");
    instance.journal.until("forged\\nSTOPPING=1\\nMAINPID=1");
    instance.signal("USR2");
    instance.journal.until("still here");
    assert_eq!(instance.property("MainPID"), main);
    assert_eq!(instance.property("ActiveState"), "active");
    assert_eq!(instance.property("SubState"), "running");
    instance.stop();
}
