//! Which action programs may be run: those that can be executed, and, as root, only those that
//! nobody but root could have written.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, Uid, eaccess};

/// Permission to write for the group or for others.
const WRITABLE: u32 = 0o022;

/// Why a program is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// The user as whom flagman acts may not execute it.
    NotExecutable,
    /// It or its directory cannot be looked at.
    Unreadable(PathBuf, String),
    /// flagman is root, and this belongs to somebody else.
    Owner(PathBuf, u32),
    /// flagman is root, and others than root can write to this.
    Writable(PathBuf, u32),
}

impl fmt::Display for Distrust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotExecutable => formatter.write_str("it cannot be executed"),
            Self::Unreadable(path, why) => {
                write!(formatter, "{} cannot be looked at: {why}", path.display())
            }
            Self::Owner(path, owner) => {
                let path = path.display();
                write!(formatter, "flagman runs as root, and user {owner} owns {path}")
            }
            Self::Writable(path, mode) => write!(
                formatter,
                "flagman runs as root, and others can write to {} (mode {mode:04o})",
                path.display()
            ),
        }
    }
}

/// Checks `program`, which was found in `directory`.
///
/// # Errors
/// Why it must not or cannot be run.
pub(crate) fn trust(directory: &Path, program: &Path) -> Result<(), Distrust> {
    if eaccess(program, AccessFlags::X_OK).is_err() {
        return Err(Distrust::NotExecutable);
    }
    if Uid::effective().is_root() {
        only_root_writes(directory)?;
        only_root_writes(program)?;
        // A link leads to another directory, whose owner could put another file there.
        let real = program.canonicalize();
        let real = real.map_err(|error| Distrust::Unreadable(program.into(), error.to_string()))?;
        real.parent().map_or(Ok(()), only_root_writes)?;
    }
    Ok(())
}

fn only_root_writes(path: &Path) -> Result<(), Distrust> {
    let metadata = path.metadata();
    let metadata =
        metadata.map_err(|error| Distrust::Unreadable(path.to_owned(), error.to_string()))?;
    is_roots(path, &metadata)
}

fn is_roots(path: &Path, metadata: &Metadata) -> Result<(), Distrust> {
    let mode = metadata.mode() & 0o7777;
    if metadata.uid() != 0 {
        Err(Distrust::Owner(path.to_owned(), metadata.uid()))
    } else if mode & WRITABLE != 0 {
        Err(Distrust::Writable(path.to_owned(), mode))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use std::path::Path;

    use super::{Distrust, is_roots, only_root_writes};
    use nix::unistd::getuid;

    #[test]
    fn what_others_can_write_to_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, "").unwrap();
        for (mode, trusted) in [(0o755, true), (0o775, false), (0o757, false), (0o700, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let result = is_roots(&path, &path.metadata().unwrap());
            let expected = match (getuid().as_raw(), trusted) {
                (0, true) => Ok(()),
                (0, false) => Err(Distrust::Writable(path.clone(), mode)),
                (owner, _) => Err(Distrust::Owner(path.clone(), owner)),
            };
            assert_eq!(result, expected);
        }
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_trusted() {
        let distrust = only_root_writes(Path::new("/no/such")).unwrap_err();
        let why = "/no/such cannot be looked at: No such file or directory (os error 2)";
        assert_eq!(distrust.to_string(), why);
    }
}
