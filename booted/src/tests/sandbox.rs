//! What an action can do in the template's sandbox.

use crate::machine::{Machine, Setting};

/// Tries what an administrator's script needs to do and what it must not be able to do. Prints a
/// line for each attempt.
const SCRIPT: &str = r#"#!/bin/sh
could() {
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "could $what"; else echo "could not $what"; fi
}
could write-state touch "$STATE_DIRECTORY/file"
could write-tmp touch /tmp/file
could be-nice nice -n 5 true
could copy-owners cp -p /etc/passwd /tmp/passwd
could read-meminfo cat /proc/meminfo
could see-others test -r /proc/1/comm
could run-shell sh -c 'echo | cat'
could write-etc touch /etc/file
could write-usr touch /usr/file
could read-shadow cat /etc/shadow
could see-root ls /root
could make-namespaces unshare --user true
could mount mount -t tmpfs none /tmp
could set-hostname hostname other
echo that is all
"#;

const OUTCOMES: [&str; 14] = [
    "could write-state",
    "could write-tmp",
    "could be-nice",
    "could copy-owners",
    "could read-meminfo",
    "could see-others",
    "could run-shell",
    "could not write-etc",
    "could not write-usr",
    "could not read-shadow",
    "could not see-root",
    "could not make-namespaces",
    "could not mount",
    "could not set-hostname",
];

pub(super) fn exec_may_do_what_scripts_do_and_not_more(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_command("try-all", SCRIPT);
    let mut instance = machine.start("check", "--usr1 exec try-all");
    instance.signal("USR1");
    let lines = instance.journal.until("that is all");
    let outcomes: Vec<&String> = lines.iter().filter(|line| line.starts_with("could")).collect();
    assert_eq!(outcomes, OUTCOMES.each_ref());
}

pub(super) fn a_drop_in_lets_an_action_be_root(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    // As in the unit's comment.
    machine.edit("flagman@check.service", "DynamicUser=no\nCapabilityBoundingSet=CAP_CHOWN");
    let chown = "--usr1='exec sh -euc \"cd $STATE_DIRECTORY; touch file; chown 1:1 file; id -u\"'";
    let mut instance = machine.start("check", chown);
    instance.signal("USR1");
    let lines = instance.journal.until("0");
    assert_eq!(lines.last().map(String::as_str), Some("0"));
    let owner = machine.run(&["stat", "--format=%u", "/var/lib/flagman/check/file"]);
    assert_eq!(owner.trim(), "1");
}
