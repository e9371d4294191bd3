//! Installing, upgrading, removing and purging the packages.

use std::collections::BTreeSet;

use crate::machine::{Machine, Setting};

/// All files in the machine, except in the folders of dpkg and the journal and in those that the
/// machine keeps in memory.
fn files(machine: &Machine) -> BTreeSet<String> {
    let found = machine.shell(
        "find / -xdev \\( -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \
            -o -path /root -o -path /run -o -path /tmp \\) -prune -o -print",
    );
    found.lines().map(str::to_owned).collect()
}

pub(super) fn the_packages_bring_the_program_and_register_the_action(setting: &Setting) {
    let machine = Machine::boot(setting);
    machine.install(&["flagman"]);
    let before = machine.run(&["flagman", "--list"]);
    assert!(before.contains("\nexec ") && !before.contains("dnscheck"), "{before}");
    machine.install(&["flagman-action-dnscheck"]);
    let after = machine.run(&["flagman", "--list"]);
    assert!(after.contains("\ndnscheck "), "{after}");
}

pub(super) fn systemd_finds_no_fault_with_the_units(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.configure("check", "--usr1 print hello");
    let units = "flagman@check.service flagman-signal@check.service flagman-signal@check.timer";
    let said = machine.shell(&format!("systemd-analyze verify --man=no {units} 2>&1"));
    assert_eq!(said, "");
    let examples = "/usr/share/doc/flagman-action-dnscheck/examples";
    let said = machine.shell(&format!("systemd-analyze verify --man=no {examples}/* 2>&1"));
    assert_eq!(said, "");
}

pub(super) fn an_upgrade_restarts_what_runs(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let instance = machine.start("check", "--usr1 print hello");
    machine.configure("idle", "--usr1 print hello");
    let first = instance.property("MainPID");
    machine.install(&["flagman"]);
    assert_ne!(instance.property("MainPID"), first);
    assert_eq!(instance.property("SubState"), "running");
    assert_eq!(machine.property("flagman@idle.service", "ActiveState"), "inactive");
}

pub(super) fn removing_stops_what_runs_and_keeps_its_configuration(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let instance = machine.start("check", "--usr1 print hello");
    machine.run(&["dpkg", "--remove", "flagman-action-dnscheck", "flagman"]);
    assert_eq!(instance.property("ActiveState"), "inactive");
    assert!(machine.read("/etc/flagman/check.conf").contains("print hello"));
}

pub(super) fn removing_ends_what_waits_to_be_started_again(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.configure("typo", "--usr1 prnt hello");
    let unit = "flagman@typo.service";
    machine.edit(unit, "RestartSec=1h\nRestartMaxDelaySec=2h");
    machine.fail(&["systemctl", "start", unit]);
    assert_eq!(machine.property(unit, "SubState"), "auto-restart");
    machine.run(&["dpkg", "--remove", "flagman-action-dnscheck", "flagman"]);
    assert_eq!(machine.property(unit, "SubState"), "dead");
}

pub(super) fn purging_leaves_nothing_behind(setting: &Setting) {
    let machine = Machine::boot(setting);
    let before = files(&machine);
    machine.install(&["flagman", "flagman-action-dnscheck"]);
    let keep = "--usr1='exec sh -c \"echo kept >$STATE_DIRECTORY/file\"'";
    let mut instance = machine.start("check", &format!("--verbose {keep}"));
    instance.signal("USR1");
    instance.journal.until("exec done");
    let units = ["flagman@check.service", "flagman-signal@check.timer"];
    machine.run(&["systemctl", "enable", "--now", units[0], units[1]]);
    let used = files(&machine);
    assert!(used.contains("/var/lib/private/flagman/check/file"), "{:#?}", &used - &before);
    machine.run(&["dpkg", "--purge", "flagman-action-dnscheck", "flagman"]);
    let left: Vec<_> = files(&machine).difference(&before).cloned().collect();
    assert_eq!(left, [""; 0]);
    for unit in units {
        assert_eq!(machine.property(unit, "ActiveState"), "inactive");
        assert_eq!(machine.property(unit, "LoadState"), "not-found");
    }
}
