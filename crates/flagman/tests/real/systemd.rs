//! What flagman tells a service manager.

use std::os::unix::net::UnixDatagram;

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use super::harness::{Flagman, Gate, Manager, Program};

/// Starts a gated action on SIGUSR1 under `manager`.
fn start(manager: &Manager, gate: &Gate, options: &[&str]) -> Flagman {
    let action = format!("--usr1={}", gate.action("a", "run"));
    let words = [&["-v", &action], options].concat();
    let mut command = Program::Testbed.command(&words);
    command.env("NOTIFY_SOCKET", manager.name());
    Flagman::start(command)
}

#[test]
fn ready_idle_running_idle_and_stopping_are_told_in_this_order() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &[]);
    let said = manager.until("STATUS=Idle");
    assert_eq!(said[said.len() - 2..], ["READY=1", "STATUS=Idle; no signal yet"]);
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run");
    assert_eq!(manager.next(), "STATUS=Running gated for SIGUSR1");
    running.tell("done");
    let idle = manager.next();
    assert!(idle.starts_with("STATUS=Idle; last run: SIGUSR1: gated done in "), "{idle}");
    flagman.signal(SIGTERM);
    assert_eq!(manager.next(), "STOPPING=1");
    assert_eq!(manager.next(), "STATUS=Stopping");
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn stopping_is_told_at_once_while_an_action_blocks() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &[]);
    manager.until("READY=1");
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run");
    flagman.signal(SIGTERM);
    manager.until("STOPPING=1");
    assert_eq!(manager.next(), "STATUS=Stopping");
    running.tell("done");
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn stopping_is_told_when_no_action_is_left_too() {
    let manager = Manager::new();
    let mut command = Program::Flagman.command(&["--usr1", "print_once", "x"]);
    command.env("NOTIFY_SOCKET", manager.name());
    let flagman = Flagman::start(command);
    manager.until("READY=1");
    flagman.signal(SIGUSR1);
    manager.until("STOPPING=1");
    assert_eq!(flagman.wait().0.code(), Some(1));
}

#[test]
fn stopping_is_told_whichever_thread_takes_the_signal() {
    for _ in 0..100 {
        let manager = Manager::new();
        let mut command = Program::Flagman.command(&["-v", "--overlap", "rerun", "--hup=print x"]);
        command.env("NOTIFY_SOCKET", manager.name());
        let flagman = Flagman::start(command);
        manager.until("READY=1");
        // It is busy for a moment, so that either thread may be first.
        flagman.signal(nix::sys::signal::Signal::SIGHUP);
        flagman.signal(SIGTERM);
        manager.until("STOPPING=1");
        let (status, log) = flagman.wait();
        assert_eq!(status.code(), Some(0));
        assert!(log.iter().any(|line| line.contains("SIGTERM received")), "{log:#?}");
    }
}

#[test]
fn an_arrival_after_the_status_of_a_run_is_never_dropped() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &[]);
    manager.until("READY=1");
    for _ in 0..20 {
        flagman.signal(SIGUSR1);
        gate.wait_for("a run SIGUSR1 1").tell("done");
        manager.until("STATUS=Idle; last run: SIGUSR1: ");
    }
    flagman.end();
}

#[test]
fn a_socket_in_the_file_system_serves_as_well() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a notify socket");
    let manager = Manager::of(socket, path.to_string_lossy().into_owned());
    let gate = Gate::new();
    let flagman = start(&manager, &gate, &[]);
    manager.until("READY=1");
    flagman.end();
}

#[test]
fn nothing_is_told_under_no_systemd() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(&manager, &gate, &["--no-systemd"]);
    flagman.stderr.find("ready");
    flagman.signal(SIGUSR1);
    gate.wait_for("a run").tell("done");
    flagman.end();
    // The fence: the first message that arrives is a second flagman's.
    let flagman = start(&manager, &gate, &[]);
    let said = manager.until("READY=1");
    assert!(
        said.iter().all(|said| !said.contains("run") && !said.contains("STOPPING")),
        "{said:?}"
    );
    flagman.end();
}

#[test]
fn an_unusable_socket_costs_one_warning() {
    for name in ["nonsense", "/no/such/socket", "@flagman-nobody-listens"] {
        let gate = Gate::new();
        let action = format!("--usr1={}", gate.action("a", "run"));
        let mut command = Program::Testbed.command(&["-v", &action]);
        command.env("NOTIFY_SOCKET", name);
        let flagman = Flagman::start(command);
        let mut log = flagman.stderr.until("ready");
        for _ in 0..3 {
            flagman.signal(SIGUSR1);
            gate.wait_for("a run").tell("done");
            log.extend(flagman.stderr.until(" arrival"));
        }
        log.extend(flagman.end());
        let warnings: Vec<_> = log.iter().filter(|line| line.starts_with("WARNING:")).collect();
        let start =
            format!("WARNING:flagman.systemd:cannot notify systemd at NOTIFY_SOCKET `{name}`: ");
        assert!(warnings.len() == 1 && warnings[0].starts_with(&start), "{log:#?}");
    }
}

#[test]
fn a_socket_that_nobody_reads_does_not_block_flagman() {
    let (manager, gate) = (Manager::new(), Gate::new());
    manager.fill();
    let flagman = start(&manager, &gate, &["--overlap", "rerun"]);
    flagman.stderr.find("ready");
    for _ in 0..50 {
        flagman.signal(SIGUSR1);
        gate.wait_for("a run").tell("done");
        flagman.stderr.find(" arrival");
    }
    flagman.end();
}
