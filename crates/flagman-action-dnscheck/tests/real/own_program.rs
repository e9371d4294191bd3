//! Tests for the action program only.

use std::path::Path;

use super::harness::{ACTION, Program, Setting};

#[test]
fn the_program_describes_the_arguments_of_the_action() {
    let output = flagman_test::command(Path::new(ACTION), &["describe"]).output();
    let output = output.expect("it can be called");
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    let last = r#"{"name":"name","type":"str","repeated":true}]}"#;
    assert!(said.trim_end().ends_with(last), "{said}");
}

/// As described in `docs/hidden-master.md`: the restarted program assumes that the secondaries have
/// the addresses that it finds.
#[test]
fn a_program_that_is_killed_is_started_again_and_does_not_announce_what_changed_meanwhile() {
    let setting = Setting::start();
    let program = Program::flagman();
    let flagman = program.watch(&setting, &["example.test"]);
    setting.set_target("A", &["192.0.2.2"]);
    flagman.kill_program();
    let log = flagman.signal();
    let lost = "WARNING:flagman.core:action `dnscheck`: starting it again; its state is lost";
    assert!(log[0] == lost && log[2].contains("dnscheck done in"), "{log:#?}");
    let watching = format!("watching 1 names of example.test at 127.0.0.1:{}", setting.master.port);
    assert_eq!(log[1], Program::line("INFO", &watching));
    assert!(setting.gateway.answered().is_empty());
    setting.set_target("A", &["192.0.2.3"]);
    let log = flagman.signal();
    let change = "example.test A has changed from 192.0.2.2 to 192.0.2.3";
    assert_eq!(log[0], Program::line("INFO", change));
    setting.wait_for_notify();
    flagman.end();
    assert_eq!(setting.gateway.answered(), ["HTTP/1.1 200 OK"]);
}
