//! The file of `--pid-file`: it holds flagman's process id while flagman serves signals.
//!
//! What other programs may rely on: the file is empty or holds one complete number. The process that
//! holds the file has it locked (`flock(2)`), so a number in an unlocked file is stale. flagman writes
//! only to a file that it made, and removes only such a file or a stale one that holds a process id.
//!
//! Ordering rule: flagman claims the file before anything is set up, so that it fails early if it cannot
//! have it. It writes the number when signals are served. A stale file is removed under its lock and a
//! new one is made; so if several processes find a stale file, only one of them gets it.

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

/// Everybody may read it, whatever the umask is.
const MODE: u32 = 0o644;

/// No process id is longer than this, even with some blanks around it.
const LONGEST: usize = 32;

/// How often other processes may interfere before a claim fails.
const TRIES: u32 = 100;

/// A pid file that this process holds.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
    place: Place,
    /// Locked as long as it is open; `None` once the file has been removed.
    file: Mutex<Option<File>>,
}

/// Where the file is. The directory stays open, so it does not matter if it is moved later.
#[derive(Debug)]
struct Place {
    directory: OwnedFd,
    name: OsString,
}

/// Why a file cannot be used as the pid file.
#[derive(Debug)]
pub(crate) struct Refused {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// A process holds it; its id, if it has been written yet.
    Held(Option<u32>),
    /// The path ends in a symbolic link, which somebody else may have put there.
    Link,
    /// It is a directory, a device or a pipe.
    NotAFile,
    /// It is a file, but its content is not a process id.
    NotAPid,
    /// Other processes keep claiming and releasing it.
    Contended,
    /// The directory cannot be opened.
    Directory(io::Error),
    /// This operation on the file failed.
    System(&'static str, io::Error),
}

impl PidFile {
    /// Makes the file, empty and locked. Does not wait for other processes.
    ///
    /// # Errors
    /// Another process holds it, it is not a pid file, or it cannot be made.
    pub(crate) fn claim(path: &Path) -> Result<Self, Refused> {
        let refused = |why| Refused { path: path.to_owned(), why };
        let place = Place::of(path).map_err(refused)?;
        let file = place.claim().map_err(refused)?;
        Ok(Self { path: path.to_owned(), place, file: Mutex::new(Some(file)) })
    }

    /// Writes the id of this process. If that fails, logs an error.
    pub(crate) fn announce(&self) {
        if let Err(error) = self.write() {
            error!(target: CLI, "cannot write the pid file `{}`: {error}", self.path.display());
        }
    }

    /// If the file has been removed in the meantime, it is made again.
    fn write(&self) -> Result<(), Why> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = held.take() else { return Ok(()) };
        let is_ours = self.place.holds(&file);
        let file = if is_ours { file } else { self.place.claim()? };
        let file = held.insert(file);
        let number = format!("{}\n", std::process::id());
        // Completely, or not at all.
        let failed = |error| Why::System("write to", error);
        let written = file.write_at(number.as_bytes(), 0).map_err(failed)?;
        if written < number.len() {
            file.set_len(0).map_err(failed)?;
            return Err(failed(io::ErrorKind::StorageFull.into()));
        }
        Ok(())
    }

    /// Removes the file, unless somebody has put another one there, and releases the lock. It does not
    /// wait for a thread that is writing the file, so it can be called from any thread before an exit.
    pub(crate) fn remove(&self) {
        let Some(file) = self.file.try_lock().ok().and_then(|mut file| file.take()) else { return };
        if self.place.holds(&file) {
            // If it cannot be removed, it is stale from now on.
            let _ = self.place.unlink();
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes the file when dropped, even if there are other references to it.
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
                    // It stays locked until the new file is locked too. So no process that has the
                    // stale one open can continue.
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

    /// The existing file, if there is one. Anything but a regular file is not opened, because opening it
    /// can have side effects.
    fn open(&self) -> Result<Option<File>, Why> {
        match self.kind() {
            Ok(SFlag::S_IFREG) => {}
            Ok(SFlag::S_IFLNK) => return Err(Why::Link),
            Ok(_) => return Err(Why::NotAFile),
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(Why::System("look at", errno.into())),
        }
        // Somebody may have put something else there by now. These flags make sure that opening that
        // does not wait.
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

    /// The status of whatever is there; for a link, that of the link itself.
    fn status(&self) -> nix::Result<FileStat> {
        fstatat(self.directory.as_fd(), self.name(), AtFlags::AT_SYMLINK_NOFOLLOW)
    }

    /// Whether `found` is a pid file that nobody holds. If so, it is now locked, and still in place.
    fn is_stale(&self, found: &File) -> Result<bool, Why> {
        if !found.metadata().map_err(|error| Why::System("look at", error))?.is_file() {
            return Err(Why::NotAFile);
        }
        let mut text = [0; LONGEST + 1];
        let length = found.read_at(&mut text, 0).map_err(|error| Why::System("read", error))?;
        let text = &text[..length];
        let pid = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
        lock(found, pid)?;
        // After a crash of the machine it can hold zeros.
        let is_pid = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_whitespace() || *byte == 0;
        if text.len() > LONGEST || !text.iter().all(is_pid) {
            return Err(Why::NotAPid);
        }
        Ok(self.holds(found))
    }

    /// Makes the file and locks it; `None` if another process was faster.
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

    /// Whether `file` is still the file at the path.
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

/// Locks a file. If it is already locked, the error names `pid` as its holder.
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
