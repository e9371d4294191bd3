//! Reloads at the edges: what becomes of signals, pauses and messages when a plan comes or does not come to
//! hold.

use flagman_test::queue_signal;
use nix::libc::SIGRTMIN;
use nix::sys::signal::Signal::{SIGHUP, SIGUSR1};

use super::harness::{PlanFile, action};

/// The action `reload` for SIGHUP, and `rest`.
fn with_reload(rest: &str) -> String {
    action("hup", &["reload"]) + rest
}

#[test]
fn a_flood_of_a_signal_that_has_lost_its_actions_does_not_flood_the_log() {
    let plan = PlanFile::with(&with_reload(&action("rtmin+3", &["print", "x"])));
    let flagman = plan.serve(&[]);
    plan.replace(&with_reload(&action("usr1", &["print", "served"])));
    flagman.signal(SIGHUP);
    flagman.stderr.find("1 removed");
    for value in 0..500 {
        queue_signal(flagman.pid(), SIGRTMIN() + 3, value).expect("it can be sent");
    }
    flagman.signal(SIGUSR1);
    flagman.stderr.find("SIGUSR1: 1 arrival");
    let log = flagman.end();
    let told = log.iter().filter(|line| line.contains("it has no actions")).count();
    assert!(told < 400, "{told} lines");
}
