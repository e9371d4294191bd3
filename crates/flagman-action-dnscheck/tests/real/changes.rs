//! Each change is announced once, and nothing is announced without a change.

use super::harness::{Program, Setting, both_ways};

both_ways! {
    nothing_is_announced_when_nothing_has_changed,
    a_new_address_of_the_target_is_announced_once_for_any_number_of_signals,
    both_kinds_of_addresses_are_watched,
    a_name_that_loses_its_last_address_has_changed,
    an_answer_too_long_for_a_datagram_is_compared_whole,
    with_a_serial_that_is_the_time_the_secondary_gets_the_new_address,
}

const OK: &str = "HTTP/1.1 200 OK";

/// Checks that a line of the log ends with this text.
#[track_caller]
fn says(log: &[String], end: &str) {
    assert!(log.iter().any(|line| line.ends_with(end)), "no `{end}` in {log:#?}");
}

fn nothing_is_announced_when_nothing_has_changed(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test"]);
    for _ in 0..2 {
        let log = flagman.signal();
        assert!(log.len() == 1 && log[0].contains("dnscheck done in"), "{log:#?}");
    }
    flagman.end();
    assert!(setting.gateway.answered().is_empty());
}

fn a_new_address_of_the_target_is_announced_once_for_any_number_of_signals(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test"]);
    setting.set_target("A", &["192.0.2.2"]);
    let log = flagman.signal();
    let change = "example.test A has changed from 192.0.2.1 to 192.0.2.2";
    assert_eq!(log[0], Program::line("INFO", change));
    assert_eq!(log[1], Program::line("INFO", "the master announces example.test"));
    setting.wait_for_notify();
    flagman.signal();
    flagman.end();
    assert_eq!(setting.gateway.answered(), [OK]);
}

fn both_kinds_of_addresses_are_watched(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test"]);
    setting.set_target("AAAA", &["2001:db8::3", "2001:db8::2"]);
    let log = flagman.signal();
    says(&log, "example.test AAAA has changed from 2001:db8::1 to 2001:db8::2, 2001:db8::3");
    setting.wait_for_notify();
    setting.set_target("A", &["192.0.2.2"]);
    setting.set_target("AAAA", &["2001:db8::4"]);
    let log = flagman.signal();
    says(&log, "example.test A has changed from 192.0.2.1 to 192.0.2.2");
    says(&log, "example.test AAAA has changed from 2001:db8::2, 2001:db8::3 to 2001:db8::4");
    setting.wait_for_notify();
    flagman.end();
    assert_eq!(setting.gateway.answered(), [OK, OK]);
}

fn a_name_that_loses_its_last_address_has_changed(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch(&setting, &["plain.example.test"]);
    setting.master.zone(&["delete-rrset", "example.test", "plain", "A"]);
    let log = flagman.signal();
    says(&log, "plain.example.test A has changed from 192.0.2.100 to nothing");
    setting.wait_for_notify();
    flagman.end();
}

fn an_answer_too_long_for_a_datagram_is_compared_whole(program: &Program) {
    let setting = Setting::start();
    let with_last = |last: &str| {
        let first = (1..60).map(|n| format!("192.0.2.{n}"));
        let addresses: Vec<String> = first.chain([last.to_owned()]).collect();
        let words = ["replace-rrset", "example.test", "plain", "A", "60"];
        let addresses = addresses.iter().map(String::as_str);
        setting.master.zone(&words.into_iter().chain(addresses).collect::<Vec<_>>());
    };
    with_last("192.0.2.100");
    let flagman = program.watch(&setting, &["plain.example.test"]);
    let log = flagman.signal();
    assert!(log.len() == 1 && log[0].contains("dnscheck done in"), "{log:#?}");
    with_last("192.0.2.200");
    says(&flagman.signal(), "192.0.2.59, 192.0.2.200");
    setting.wait_for_notify();
    flagman.end();
    assert_eq!(setting.gateway.answered(), [OK]);
}

/// The advice in `docs/hidden-master.md`: a secondary transfers the zone only if the serial has
/// grown.
fn with_a_serial_that_is_the_time_the_secondary_gets_the_new_address(program: &Program) {
    let setting = Setting::start();
    let flagman = program.watch(&setting, &["example.test"]);
    assert_eq!(setting.secondary_says("A"), "192.0.2.1");
    setting.master.zone(&["set-meta", "example.test", "SOA-EDIT", "EPOCH"]);
    setting.set_target("A", &["192.0.2.2"]);
    flagman.signal();
    setting.secondary.wait_for("zone committed");
    assert_eq!(setting.secondary_says("A"), "192.0.2.2");
    flagman.end();
}
