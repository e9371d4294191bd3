//! What a child inherits, compared with the same program started by the shell.

use std::process::{Command, Stdio};

use flagman_test::example;

/// The output of `probe`, started by the shell directly, or through the starter after `setting`.
fn shell(setting: &str, starter: Option<&str>, probe: &[&str]) -> String {
    let script = format!(r#"{setting} "$@""#);
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).args(starter).args(probe);
    command.env("WATCHDOG_USEC", "5").env("FLAGMAN_COUNT", "5").env("FLAGMAN_VALUE", "5");
    command.stdin(Stdio::null());
    let output = command.output().expect("there is a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

/// The same probe, started by the shell and by us.
fn both(setting: &str, probe: &[&str]) -> (String, String) {
    let starter = example("starter");
    let starter = starter.to_str().expect("the path is text");
    (shell(setting, None, probe), shell(setting, Some(starter), probe))
}

/// The number after `name` in a `/proc/PID/status`, without the C library's own signals, which it may
/// ignore in a child.
fn set(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("it is there");
    u64::from_str_radix(line.trim_start_matches(':').trim(), 16).expect("a number") & !0x1_8000_0000
}

const STATUS: [&str; 2] = ["cat", "/proc/self/status"];

/// The bit of SIGCHLD. SIGPIPE, which the starter itself ignores, is compared with all the others.
const CHLD: u64 = 1 << (17 - 1);

#[test]
fn mask_and_dispositions_are_those_of_a_program_started_from_the_shell() {
    let settings = [
        "exec",
        "trap '' HUP; exec",
        "trap '' INT QUIT USR1; exec",
        "exec env --block-signal=USR1",
        "exec env --block-signal=TERM --block-signal=CHLD --ignore-signal=HUP",
    ];
    for setting in settings {
        let (straight, ours) = both(setting, &STATUS);
        for name in ["SigBlk", "SigIgn", "SigCgt"] {
            assert_eq!(set(&straight, name), set(&ours, name), "{name} after `{setting}`");
        }
    }
}

#[test]
fn an_ignored_sigchld_neither_reaches_the_child_nor_loses_its_status() {
    let (straight, ours) = both("exec env --ignore-signal=CHLD", &STATUS);
    assert_eq!(set(&straight, "SigIgn") & CHLD, CHLD);
    assert_eq!(set(&straight, "SigIgn"), set(&ours, "SigIgn") | CHLD);
    assert_eq!(set(&ours, "SigIgn") & CHLD, 0);
}

#[test]
fn the_open_descriptors_are_those_of_a_program_started_from_the_shell() {
    for setting in ["exec", "exec 5</dev/null; exec"] {
        let (straight, ours) = both(setting, &["ls", "/proc/self/fd"]);
        assert_eq!(straight, ours, "after `{setting}`");
    }
}

#[test]
fn the_input_is_empty() {
    let (_, ours) = both("echo word |", &["readlink", "/proc/self/fd/0"]);
    assert_eq!(ours, "/dev/null\n");
}

#[test]
fn the_child_leads_a_group_of_its_own() {
    let (_, ours) = both("exec", &["sh", "-c", "cat /proc/$$/stat"]);
    let fields: Vec<&str> = ours.split(' ').collect();
    assert_eq!(fields[0], fields[4]);
}

#[test]
fn what_the_service_manager_says_and_what_is_not_known_of_the_signal_is_not_inherited() {
    let (straight, ours) = both("exec", &["env"]);
    let has = |output: &str, name: &str| output.lines().any(|line| line.starts_with(name));
    for name in ["WATCHDOG_USEC", "FLAGMAN_COUNT", "FLAGMAN_VALUE"] {
        assert!(has(&straight, name) && !has(&ours, name), "{ours}");
    }
    assert!(has(&ours, "PATH="));
}
