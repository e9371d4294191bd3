//! How instances of the template start, and what happens when one fails to start or is killed.

use crate::machine::{Machine, Setting};

pub(super) fn an_instance_starts_from_its_line_and_its_status_is_in_words(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let mut instance = machine.start("hello", "--verbose --usr1 print 'a fun message'");
    instance.wait_for_status("Idle; no signal yet");
    instance.signal("USR1");
    instance.journal.until("a fun message");
    // The sandbox lets flagman identify the sender of the signal.
    instance.journal.until("SIGUSR1: 1 arrival from pid 1 (\"systemd\", uid 0); print done in");
    let words = instance.wait_for_status("last run");
    assert!(words.starts_with("Idle; last run: SIGUSR1: print done in"), "{words}");
    let status = machine.run(&["systemctl", "status", "--no-pager", &instance.unit]);
    assert!(status.contains(&format!("Status: \"{words}\"")), "{status}");
}

pub(super) fn one_line_and_two_units_make_an_hourly_check(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    // As in /etc/flagman/README.
    machine.add_command("check", "#!/bin/sh\necho checked for $FLAGMAN_SIGNAL\n");
    machine.shell(
        "echo 'FLAGMAN_OPTIONS=--usr1 exec /usr/local/bin/check' >/etc/flagman/check.conf
        systemctl enable --now flagman@check.service flagman-signal@check.timer
        systemctl start flagman-signal@check",
    );
    machine.follow("flagman@check.service").until("checked for SIGUSR1");
    let timers = machine.run(&["systemctl", "list-timers", "--no-pager", "flagman-*"]);
    assert!(timers.contains("flagman-signal@check.timer"), "{timers}");
    let next = machine.property("flagman-signal@check.timer", "NextElapseUSecRealtime");
    let seconds = format!("echo $(($(date --date '{next}' +%s) - $(date +%s)))");
    let seconds: i64 = machine.shell(&seconds).trim().parse().expect("a number");
    assert!((0..=5400).contains(&seconds), "the timer is due in {seconds} s");
}

pub(super) fn a_misspelt_action_fails_the_start_and_the_last_line_says_which_word(
    setting: &Setting,
) {
    let machine = Machine::with_packages(setting);
    machine.configure("typo", "--usr1 prnt hello");
    let unit = "flagman@typo.service";
    let (_, said) = machine.fail(&["systemctl", "start", unit]);
    assert!(said.contains("Job for flagman@typo.service failed"), "{said}");
    let mut journal = machine.follow(unit);
    let last = journal.until("flagman.cli:").pop().expect("it was waited for");
    assert!(last.contains("`prnt`") && last.contains("`print`"), "{last}");
    journal.until("Main process exited, code=exited, status=2");
    // systemd keeps restarting it, with growing delays. Each attempt logs one line of flagman.
    machine.edit("flagman@.service", "RestartSec=1ms\nRestartMaxDelaySec=200ms\nRestartSteps=8");
    machine.wait_for(unit, "RestartUSecNext", |wait| wait == "200ms");
    machine.wait_for(unit, "NRestarts", |count| count.parse::<u32>().is_ok_and(|n| n > 10));
    let said = machine.said(unit);
    assert!(said.iter().all(|line| *line == last), "{said:#?}");
    // A manual restart resets the delay to its first value.
    machine.edit("flagman@.service", "RestartSec=1h\nRestartMaxDelaySec=2h");
    machine.fail(&["systemctl", "restart", unit]);
    assert_eq!(machine.property(unit, "RestartUSecNext"), "1h");
}

pub(super) fn a_set_up_may_take_longer_than_systemds_patience_within_its_timeout(
    setting: &Setting,
) {
    let machine = Machine::with_packages(setting);
    let gate = machine.gate("set-up");
    machine.add_action("slow");
    machine.edit("flagman@.service", "TimeoutStartSec=2\nRestartSec=1h\nRestartMaxDelaySec=2h");
    machine.configure("check", "--timeout 50 --usr1 slow");
    let starting = machine.background("systemctl start flagman@check");
    machine.instance("check").journal.until(&gate.arrival());
    // This instance starts later and has no timeout, so systemd gives up on it.
    machine.configure("other", "--grace 0 --usr1 slow");
    machine.fail(&["systemctl", "start", "flagman@other"]);
    machine.instance("other").journal.until("start operation timed out");
    assert_eq!(machine.property("flagman@check.service", "ActiveState"), "activating");
    gate.open(0);
    starting.succeed();
}

pub(super) fn an_instance_without_a_file_fails_the_start_and_says_which_it_misses(
    setting: &Setting,
) {
    let machine = Machine::with_packages(setting);
    machine.fail(&["systemctl", "start", "flagman@nobody.service"]);
    let journal = machine.run(&["journalctl", "--output=cat", "--unit=flagman@nobody.service"]);
    let said =
        "cannot read the configuration file `/etc/flagman/nobody.toml`: there is no such file";
    assert!(journal.contains(said), "{journal}");
}

pub(super) fn an_instance_starts_from_its_configuration_file_and_options_beside_it_add_to_it(
    setting: &Setting,
) {
    let machine = Machine::with_packages(setting);
    let file = "[[action]]\non = \"usr1\"\nrun = [\"print\", \"from the file\"]\n";
    machine.write("/etc/flagman/web.toml", &format!("verbose = true\n{file}"));
    machine.run(&["systemctl", "start", "flagman@web.service"]);
    let mut instance = machine.instance("web");
    instance.signal("USR1");
    instance.journal.until("from the file");
    instance.journal.until("SIGUSR1: 1 arrival");
    // systemd calls it by its own name, and not by the shell's.
    let said = machine.shell("journalctl --unit=flagman@web --output=short --grep 'from the file'");
    assert!(said.contains(" flagman["), "{said}");
    machine.configure("web", r#"-v --usr1='print "a  word; and $HOME"'"#);
    machine.run(&["systemctl", "restart", "flagman@web.service"]);
    instance.signal("USR1");
    instance.journal.until("from the file");
    instance.journal.until("a  word; and $HOME");
    machine.write("/etc/flagman/web.toml", "gracee = 1\n");
    machine.fail(&["systemctl", "restart", "flagman@web.service"]);
    instance.journal.until("/etc/flagman/web.toml:1:1: unknown key `gracee`");
}

pub(super) fn a_flagman_that_was_killed_is_started_again(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_action("tally");
    machine.edit("flagman@.service", "RestartSec=0");
    let mut instance = machine.start("check", "--usr1 tally --usr2 print hello");
    instance.signal("KILL");
    machine.wait_for(&instance.unit, "NRestarts", |count| count == "1");
    machine.wait_for(&instance.unit, "SubState", |state| state == "running");
    instance.signal("USR1");
    instance.journal.until("tally: 1");
}
