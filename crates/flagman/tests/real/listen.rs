//! The descriptors that a service manager passes to flagman.

use std::process::{Command, Stdio};

use nix::sys::signal::Signal::SIGUSR1;

use super::harness::{Flagman, Program};

/// Which of the descriptors 3 to 6, all open in the shell that becomes flagman, a program of
/// `exec` finds open when flagman was started with `variables`.
fn passed_on(variables: &str) -> String {
    let open = "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null";
    let script = format!(r#"{open}; {variables} LISTEN_FDNAMES=a:b exec "$@""#);
    let probe = "for n in 3 4 5 6; do [ -e /proc/$$/fd/$n ] && printf $n; done; echo .";
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).arg(Program::Flagman.path());
    command.args(["-v", "--no-systemd", "--usr1", "exec", "sh", "-c", probe]);
    command.stdin(Stdio::null());
    let flagman = Flagman::start(command);
    flagman.stderr.find("ready");
    flagman.signal(SIGUSR1);
    let open = flagman.stdout.next().expect("the program prints a line");
    flagman.stderr.find(" arrival");
    flagman.end();
    open
}

#[test]
fn the_descriptors_that_the_service_manager_passed_are_not_passed_on() {
    assert_eq!(passed_on("LISTEN_PID=$$ LISTEN_FDS=2"), "56.");
    assert_eq!(passed_on("LISTEN_PID=$$ LISTEN_FDS=4"), ".");
}

#[test]
fn those_that_are_not_for_flagman_are_inherited_as_any_other() {
    assert_eq!(passed_on("LISTEN_PID=1 LISTEN_FDS=2"), "3456.");
    assert_eq!(passed_on("LISTEN_FDS=2"), "3456.");
}

#[test]
fn nonsense_about_them_does_no_harm() {
    for count in ["", "x", "-1", "0", "99999999999999999999"] {
        assert_eq!(passed_on(&format!("LISTEN_PID=$$ LISTEN_FDS={count}")), "3456.");
    }
    assert_eq!(passed_on("LISTEN_PID=$$ LISTEN_FDS=65535"), ".");
}
