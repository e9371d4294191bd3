//! Signals to all processes at once (flagman and the action program), as `systemctl kill` and
//! `systemctl stop` send them by default.

use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};

use super::harness::{Program, Setting, both_ways};

both_ways! {
    signals_to_every_process_between_runs_do_no_harm,
    signals_to_every_process_during_a_run_do_no_harm,
}

/// Other actions, for signals that do not concern `dnscheck`.
const BESIDE: [&str; 6] = ["--hup", "print", "hup", "--usr2", "print", "usr2"];

fn is_failure(line: &str) -> bool {
    ["WARNING:", "ERROR:", "CRITICAL:"].iter().any(|level| line.starts_with(level))
}

fn signals_to_every_process_between_runs_do_no_harm(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch_beside(&setting, &BESIDE, &["example.test"]);
    setting.set_target("A", &["192.0.2.2"]);
    let mut log = Vec::new();
    for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGUSR1] {
        flagman.send_to_all(signal);
        log.extend(flagman.until_run(signal));
    }
    setting.wait_for_notify();
    flagman.send_to_all(SIGTERM);
    log.extend(flagman.end_of_shutdown());
    assert!(!log.iter().any(|line| is_failure(line)), "{log:#?}");
    assert_eq!(setting.gateway.answered().len(), 1);
}

fn signals_to_every_process_during_a_run_do_no_harm(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch_beside(&setting, &BESIDE, &["example.test"]);
    setting.set_target("A", &["192.0.2.2"]);
    let door = setting.gateway.close();
    flagman.send(SIGUSR1);
    setting.gateway.wait_for_call();
    for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGTERM] {
        flagman.send_to_all(signal);
    }
    drop(door);
    // The run ends normally, and flagman ends after it.
    let mut log = flagman.until_run(SIGUSR1);
    let run = log.pop().unwrap_or_default();
    assert!(run.contains("dnscheck done in") && run.ends_with("; 1 ignored meanwhile"), "{run}");
    assert!(log.contains(&Program::line("INFO", "the master announces example.test")), "{log:#?}");
    log.extend(flagman.end_of_shutdown());
    assert!(!log.iter().any(|line| line.starts_with("ERROR:")), "{log:#?}");
    setting.wait_for_notify();
    assert_eq!(setting.gateway.answered(), ["HTTP/1.1 200 OK"]);
}
