//! Reaps orphans: processes whose parent has ended and whose parent flagman is now.
//!
//! They come to process 1, to a subreaper, and to a program that was started by `exec` in a process
//! that had children. Where none can come, nothing is reaped, so that an in-process action can keep
//! a child of its own from one signal to the next.

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

/// Whether orphans can reach this process. To be asked before flagman starts any process.
pub(crate) fn are_possible() -> bool {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    let has_children = waitid(Id::All, flags) != Err(Errno::ECHILD);
    let is_subreaper = nix::sys::prctl::get_child_subreaper().unwrap_or(false);
    std::process::id() == 1 || is_subreaper || has_children
}

/// Reaps all children that have ended; does not wait (`waitpid(2)`).
pub(crate) fn reap() {
    loop {
        match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
            // An error is a death by a real-time signal, which `nix` cannot name, or an interruption.
            Ok(_) | Err(_) => {}
        }
    }
}
