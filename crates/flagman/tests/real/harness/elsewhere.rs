//! flagman as another user, and in namespaces of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::unistd::getuid;
use tempfile::TempDir;

use super::process::limit;
use super::{Program, set_mode};

/// A user who is not root and has no process yet, and a folder that this user can read.
pub(crate) struct User {
    id: u32,
    folder: TempDir,
}

impl User {
    /// A user whom no other test has.
    #[track_caller]
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        needs_root("to start flagman as another user");
        let id = 1_000_000_000 + std::process::id() * 64 + NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = tempfile::tempdir().expect("a temporary folder");
        set_mode(folder.path(), 0o755);
        Self { id, folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, started by `prefix` as this user, who may not be able to read where it was built.
    pub(crate) fn command(
        &self,
        prefix: &[&str],
        program: Program,
        words: &[impl AsRef<OsStr>],
    ) -> Command {
        let copied = self.folder.path().join("program");
        let mut install = Command::new("install");
        let status = install.args(["-m", "755"]).arg(program.path()).arg(&copied).status();
        assert!(status.expect("install(1) starts").success(), "it cannot be copied");
        let mut command = self.becoming(prefix);
        command.arg(copied).args(words);
        command
    }

    /// A command that becomes this user, and then the program that follows.
    fn becoming(&self, prefix: &[&str]) -> Command {
        let id = self.id.to_string();
        let user = ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"];
        prefixed(&[prefix, &user].concat())
    }

    /// As [`set_limit`](super::set_limit), for a process of this user; root may lack the permission.
    #[track_caller]
    pub(crate) fn set_limit(&self, pid: u32, name: &str, soft: &str) {
        let mut prlimit = self.becoming(&[]);
        prlimit.arg("prlimit");
        limit(prlimit, pid, name, soft);
    }
}

/// If this is not root, the test fails and says so.
#[track_caller]
pub(crate) fn needs_root(what: &str) {
    assert!(getuid().is_root(), "this test needs root, {what}");
}

/// A command whose program is the first of these words, in an environment without a service manager.
pub(crate) fn prefixed(words: &[&str]) -> Command {
    flagman_test::command(Path::new(words[0]), &words[1..])
}

/// A command that makes its program process 1 of a pid namespace.
pub(crate) fn as_process_1() -> Command {
    let mut command = Command::new("unshare");
    if !getuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--pid", "--fork", "--kill-child"]);
    command
}

/// libfaketime for programs with threads, wherever Debian has installed it.
#[track_caller]
pub(crate) fn libfaketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("there is /usr/lib").flatten();
    let file = |folder: std::fs::DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
    let found = folders.map(file).find(|file| file.is_file());
    found.expect("this test needs libfaketime: run scripts/install-test-servers as root")
}
