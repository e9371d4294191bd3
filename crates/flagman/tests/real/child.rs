//! What a program of `exec` inherits, compared with the same program started directly by the shell that
//! started flagman.

use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use super::harness::{Flagman, Program};

/// What a program that is started twice by one shell finds: straight from it, and from flagman.
struct Found {
    straight: Vec<String>,
    ours: Vec<String>,
    flagman: u32,
}

/// Has a shell do `setting`, start `probe`, a shell command, and then become flagman, which starts
/// it again; both are started through `prefix`.
fn compare(setting: &str, prefix: &str, probe: &str) -> Found {
    compare_after(setting, prefix, probe, |flagman| flagman.signal(SIGUSR1))
}

fn compare_after(setting: &str, prefix: &str, probe: &str, send: impl Fn(&Flagman)) -> Found {
    let script = format!(r#"{setting}; {prefix} {probe}; echo --; exec {prefix} "$@""#);
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).arg(Program::Flagman.path());
    command.arg("-v").arg(format!("--usr1=exec {probe}"));
    command.env_remove("NOTIFY_SOCKET").stdin(Stdio::null());
    let flagman = Flagman::start(command);
    flagman.stderr.find("ready");
    send(&flagman);
    let line = flagman.stderr.find(" arrival");
    assert!(line.contains("exec done in"), "{line}");
    flagman.signal(SIGTERM);
    let (all, pid) = (flagman.stdout.rest(), flagman.pid());
    let mut halves = all.split(|line| line == "--").map(<[String]>::to_vec);
    let mut half = || halves.next().expect("both have printed something");
    Found { straight: half(), ours: half(), flagman: pid }
}

/// The number after `name` in a `/proc/PID/status`, without the C library's own signals, which it
/// may ignore in a child.
fn set(status: &[String], name: &str) -> u64 {
    let line = status.iter().find_map(|line| line.strip_prefix(name)).expect("it is there");
    u64::from_str_radix(line.trim_start_matches(':').trim(), 16).expect("a number") & !0x1_8000_0000
}

fn has(output: &[String], start: &str) -> bool {
    output.iter().any(|line| line.starts_with(start))
}

const STATUS: &str = "cat /proc/self/status";
const CHLD: u64 = 1 << (17 - 1);
const HUP: u64 = 1;

#[test]
fn mask_and_dispositions_are_those_of_a_program_started_straight_from_the_shell() {
    let settings = [
        (":", "", 0, 0),
        (":", "nohup", 0, HUP),
        ("trap '' HUP", "", 0, HUP),
        ("trap '' INT QUIT USR1 USR2 TERM", "", 0, 0x4a06),
        ("trap : HUP USR1 TERM", "", 0, 0),
        (":", "env --block-signal=USR1", 0x200, 0),
        (":", "env --block-signal=TERM --block-signal=CHLD --ignore-signal=HUP", 0x14000, HUP),
        (":", "env --block-signal=RTMIN+6 --ignore-signal=RTMIN+7", 1 << 39, 1 << 40),
    ];
    for (setting, prefix, blocked, ignored) in settings {
        let Found { straight, ours, .. } = compare(setting, prefix, STATUS);
        for name in ["SigBlk", "SigIgn", "SigCgt"] {
            let (straight, ours) = (set(&straight, name), set(&ours, name));
            assert_eq!(straight, ours, "{name} after `{setting}; {prefix}`");
        }
        // This checks that the setting has an effect.
        let found = (set(&straight, "SigBlk") & blocked, set(&straight, "SigIgn") & ignored);
        assert_eq!(found, (blocked, ignored), "after `{setting}; {prefix}`");
    }
}

#[test]
fn a_shell_that_blocked_all_signals_gets_them_blocked_in_the_program_and_flagman_answers() {
    let Found { straight, ours, .. } = compare(":", "env --block-signal", STATUS);
    assert_eq!(set(&straight, "SigBlk"), set(&ours, "SigBlk"));
    assert_ne!(set(&ours, "SigBlk"), 0);
}

#[test]
fn an_ignored_sigchld_is_at_its_default_in_the_program_and_its_end_is_not_lost() {
    for prefix in ["env --ignore-signal=CHLD", "env --ignore-signal=CHLD --block-signal=CHLD"] {
        let Found { straight, ours, .. } = compare(":", prefix, STATUS);
        assert_eq!(set(&straight, "SigIgn") & CHLD, CHLD, "after `{prefix}`");
        assert_eq!(set(&straight, "SigIgn") & !CHLD, set(&ours, "SigIgn"));
        for name in ["SigBlk", "SigCgt"] {
            assert_eq!(set(&straight, name), set(&ours, name), "{name} after `{prefix}`");
        }
    }
}

