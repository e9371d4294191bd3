//! systemd's watchdog: which instances it restarts, and which it does not.
//!
//! To show that an instance is not restarted, a test uses a second instance that is stuck. systemd
//! restarts the stuck one after three watchdog periods. So the first instance has been busy for
//! longer than that and was not restarted.

use crate::machine::{Instance, Machine, Setting};

/// Starts an instance `stuck` under this machine's watchdog, and waits until the watchdog has
/// restarted it.
pub(super) fn outlive_the_watchdog(machine: &Machine) {
    let mut stuck = machine.start("stuck", "--usr1 delay_print 'for ever' 31536000");
    stuck.signal("USR1");
    stuck.journal.until("for ever");
    stuck.journal.until("Watchdog timeout");
    stuck.journal.until("Started flagman@stuck.service");
}

fn machine(setting: &Setting) -> Machine {
    let machine = Machine::with_packages(setting);
    machine.edit("flagman@.service", "WatchdogSec=1");
    machine
}

/// Checks that an instance was not restarted and has logged nothing about keep-alives.
fn is_untouched(machine: &Machine, instance: &Instance<'_>) {
    assert_eq!(instance.property("SubState"), "running");
    assert_eq!(instance.property("NRestarts"), "0");
    let said = machine.said(&instance.unit);
    assert!(said.iter().all(|line| !line.contains("keep-alives")), "{said:#?}");
}

pub(super) fn an_action_that_hangs_for_ever_gets_the_service_restarted(setting: &Setting) {
    let machine = machine(setting);
    let options = "--usr1 print 'still here' --usr2 delay_print 'for ever' 31536000";
    let mut instance = machine.start("check", options);
    let main = instance.property("MainPID");
    instance.signal("USR2");
    let line = instance.journal.until("keep-alives are withheld").pop().expect("it was waited for");
    let stuck = "flagman.systemd:Running delay_print for SIGUSR2 has taken ";
    assert!(line.starts_with(stuck), "{line}");
    instance.journal.until("Failed with result 'watchdog'");
    instance.journal.until("Started flagman@check.service");
    assert_ne!(instance.property("MainPID"), main);
    instance.signal("USR1");
    instance.journal.until("still here");
    // The line has the priority of an error in the journal.
    assert_eq!(machine.said_at(&instance.unit, "err"), [line]);
}

pub(super) fn programs_may_take_longer_than_the_watchdog_waits(setting: &Setting) {
    let machine = machine(setting);
    let gates = ["exec", "set-up", "run"].map(|name| machine.gate(name));
    machine.add_action("slow");
    let mut exec = machine.start("exec", &format!("--verbose --usr1 exec {}", gates[0].command()));
    exec.signal("USR1");
    exec.journal.until(&gates[0].arrival());
    machine.configure("program", "--verbose --usr1 slow");
    let starting = machine.background("systemctl start flagman@program");
    let mut program = machine.instance("program");
    program.journal.until(&gates[1].arrival());
    outlive_the_watchdog(&machine);
    gates[1].open(0);
    starting.succeed();
    program.signal("USR1");
    program.journal.until(&gates[2].arrival());
    machine.run(&["systemctl", "stop", "flagman@stuck"]);
    outlive_the_watchdog(&machine);
    for (gate, instance) in [(&gates[2], &mut program), (&gates[0], &mut exec)] {
        gate.open(0);
        instance.journal.until("SIGUSR1: 1 arrival");
        is_untouched(&machine, instance);
    }
}
