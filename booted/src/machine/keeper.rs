//! The process outside that keeps a machine (`booted/keep`), from its boot to its end.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::LIMIT;

/// How long to wait for a message from systemd before checking that the keeper is still running.
const SILENCE: Duration = Duration::from_millis(500);

/// A running keeper. Dropping it ends the machine and removes everything that belonged to it.
pub(super) struct Keeper {
    child: Child,
    first: Pid,
}

impl Keeper {
    /// Boots a machine from `tree`. systemd reports that it is up, as in any container
    /// (`NOTIFY_SOCKET`, see <https://systemd.io/CONTAINER_INTERFACE>).
    pub(super) fn start(tree: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a notify socket");
        socket.set_read_timeout(Some(SILENCE)).expect("a time limit");
        let keep = Path::new(env!("CARGO_MANIFEST_DIR")).join("keep");
        // If the tests are killed, the kernel sends SIGTERM to the keeper. With its own process
        // group, the machine does not get the SIGINT of Ctrl-C, which its process 1 would treat as
        // Ctrl-Alt-Del.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "unshare", "--mount"])
            .args([&keep, tree, &path])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("setpriv starts");
        let mut keeper = Self { child, first: Pid::from_raw(0) };
        keeper.wait_until_up(&socket);
        // The keeper's child is unshare, whose child is process 1.
        let unshare = only_child(keeper.child.id()).expect("the keeper has a child");
        keeper.first = only_child(unshare.as_raw().cast_unsigned()).expect("unshare has a child");
        keeper
    }

    /// The process ID of the machine's process 1, as seen outside.
    pub(super) fn first(&self) -> Pid {
        self.first
    }

    fn wait_until_up(&mut self, socket: &UnixDatagram) {
        let start = Instant::now();
        let mut message = [0; 1 << 12];
        while start.elapsed() < LIMIT {
            let said = socket.recv(&mut message).map_or(String::new(), |length| {
                String::from_utf8_lossy(&message[..length]).into_owned()
            });
            if said.lines().any(|line| line == "READY=1") {
                return;
            }
            let ended = self.child.try_wait().expect("the keeper can be looked at");
            assert!(ended.is_none(), "the machine did not boot; the lines before this say why");
        }
        panic!("the machine is not up after {LIMIT:?}");
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // An error means that the keeper has already ended.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// The child of a process that has exactly one.
pub(super) fn only_child(parent: u32) -> Option<Pid> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = fs::read_to_string(path).ok()?;
    children.trim().parse().ok().map(Pid::from_raw)
}
