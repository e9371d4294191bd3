//! The service manager does not listen.

use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use nix::sys::signal::Signal::{SIGTERM, SIGUSR1};

use crate::harness::{Flagman, Gate, Manager, Program, until};

fn start(name: &str, gate: &Gate) -> Flagman {
    let action = format!("--usr1={}", gate.action("a", "run"));
    let mut command = Program::Testbed.command(&["-v", &action]);
    command.env("NOTIFY_SOCKET", name);
    Flagman::start(command)
}

fn run(flagman: &Flagman, gate: &Gate) {
    flagman.signal(SIGUSR1);
    gate.wait_for("a run SIGUSR1 1").tell("done");
    flagman.stderr.find(" arrival");
}

/// Closes the socket, and waits until it is closed. Another test may be starting a program, which
/// briefly inherits the socket.
fn vanish(manager: Manager) {
    let name = manager.name().trim_start_matches('@').to_owned();
    drop(manager);
    let address = SocketAddr::from_abstract_name(name).expect("a name");
    let socket = UnixDatagram::unbound().expect("a socket");
    socket.set_nonblocking(true).expect("a socket can be made non-blocking");
    let refused = || socket.send_to_addr(b"x", &address).map_err(|error| error.kind());
    until("it is still there", || refused() == Err(ErrorKind::ConnectionRefused));
}

#[test]
fn what_a_full_socket_refuses_is_sent_when_it_is_read() {
    let (manager, gate) = (Manager::new(), Gate::new());
    manager.fill();
    let flagman = start(manager.name(), &gate);
    flagman.stderr.find("ready");
    run(&flagman, &gate);
    manager.until("READY=1");
    manager.until("STATUS=Idle; last run: SIGUSR1: gated done in ");
    flagman.signal(SIGUSR1);
    let running = gate.wait_for("a run SIGUSR1 1");
    manager.fill();
    flagman.signal(SIGTERM);
    flagman.stderr.find("SIGTERM received");
    manager.until("STOPPING=1");
    running.tell("done");
    assert_eq!(flagman.wait().0.code(), Some(0));
}

#[test]
fn a_socket_that_stays_full_does_not_delay_a_shutdown() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(manager.name(), &gate);
    manager.until("READY=1");
    manager.fill();
    run(&flagman, &gate);
    flagman.signal(SIGTERM);
    let log = flagman.end_of_shutdown();
    assert!(log.iter().all(|line| line.starts_with("INFO:")), "{log:#?}");
}

#[test]
fn a_socket_that_vanishes_costs_one_warning_and_one_that_comes_back_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("notify");
    let bind = || {
        let socket = UnixDatagram::bind(&path).expect("a notify socket");
        Manager::of(socket, path.to_string_lossy().into_owned())
    };
    let (manager, gate) = (bind(), Gate::new());
    let flagman = start(manager.name(), &gate);
    manager.until("READY=1");
    // First nobody listens on the socket, and then its file is removed.
    drop(manager);
    run(&flagman, &gate);
    std::fs::remove_file(&path).expect("it can be removed");
    run(&flagman, &gate);
    let manager = bind();
    run(&flagman, &gate);
    manager.until("STATUS=Idle; last run: SIGUSR1: gated done in ");
    flagman.signal(SIGTERM);
    manager.until("STOPPING=1");
    flagman.end_of_shutdown();
}

#[test]
fn the_loss_of_a_socket_is_logged_once() {
    let (manager, gate) = (Manager::new(), Gate::new());
    let flagman = start(manager.name(), &gate);
    manager.until("STATUS=Idle");
    vanish(manager);
    let mut log = Vec::new();
    for _ in 0..3 {
        flagman.signal(SIGUSR1);
        gate.wait_for("a run SIGUSR1 1").tell("done");
        log.extend(flagman.stderr.until(" arrival"));
    }
    log.extend(flagman.end());
    let warnings = log.iter().filter(|line| line.starts_with("WARNING:flagman.systemd:")).count();
    assert_eq!(warnings, 1, "{log:#?}");
}
