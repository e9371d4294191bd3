//! The file of `--pid-file`: it holds flagman's process id while flagman serves signals.
//!
//! What other programs may rely on: the file is empty or holds one whole number; a process that holds it
//! has it locked (`flock(2)`), so a number in a file that nobody has locked is stale; and nothing is
//! ever written to or removed but a file that flagman made, or a stale one that holds a process id.
//!
//! Ordering rule: it is claimed before anything is set up, which finds out whether it can be, and gets
//! its number when signals are served. A stale file is removed under its lock and a new one made, so
//! that of several processes that find it only one goes on.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use log::error;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::log::CLI;

/// Everybody may read it, whatever the file mode creation mask is.
const MODE: u32 = 0o644;

/// No process id is longer, with some blanks around it.
const LONGEST: usize = 32;

/// How often others may get in the way of a claim.
const TRIES: u32 = 100;

/// A pid file that this process holds.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
    place: Place,
    /// Locked as long as it is open; nothing once the file has been removed.
    file: Mutex<Option<File>>,
}

/// Where the file is. The directory is kept open: what its path leads to later does not matter.
#[derive(Debug)]
struct Place {
    directory: OwnedFd,
    name: OsString,
}

/// Why a file cannot be the pid file.
#[derive(Debug)]
pub(crate) struct Refused {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// A process holds it; its id, if it has been written yet.
    Held(Option<u32>),
    /// The path ends with a link, which somebody else may have put there.
    Link,
    /// It is a directory, a device or a pipe.
    NotAFile,
    /// It is a file, but what is in it is not a process id.
    NotAPid,
    /// Others claim it and let it go all the time.
    Contended,
    /// The directory cannot be opened.
    Directory(io::Error),
    /// The system refuses to do this with the file.
    System(&'static str, io::Error),
}

impl PidFile {
    /// Makes the file, empty and locked. Does not wait for other processes.
    ///
    /// # Errors
    /// Another process holds it, it is something else than a pid file, or it cannot be made.
    pub(crate) fn claim(path: &Path) -> Result<Self, Refused> {
        let refused = |why| Refused { path: path.to_owned(), why };
        let place = Place::of(path).map_err(refused)?;
        let file = place.claim().map_err(refused)?;
        Ok(Self { path: path.to_owned(), place, file: Mutex::new(Some(file)) })
    }

    /// Writes the id of this process, or an error line.
    pub(crate) fn announce(&self) {
        if let Err(error) = self.write() {
            error!(target: CLI, "cannot write the pid file `{}`: {error}", self.path.display());
        }
    }

    /// If the file has been removed meanwhile, it is made once more.
    fn write(&self) -> Result<(), Why> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = held.take() else { return Ok(()) };
        let is_ours = self.place.holds(&file);
        let file = if is_ours { file } else { self.place.claim()? };
        let file = held.insert(file);
        let number = format!("{}\n", std::process::id());
        // In one piece, or not at all.
        let failed = |error| Why::System("write to", error);
        let written = file.write_at(number.as_bytes(), 0).map_err(failed)?;
        if written < number.len() {
            file.set_len(0).map_err(failed)?;
            return Err(failed(io::ErrorKind::StorageFull.into()));
        }
        Ok(())
    }

