//! `systemctl stop`.

use std::time::{Duration, Instant};

use crate::machine::{Machine, Setting};

/// flagman's default limit for a shutdown (`--grace`).
const GRACE: Duration = Duration::from_secs(8);

pub(super) fn every_action_is_torn_down_the_programs_too(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_action("tally");
    let mut instance = machine.start("check", "--hup print a --usr1 tally --usr2 print b");
    instance.signal("USR1");
    instance.journal.until("tally: 1");
    let start = Instant::now();
    instance.stop();
    assert!(start.elapsed() < GRACE, "the stop took {:?}", start.elapsed());
    let lines = instance.journal.until("Deactivated successfully");
    let ends: Vec<&String> =
        lines.iter().filter(|line| *line == "cleanup" || line.contains("torn down")).collect();
    assert_eq!(ends, ["cleanup", "tally: torn down after 1", "cleanup"], "{lines:#?}");
}

pub(super) fn a_command_that_would_not_end_is_ended_within_the_grace(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_action("tally");
    let options = "--grace 2 --usr1 exec sh -c 'echo begun; exec sleep 1000' --usr2 tally";
    let mut instance = machine.start("check", options);
    instance.signal("USR1");
    instance.journal.until("begun");
    instance.stop();
    instance.journal.until("tally: torn down after 0");
}
