//! What all machines start from, and a check that this user and this kernel can boot one.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::geteuid;

/// The tree that machines start from, and the packages to install on them.
pub(crate) struct Setting {
    pub(super) tree: PathBuf,
    pub(super) packages: PathBuf,
}

impl Setting {
    /// Checks that machines can be booted here.
    ///
    /// # Errors
    /// Says in one line why no machine can be booted here.
    pub(crate) fn new(tree: PathBuf, packages: PathBuf) -> Result<Self, String> {
        if !geteuid().is_root() {
            return Err("cannot boot a machine: this takes root".to_owned());
        }
        for folder in [&tree, &packages] {
            if !folder.is_dir() {
                return Err(format!("cannot boot a machine: {} is no folder", folder.display()));
            }
        }
        namespaces(&tree).map_err(|why| format!("cannot boot a machine: {why}"))?;
        Ok(Self { tree, packages })
    }
}

/// Tries what booting needs: mounts a file system on the tree's `/mnt`, in new namespaces.
fn namespaces(tree: &Path) -> Result<(), String> {
    let words = ["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--fork"];
    let mut unshare = Command::new("unshare");
    unshare.args(words).args(["mount", "-t", "tmpfs", "none"]).arg(tree.join("mnt"));
    let output = unshare.output().map_err(|error| format!("cannot start unshare: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(said.trim().replace('\n', "; ")) }
}
