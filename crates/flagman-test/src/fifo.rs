//! Named pipes: one at which a shell script waits, and one that shows when its holders are gone.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use crate::{Lines, until_ready};

fn fifo(options: &OpenOptions) -> (TempDir, PathBuf, File) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fifo");
    mkfifo(&path, Mode::S_IRWXU).expect("a fifo");
    let file = options.open(&path).expect("the fifo opens");
    (folder, path, file)
}

/// A point at which a shell script waits until the test releases it.
pub struct Barrier {
    _folder: TempDir,
    path: PathBuf,
    file: File,
}

impl Barrier {
    /// A closed barrier.
    pub fn new() -> Self {
        // Both ends are open here, so no script finds it closed.
        let (folder, path, file) = fifo(OpenOptions::new().read(true).write(true));
        Self { _folder: folder, path, file }
    }

    /// The shell command that waits.
    pub fn wait(&self) -> String {
        format!("read go <'{}'", self.path.display())
    }

    /// Releases one script.
    pub fn open(&self) {
        (&self.file).write_all(b"go\n").expect("the fifo takes a line");
    }
}

/// Something that processes hold as long as they live, and can print to.
pub struct Hold {
    _folder: TempDir,
    path: PathBuf,
    file: File,
}

impl Hold {
    /// One that nobody holds yet.
    pub fn new() -> Self {
        // Without this, opening it would wait for the first holder.
        let flags = OFlag::O_NONBLOCK.bits();
        let (folder, path, file) = fifo(OpenOptions::new().read(true).custom_flags(flags));
        Self { _folder: folder, path, file }
    }

    /// The path that a process opens for writing to hold it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The redirection by which a shell command holds it.
    pub fn take(&self) -> String {
        format!("9>'{}'", self.path.display())
    }

    /// Waits until a holder has printed something, or has come and gone. Returns what holders print; the
    /// lines end when nobody holds it any more.
    #[track_caller]
    pub fn lines(self) -> Lines {
        until_ready(&self.file, "nobody has taken hold and printed, or let go");
        fcntl(&self.file, FcntlArg::F_SETFL(OFlag::empty())).expect("flags can be set");
        Lines::of(self.file)
    }

    /// Waits until nobody holds it any more. Somebody must have held it before, or will hold it.
    #[track_caller]
    pub fn until_let_go(self) {
        assert_eq!(self.lines().next(), None);
    }
}