    /// Removes the file, unless somebody has put another one there, and lets go of it. Waits for nobody
    /// who is writing it, so that it can be called from any thread before an exit.
    pub(crate) fn remove(&self) {
        let Some(file) = self.file.try_lock().ok().and_then(|mut file| file.take()) else { return };
        if self.place.holds(&file) {
            // What cannot be removed is stale from now on.
            let _ = self.place.unlink();
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes the file when it is dropped, even if others still refer to it.
#[derive(Debug)]
pub(crate) struct Removal(Arc<PidFile>);

impl Removal {
    pub(crate) fn of(file: Arc<PidFile>) -> Self {
        Self(file)
    }

    pub(crate) fn file(&self) -> Arc<PidFile> {
        Arc::clone(&self.0)
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        self.0.remove();
    }
}

impl Place {
    fn of(path: &Path) -> Result<Self, Why> {
        let name = path.file_name().ok_or(Why::NotAFile)?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = nix::fcntl::open(directory, flags, Mode::empty());
        let directory = directory.map_err(|errno| Why::Directory(errno.into()))?;
        Ok(Self { directory, name: name.to_owned() })
    }

    fn claim(&self) -> Result<File, Why> {
        let mut stale = None;
        for _ in 0..TRIES {
            match self.open() {
                Ok(Some(found)) => {
                    if self.is_stale(&found)? {
                        self.unlink().map_err(|errno| Why::System("replace", errno.into()))?;
                    }
                    // It stays locked until the new one is: nobody who has it open can get on.
                    stale = Some(found);
                }
                Ok(None) => {
                    if let Some(file) = self.make()? {
                        drop(stale);
                        return Ok(file);
                    }
                }
                Err(why) => return Err(why),
            }
        }
        Err(Why::Contended)
    }

    /// The file that is there, if there is one. Anything else is not opened, which can have an effect.
    fn open(&self) -> Result<Option<File>, Why> {
        match self.kind() {
            Ok(SFlag::S_IFREG) => {}
            Ok(SFlag::S_IFLNK) => return Err(Why::Link),
            Ok(_) => return Err(Why::NotAFile),
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(Why::System("look at", errno.into())),
        }
        // Somebody may put something else there meanwhile; opening that does not wait.
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let flags = flags | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        match openat(&self.directory, self.name(), flags, Mode::empty()) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::ENOENT) => Ok(None),
            Err(Errno::ELOOP) => Err(Why::Link),
            Err(errno) => Err(Why::System("open", errno.into())),
        }
    }

    fn kind(&self) -> nix::Result<SFlag> {
        let there = self.status()?;
        Ok(SFlag::from_bits_truncate(there.st_mode) & SFlag::S_IFMT)
    }

    /// What the system says of what is there; of a link itself.
    fn status(&self) -> nix::Result<FileStat> {
        fstatat(self.directory.as_fd(), self.name(), AtFlags::AT_SYMLINK_NOFOLLOW)
    }

    /// Whether `found` is a pid file that nobody holds; then it is locked, and still there.
    fn is_stale(&self, found: &File) -> Result<bool, Why> {
        if !found.metadata().map_err(|error| Why::System("look at", error))?.is_file() {
            return Err(Why::NotAFile);
        }
        let mut text = [0; LONGEST + 1];
        let length = found.read_at(&mut text, 0).map_err(|error| Why::System("read", error))?;
        let text = &text[..length];
        let pid = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
        lock(found, pid)?;
        // A crash of the machine can leave zeros.
        let is_pid = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_whitespace() || *byte == 0;
        if text.len() > LONGEST || !text.iter().all(is_pid) {
            return Err(Why::NotAPid);
        }
        Ok(self.holds(found))
    }

    /// Makes the file and locks it; nothing if another process was faster.
    fn make(&self) -> Result<Option<File>, Why> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL;
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mode = Mode::from_bits_truncate(MODE);
        let file = match openat(&self.directory, self.name(), flags, mode) {
            Ok(file) => File::from(file),
            Err(Errno::EEXIST) => return Ok(None),
            Err(errno) => return Err(Why::System("create", errno.into())),
        };
        file.set_permissions(Permissions::from_mode(MODE))
            .map_err(|error| Why::System("set the mode of", error))?;
        match lock(&file, None) {
            Ok(()) => Ok(Some(file).filter(|file| self.holds(file))),
            Err(Why::Held(_)) => Ok(None),
            Err(why) => {
                // An empty file that cannot be removed is stale.
                let _ = self.unlink();
                Err(why)
            }
        }
    }

    /// Whether `file` is what is there.
    fn holds(&self, file: &File) -> bool {
        match (self.status(), file.metadata()) {
            (Ok(there), Ok(ours)) => (there.st_dev, there.st_ino) == (ours.dev(), ours.ino()),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
        }
    }

    fn unlink(&self) -> nix::Result<()> {
        unlinkat(&self.directory, self.name(), UnlinkatFlags::NoRemoveDir)
    }

    fn name(&self) -> &OsStr {
        &self.name
    }
}

/// Locks a file that `pid` holds if it is locked already.
fn lock(file: &File, pid: Option<u32>) -> Result<(), Why> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Why::Held(pid),
        TryLockError::Error(error) => Why::System("lock", error),
    })
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot use the pid file `{}`: {}", self.path.display(), self.why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(Some(pid)) => {
                write!(out, "process {pid} holds it; end that process first, or name another file")
            }
            Self::Held(None) => out.write_str(
                "another process holds it; end that process first, or name another file",
            ),
            Self::Link => out.write_str("it is a symbolic link; name the file itself"),
            Self::NotAFile => out.write_str("it is not a regular file; name another file"),
            Self::NotAPid => out.write_str("its content is not a process id; name another file"),
            Self::Contended => out.write_str("other processes keep replacing it"),
            Self::Directory(error) => write!(out, "cannot open its directory: {error}"),
            Self::System(what, error) => write!(out, "cannot {what} it: {error}"),
        }
    }
}
