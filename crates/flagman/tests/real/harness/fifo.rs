//! Named pipes: one at which a shell script waits, and one that shows when its holders are gone.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use super::Lines;

fn fifo(options: &OpenOptions) -> (TempDir, PathBuf, File) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fifo");
    mkfifo(&path, Mode::S_IRWXU).expect("a fifo");
    let file = options.open(&path).expect("the fifo opens");
    (folder, path, file)
}

/// Where a shell script waits until it is let go on.
pub(crate) struct Barrier {
    _folder: TempDir,
    path: PathBuf,
    file: File,
}

impl Barrier {
    pub(crate) fn new() -> Self {
        // With both ends open here no script finds it closed.
        let (folder, path, file) = fifo(OpenOptions::new().read(true).write(true));
        Self { _folder: folder, path, file }
    }

    /// The shell command that waits.
    pub(crate) fn wait(&self) -> String {
        format!("read go <'{}'", self.path.display())
    }

    /// Lets one script go on.
    pub(crate) fn open(&self) {
        (&self.file).write_all(b"go\n").expect("the fifo takes a line");
    }
}

/// What processes hold as long as they live.
pub(crate) struct Hold {
    _folder: TempDir,
    path: PathBuf,
    file: File,
}

impl Hold {
    pub(crate) fn new() -> Self {
        // Otherwise the open would wait for the first holder.
        let flags = OFlag::O_NONBLOCK.bits();
        let (folder, path, file) = fifo(OpenOptions::new().read(true).custom_flags(flags));
        Self { _folder: folder, path, file }
    }

    /// The redirection that takes hold, for a shell command.
    pub(crate) fn take(&self) -> String {
        format!("9>'{}'", self.path.display())
    }

    /// Waits until nobody holds it any more. Somebody must have taken hold before.
    pub(crate) fn until_let_go(self) {
        fcntl(&self.file, FcntlArg::F_SETFL(OFlag::empty())).expect("flags can be set");
        assert_eq!(Lines::of(self.file).next(), None);
    }
}
