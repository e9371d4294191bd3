//! Which action programs flagman runs: those that it can execute, and, as root, only those that nobody
//! but root can replace.
//!
//! As root, everything on the way to a program is looked at, from `/` to the file, and each link is
//! followed by hand. All of it must belong to root:
//!
//! - *Directories* must not be writable by others. There is one exception, for `/tmp` and its like: a
//!   sticky directory of root's, if what follows is a directory of root's that others cannot write to.
//!   In a sticky directory nobody but root can rename or remove that one, and nobody else can have put it
//!   there: to move a directory one must be able to write to it (`rename(2)`). A program or a link of
//!   root's could have been moved there by another user, so neither is accepted in such a directory.
//! - *Links* have no mode of their own; whoever can write to their directory can replace them.
//! - *The program* must not be writable by others. Access control lists are covered: what they grant at
//!   most is shown as the group's part of the mode (`acl(5)`).
//!
//! Each step is made in a directory that only root can change. So what was found stays true until root
//! changes something, and the program that is started directly afterwards is the one that was looked
//! at. Why this is not done with a descriptor is in docs/decisions/0018.
//!
//! Ordering rule: [`trust`] is called directly before each start of a program, not only when the program
//! is found.

use std::ffi::OsString;
use std::fmt;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf, absolute};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, Uid, eaccess};

/// Permission to write for the group or for others.
const WRITABLE: u32 = 0o022;

/// Nobody but an entry's owner, the directory's owner and root may rename or remove the entry.
const STICKY: u32 = 0o1000;

/// How many links are followed, as the kernel does (`path_resolution(7)`).
const LINKS: usize = 40;

/// Why a program is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// The user as whom flagman acts may not execute it.
    NotExecutable,
    /// This cannot be looked at.
    Unreadable(PathBuf, String),
    /// flagman is root, and this belongs to somebody else.
    Owner(Kind, PathBuf, u32),
    /// flagman is root, and users other than root can write to this.
    Writable(Kind, PathBuf, u32),
    /// Its links lead to another file than their text says, as those in `/proc` can.
    Elsewhere,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    Link,
    File,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Directory => "directory",
            Self::Link => "link",
            Self::File => "file",
        })
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotExecutable => formatter.write_str("it is not executable"),
            Self::Unreadable(path, why) => {
                write!(formatter, "cannot look at {}: {why}", path.display())
            }
            Self::Owner(kind, path, owner) => {
                let path = path.display();
                write!(formatter, "flagman runs as root, but user {owner} owns the {kind} {path}")
            }
            Self::Writable(kind, path, mode) => write!(
                formatter,
                "flagman runs as root, but other users can write to the {kind} {} (mode {mode:04o})",
                path.display()
            ),
            Self::Elsewhere => {
                formatter.write_str("flagman runs as root and cannot tell where its links lead")
            }
        }
    }
}

/// Checks a program that was found: it can be executed, and [`trust`]ed.
///
/// # Errors
/// Why it cannot or must not be run.
pub(super) fn usable(program: &Path) -> Result<(), Distrust> {
    eaccess(program, AccessFlags::X_OK).map_err(|_| Distrust::NotExecutable)?;
    trust(program)
}

/// As root, checks that nobody else can replace `program`. It is to be called directly before each
/// start.
///
/// # Errors
/// The first thing on the way to it that somebody else owns or can write to.
pub(crate) fn trust(program: &Path) -> Result<(), Distrust> {
    if Uid::effective().is_root() { only_root_changes(program) } else { Ok(()) }
}

