//! A failure logs a line and loses no state: the next signal finds what this one could not.

use super::harness::{KEY, Program, Setting, both_ways};

both_ways! {
    a_target_that_is_down_is_a_failure_and_the_next_real_change_is_found,
    a_name_whose_target_is_down_does_not_hide_the_change_of_another,
    a_target_that_is_down_at_set_up_is_a_warning_and_is_announced_when_it_is_found,
    a_key_that_the_api_refuses_is_a_failure_and_the_change_is_announced_at_the_next_signal,
    a_master_that_is_down_is_a_failure_and_is_asked_again_at_the_next_signal,
}

/// The line of the log with the reason why a run failed.
fn failure(log: &[String]) -> &str {
    log.iter().find(|line| line.starts_with("ERROR:")).map_or("none", String::as_str)
}

fn a_target_that_is_down_is_a_failure_and_the_next_real_change_is_found(program: &Program) {
    let mut setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test", "plain.example.test"]);
    setting.target.stop();
    let log = flagman.signal();
    let said = failure(&log);
    for kind in ["A", "AAAA"] {
        assert!(said.contains(&format!("example.test {kind} is unknown: ")), "{log:#?}");
    }
    assert!(!said.contains("plain"), "{log:#?}");
    setting.target.start();
    flagman.signal();
    assert!(setting.gateway.answered().is_empty());
    setting.set_target("A", &["192.0.2.2"]);
    let log = flagman.signal();
    assert!(log[0].ends_with("example.test A has changed from 192.0.2.1 to 192.0.2.2"), "{log:#?}");
    setting.wait_for_notify();
    flagman.end();
    assert_eq!(setting.gateway.answered().len(), 1);
}

fn a_name_whose_target_is_down_does_not_hide_the_change_of_another(program: &Program) {
    let mut setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test", "plain.example.test"]);
    setting.target.stop();
    let words = ["replace-rrset", "example.test", "plain", "A", "60", "192.0.2.101"];
    setting.master.zone(&words);
    let log = flagman.signal();
    let change = "plain.example.test A has changed from 192.0.2.100 to 192.0.2.101";
    assert!(log[0].ends_with(change), "{log:#?}");
    assert!(failure(&log).contains("example.test A is unknown"), "{log:#?}");
    setting.wait_for_notify();
    flagman.end();
    assert_eq!(setting.gateway.answered().len(), 1);
}

fn a_target_that_is_down_at_set_up_is_a_warning_and_is_announced_when_it_is_found(
    program: &Program,
) {
    let mut setting = Setting::start();
    setting.target.stop();
    let flagman = program.watch(&setting, &["example.test"]);
    let warning = Program::line("WARNING", "example.test A is unknown");
    assert!(flagman.began.iter().any(|line| line.starts_with(&warning)), "{:#?}", flagman.began);
    setting.target.start();
    let log = flagman.signal();
    assert!(log[0].ends_with("example.test A is 192.0.2.1, and was not known before"), "{log:#?}");
    setting.wait_for_notify();
    flagman.end();
}

fn a_key_that_the_api_refuses_is_a_failure_and_the_change_is_announced_at_the_next_signal(
    program: &Program,
) {
    let setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test"]);
    setting.set_key("another key");
    setting.set_target("A", &["192.0.2.2"]);
    let log = flagman.signal();
    assert!(failure(&log).contains("401 Unauthorized"), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("another key")), "{log:#?}");
    setting.set_key(KEY);
    let log = flagman.signal();
    assert!(log[0].ends_with("example.test A has changed from 192.0.2.1 to 192.0.2.2"), "{log:#?}");
    setting.wait_for_notify();
    flagman.signal();
    flagman.end();
    let expected = ["HTTP/1.1 401 Unauthorized", "HTTP/1.1 200 OK"];
    assert_eq!(setting.gateway.answered(), expected);
}

fn a_master_that_is_down_is_a_failure_and_is_asked_again_at_the_next_signal(program: &Program) {
    let mut setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test"]);
    setting.master.stop();
    let log = flagman.signal();
    assert!(failure(&log).contains("the master cannot be asked: Connection refused"), "{log:#?}");
    setting.set_target("A", &["192.0.2.2"]);
    setting.master.start();
    let log = flagman.signal();
    assert!(log[0].ends_with("example.test A has changed from 192.0.2.1 to 192.0.2.2"), "{log:#?}");
    setting.wait_for_notify();
    flagman.end();
}
