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
    // Without any child this is ECHILD; EINVAL is one that `nix` cannot describe.
    let has_children = matches!(waitid(Id::All, flags), Ok(_) | Err(Errno::EINVAL));
    let is_subreaper = nix::sys::prctl::get_child_subreaper().unwrap_or(false);
    std::process::id() == 1 || is_subreaper || has_children
}

/// Reaps all children that have ended; does not wait (`waitpid(2)`).
pub(crate) fn reap() {
    loop {
        match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            // EINVAL is a death by a real-time signal, which `nix` cannot name.
            Ok(WaitStatus::StillAlive) => return,
            Ok(_) | Err(Errno::EINVAL | Errno::EINTR) => {}
            // There is no child (ECHILD), or this process may not ask: nothing can be done.
            Err(_) => return,
        }
    }
}
