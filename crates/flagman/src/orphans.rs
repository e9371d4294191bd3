//! Whether flagman can become the parent of orphans, that is, of processes whose parent has ended.
//!
//! Process 1 and subreapers inherit them. A program that was started by `exec` in a process with
//! children has children that it did not start. If flagman can get none, it reaps nothing, so that an
//! in-process action can keep a child of its own from one signal to the next.

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, waitid};

/// Whether this process can have orphans. Call it while flagman has no child of its own.
pub(crate) fn are_possible() -> bool {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    // Without any child this is ECHILD; EINVAL means a child whose status `nix` cannot describe.
    let has_children = matches!(waitid(Id::All, flags), Ok(_) | Err(Errno::EINVAL));
    let is_subreaper = nix::sys::prctl::get_child_subreaper().unwrap_or(false);
    std::process::id() == 1 || is_subreaper || has_children
}
