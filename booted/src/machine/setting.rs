//! What every machine is made from, and whether this user and this kernel can make one.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::geteuid;

/// The tree that machines start from, and the packages that are installed on them.
pub(crate) struct Setting {
    pub(super) tree: PathBuf,
    pub(super) packages: PathBuf,
}

impl Setting {
    /// # Errors
    /// In one line, why no machine can be booted here.
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

/// Tries what booting needs, a mount in namespaces of their own, with the tree's `/mnt`.
fn namespaces(tree: &Path) -> Result<(), String> {
    let words = ["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--fork"];
    let mut unshare = Command::new("unshare");
    unshare.args(words).args(["mount", "-t", "tmpfs", "none"]).arg(tree.join("mnt"));
    let output = unshare.output().map_err(|error| format!("cannot start unshare: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(said.trim().replace('\n', "; ")) }
}