#[test]
fn the_open_descriptors_are_those_of_a_program_started_straight_from_the_shell() {
    let probe = r#"find /proc/self/fd -mindepth 1 -printf "%f %l\n""#;
    // It is the descriptor of the folder that it lists.
    let without_pid = |line: &String| match line.split_once(" /proc/") {
        Some((number, _)) => format!("{number} /proc"),
        None => line.clone(),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let with_program = beside_an_action_program(folder.path());
    let notify = "export NOTIFY_SOCKET=@flagman-real-nobody";
    for setting in [
        ":",
        notify,
        &with_program,
        "exec 5</dev/null 7>&1",
        "exec 3</dev/null 4>/dev/full 9</dev/zero",
    ] {
        let Found { straight, ours, .. } = compare(setting, "", probe);
        assert!(has(&straight, "1 pipe:"), "{straight:?}");
        let [straight, ours] =
            [straight, ours].map(|lines| lines.iter().map(without_pid).collect::<Vec<_>>());
        assert_eq!(straight, ours, "after `{setting}`");
    }
}

/// Gives flagman an action program too, in `folder`. Another process writes the file. Otherwise a child
/// of another test could still have it open for writing when it is started.
fn beside_an_action_program(folder: &Path) -> String {
    let (name, folder) = ("flagman-action-touchfile", folder.display());
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shell");
    format!(
        r#"cp '{template}/{name}' '{folder}/{name}'; chmod 755 '{folder}/{name}'
           set -- "$@" --action-dir '{folder}' --usr2 touchfile '{folder}/file'"#
    )
}

#[test]
fn limits_umask_folder_and_priority_are_those_of_the_shell() {
    let setting = "cd /usr; umask 027; ulimit -n 500; ulimit -c 0";
    for probe in ["cat /proc/self/limits", "readlink /proc/self/cwd", "nice"] {
        let Found { straight, ours, .. } = compare(setting, "nice -n 3", probe);
        assert_eq!(straight, ours);
    }
    let Found { straight, ours, .. } = compare(setting, "", STATUS);
    for name in ["Umask:\t0027", "NoNewPrivs", "Seccomp:"] {
        assert!(has(&straight, name) && has(&ours, name), "{ours:?}");
    }
}

#[test]
fn the_input_is_empty_whatever_flagmans_is() {
    let Found { straight, ours, .. } = compare("exec </dev/zero", "", "readlink /proc/self/fd/0");
    assert_eq!((&straight[0][..], &ours[0][..]), ("/dev/zero", "/dev/null"));
    let Found { ours, .. } = compare("exec <&-", "", "readlink /proc/self/fd/0");
    assert_eq!(ours, ["/dev/null"]);
}

#[test]
fn the_program_leads_a_group_of_its_own_in_flagmans_session() {
    let found = compare(":", "", "cat /proc/self/stat");
    let fields = |line: &str| -> Vec<u32> {
        let number = |word: &str| word.parse().unwrap_or_default();
        line.split(' ').take(6).map(number).collect()
    };
    let (straight, ours) = (fields(&found.straight[0]), fields(&found.ours[0]));
    let (pid, parent, group, session) = (0, 3, 4, 5);
    assert_eq!((ours[group], ours[parent]), (ours[pid], found.flagman));
    assert_eq!(ours[session], straight[session]);
}

/// Variables from the service manager for flagman, and those that a flagman further up may have set for
/// another signal.
const FOREIGN: [&str; 11] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "LISTEN_FDNAMES",
    "FLAGMAN_SIGNAL",
    "FLAGMAN_COUNT",
    "FLAGMAN_SENDER_PID",
    "FLAGMAN_SENDER_UID",
];

fn environment(send: impl Fn(&Flagman)) -> Found {
    let foreign: Vec<String> = FOREIGN.iter().map(|name| format!("{name}=987654")).collect();
    let setting = format!("export {} OTHER='a  b' LISTEN_ADDRESS=::1", foreign.join(" "));
    let found = compare_after(&setting, "", "env", send);
    for name in FOREIGN {
        assert!(has(&found.straight, &format!("{name}=987654")), "{:?}", found.straight);
    }
    found
}

#[test]
fn the_environment_is_flagmans_with_the_signal_and_without_what_is_meant_for_flagman() {
    let Found { straight, ours, .. } = environment(|flagman| flagman.signal(SIGUSR1));
    let own = [
        "FLAGMAN_SIGNAL=SIGUSR1".to_owned(),
        "FLAGMAN_COUNT=1".to_owned(),
        format!("FLAGMAN_SENDER_PID={}", std::process::id()),
        format!("FLAGMAN_SENDER_UID={}", nix::unistd::getuid()),
    ];
    let is_foreign = |line: &String| FOREIGN.iter().any(|name| line.starts_with(name));
    let (mut ours, mut expected) = (ours, straight);
    expected.retain(|line| !is_foreign(line));
    expected.extend(own);
    expected.sort();
    ours.sort();
    assert_eq!(ours, expected);
    // The service manager sets no such variable, so it belongs to the program.
    assert!(has(&ours, "OTHER=a  b") && has(&ours, "LISTEN_ADDRESS=::1"));
}

#[test]
fn a_value_is_told_with_the_sender_that_it_claims_to_come_from() {
    let Found { ours, .. } = environment(|flagman| {
        let pid = flagman.pid().to_string();
        let sent = Command::new("kill").args(["-q", "5", "-USR1", &pid]).status();
        assert!(sent.expect("kill starts").success());
    });
    assert!(has(&ours, "FLAGMAN_SIGNAL=SIGUSR1") && has(&ours, "FLAGMAN_COUNT=1"), "{ours:?}");
    assert!(has(&ours, "FLAGMAN_VALUE=5") && has(&ours, "FLAGMAN_SENDER_UID=0"), "{ours:?}");
}
