//! What the kernel reports about a process, and what a test does to it: limits and stops.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use flagman_test::LIMIT;
use nix::sys::signal::Signal::{SIGCONT, SIGSTOP};
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// Sets the soft limit `name` of a process, as prlimit(1) calls it; `unlimited` is one too.
#[track_caller]
pub(crate) fn set_limit(pid: u32, name: &str, soft: &str) {
    limit(Command::new("prlimit"), pid, name, soft);
}

/// The same by a command that becomes prlimit(1).
#[track_caller]
pub(super) fn limit(mut prlimit: Command, pid: u32, name: &str, soft: &str) {
    prlimit.arg("--pid").arg(pid.to_string()).arg(format!("--{name}={soft}:"));
    assert!(prlimit.status().expect("prlimit starts").success(), "no limit can be set");
}

/// The descriptors that a process has open.
pub(crate) fn descriptors(pid: u32) -> Vec<u64> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("it lives");
    let name =
        |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    let mut all: Vec<u64> = entries.filter_map(name).filter_map(|name| name.parse().ok()).collect();
    all.sort_unstable();
    all
}

/// A line of `/proc/PID/status`, without its name.
#[track_caller]
pub(crate) fn status_of(pid: u32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.expect("the kernel says it").trim().to_owned()
}

/// Waits until `holds` is true; for what no event announces.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "{what}");
        std::thread::yield_now();
    }
}

/// Stops a process, and waits until it has stopped.
#[track_caller]
pub(crate) fn stop(pid: u32) {
    kill(Pid::from_raw(pid.cast_signed()), SIGSTOP).expect("it can be stopped");
    until("it does not stop", || status_of(pid, "State").starts_with('T'));
}

/// Lets a stopped process continue.
pub(crate) fn go_on(pid: u32) {
    kill(Pid::from_raw(pid.cast_signed()), SIGCONT).expect("it can go on");
}

/// The only child of a process.
#[track_caller]
pub(crate) fn child_of(pid: u32) -> Pid {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(path).expect("the kernel lists children");
    Pid::from_raw(children.trim().parse().expect("there is one child"))
}

/// An action program that ships as an example, from `examples/` of the repository.
pub(crate) fn template(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples")).join(path)
}