/// Looks at everything on the way to `program`, and at the program.
fn only_root_changes(program: &Path) -> Result<(), Distrust> {
    let path = absolute(program).map_err(|error| unreadable(program, &error))?;
    let mut at = PathBuf::from("/");
    let mut left = names_from_last(&path);
    let mut links = 0;
    while let Some(name) = left.pop() {
        let directory = Item::at(at)?;
        let entries = directory.entries()?;
        if name == ".." {
            // No link is left in this path, so the kernel goes there too.
            at = directory.path;
            at.pop();
            continue;
        }
        let item = Item::at(directory.path.join(&name))?;
        item.check_in(&directory, entries)?;
        if item.kind == Kind::Link {
            links += 1;
            let target = item.target(links)?;
            left.extend(names_from_last(&target));
            at = if target.is_absolute() { "/".into() } else { directory.path };
        } else {
            at = item.path;
        }
    }
    is_what_starts(&Item::at(at)?, program)
}

/// The names in a path, the last one first.
fn names_from_last(path: &Path) -> Vec<OsString> {
    let named = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
    path.components().rev().filter(named).map(|part| part.as_os_str().to_owned()).collect()
}

/// Checks that the kernel gets to the file that was looked at. It follows some links in `/proc` otherwise
/// than by their text.
fn is_what_starts(item: &Item, program: &Path) -> Result<(), Distrust> {
    let started = program.metadata().map_err(|error| unreadable(program, &error))?;
    let file = |metadata: &Metadata| (metadata.dev(), metadata.ino());
    if file(&started) == file(&item.metadata) { Ok(()) } else { Err(Distrust::Elsewhere) }
}

fn unreadable(path: &Path, error: &io::Error) -> Distrust {
    Distrust::Unreadable(path.to_owned(), error.to_string())
}

/// Who can change the entries of a directory of root's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entries {
    /// Only root.
    Roots,
    /// All can add entries, and change their own.
    Shared,
}

/// Something on the way, itself and not what it leads to.
struct Item {
    path: PathBuf,
    kind: Kind,
    metadata: Metadata,
}

impl Item {
    fn at(path: PathBuf) -> Result<Self, Distrust> {
        let metadata = path.symlink_metadata().map_err(|error| unreadable(&path, &error))?;
        let kind = match metadata.file_type() {
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::File,
        };
        Ok(Self { path, kind, metadata })
    }

    /// Where this link, the `count`-th on the way, leads.
    fn target(&self, count: usize) -> Result<PathBuf, Distrust> {
        if count > LINKS {
            return Err(unreadable(&self.path, &Errno::ELOOP.into()));
        }
        self.path.read_link().map_err(|error| unreadable(&self.path, &error))
    }

    /// Who can change the entries of this directory.
    fn entries(&self) -> Result<Entries, Distrust> {
        self.is_roots()?;
        match self.is_fixed() {
            Ok(()) => Ok(Entries::Roots),
            Err(_) if self.metadata.mode() & STICKY != 0 => Ok(Entries::Shared),
            Err(distrust) => Err(distrust),
        }
    }

    /// Checks what stands in `directory`, whose entries these people can change.
    fn check_in(&self, directory: &Self, entries: Entries) -> Result<(), Distrust> {
        self.is_roots()?;
        match (self.kind, entries) {
            // A directory's own mode is checked before anything in it is looked at.
            (Kind::Directory | Kind::Link, Entries::Roots) => Ok(()),
            (Kind::File, Entries::Roots) | (Kind::Directory, Entries::Shared) => self.is_fixed(),
            (Kind::Link | Kind::File, Entries::Shared) => directory.is_fixed(),
        }
    }

    fn is_roots(&self) -> Result<(), Distrust> {
        match self.metadata.uid() {
            0 => Ok(()),
            owner => Err(Distrust::Owner(self.kind, self.path.clone(), owner)),
        }
    }

    /// Only its owner can write to it.
    fn is_fixed(&self) -> Result<(), Distrust> {
        let mode = self.metadata.mode() & 0o7777;
        if mode & WRITABLE == 0 {
            Ok(())
        } else {
            Err(Distrust::Writable(self.kind, self.path.clone(), mode))
        }
    }
}

#[cfg(test)]
mod tests;
