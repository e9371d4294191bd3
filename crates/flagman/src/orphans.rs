//! Whether orphans can reach flagman: processes whose parent has ended and whose parent it is now.
//!
//! They come to process 1, to a subreaper, and to a program that was started by `exec` in a process
//! that had children. Where none can come, nothing is reaped, so that an in-process action can keep
//! a child of its own from one signal to the next.

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, waitid};

/// Whether orphans can reach this process. To be asked while flagman has no child of its own.
pub(crate) fn are_possible() -> bool {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    // Without any child this is ECHILD; EINVAL is one that `nix` cannot describe.
    let has_children = matches!(waitid(Id::All, flags), Ok(_) | Err(Errno::EINVAL));
    let is_subreaper = nix::sys::prctl::get_child_subreaper().unwrap_or(false);
    std::process::id() == 1 || is_subreaper || has_children
}
