//! How an instance's lines appear in the journal.

use crate::machine::{Machine, Setting};

/// Succeeds, and leaves its last line without a newline, directly before flagman's next line.
const TALK: &str =
    "#!/bin/sh\necho from a command\necho on standard error >&2\nprintf unfinished\n";

pub(super) fn each_line_has_the_priority_of_its_level(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_command("talk", TALK);
    // The priority of lines that flagman and its actions print without one.
    machine.edit("flagman@.service", "SyslogLevel=notice");
    let options = "-vv --usr1 exec talk --usr1 exec false --usr2 print_once 'only once'";
    let mut instance = machine.start("check", options);
    instance.signal("USR1");
    instance.journal.until("`exec false` failed after");
    instance.signal("USR2");
    instance.journal.until("print_once closed after");
    machine.configure("typo", "--usr1 prnt hello");
    machine.fail(&["systemctl", "start", "flagman@typo"]);
    machine.instance("typo").journal.until("flagman.cli:");

    let error = "flagman.core:action `exec false` failed on SIGUSR1: `false` exited with status 1";
    let warning =
        "flagman.core:Received `ActionClosed`; removing action `print_once`: Only print once";
    let at = |priority| machine.said_at(&instance.unit, &format!("{priority}..{priority}"));
    assert_eq!(at("err"), [error]);
    assert_eq!(at("warning"), [warning]);
    let printed =
        ["init", "from a command", "on standard error", "unfinished", "only once", "cleanup"];
    assert_eq!(at("notice"), printed);
    let info = at("info");
    let begins = [
        "flagman.cli:PID: ",
        "flagman.cli:Setting loglevel to DEBUG",
        "flagman.core:ready",
        "flagman.core:run for SIGUSR1 started: received once from pid 1 ",
        "flagman.core:SIGUSR1: 1 arrival from pid 1 ",
        "flagman.core:run for SIGUSR2 started: received once from pid 1 ",
        "flagman.core:SIGUSR2: 1 arrival from pid 1 ",
    ];
    assert_eq!(info.len(), begins.len(), "{info:#?}");
    for (line, begin) in info.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }
    let debug = at("debug");
    assert!(debug.iter().all(|line| line.starts_with("flagman.")), "{debug:#?}");
    assert!(!debug.is_empty());
    // An administrator's query: this priority and all higher ones.
    assert_eq!(machine.said_at(&instance.unit, "warning"), [error, warning]);
    let critical = machine.said_at("flagman@typo.service", "crit..crit");
    assert!(critical.iter().all(|line| line.contains("`prnt`")), "{critical:#?}");
    assert!(!critical.is_empty());
}

pub(super) fn the_form_of_lines_can_be_chosen(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let mut text = machine.start("text", "--log-format text --usr1 exec false");
    text.signal("USR1");
    text.journal.until("ERROR:flagman.core:action `exec` failed on SIGUSR1");
    assert_eq!(machine.said_at(&text.unit, "warning"), [""; 0]);
    let mut json = machine.start("json", "--log-format json --usr1 exec false");
    json.signal("USR1");
    json.journal.until("\"level\":\"ERROR\",\"part\":\"flagman.core\"");
}
