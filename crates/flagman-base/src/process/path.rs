//! Finds programs, as `execvp(3)` does.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, eaccess};

/// Where programs are when `PATH` is not set (`execvp(3)`).
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The program that a shell would start for `name`: with a slash in it, that file; otherwise the
/// first one of that name in the directories of `PATH`. It is a regular file that this process may
/// execute. Does not block but on the file system.
#[must_use]
pub fn find_in_path(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    find(name.as_ref(), std::env::var_os("PATH"))
}

fn find(name: &OsStr, path: Option<OsString>) -> Option<PathBuf> {
    if name.is_empty() {
        return None;
    }
    if name.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(name)).filter(|file| is_executable(file));
    }
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    // An empty directory in PATH is the current one; `join` makes it `name`, which needs its dot.
    let files = std::env::split_paths(&path).map(|directory| match directory.as_os_str() {
        here if here.is_empty() => Path::new(".").join(name),
        _ => directory.join(name),
    });
    files.into_iter().find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && eaccess(file, AccessFlags::X_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use super::find;

    fn file(directory: &Path, name: &str, mode: u32) -> PathBuf {
        let file = directory.join(name);
        fs::write(&file, "").expect("a file can be written");
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("its mode can be set");
        file
    }

    #[test]
    fn the_first_executable_regular_file_in_path_is_found() {
        let directories: [_; 3] =
            std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
        let [first, second, third] = &directories;
        fs::create_dir(first.path().join("tool")).expect("a directory can be made");
        file(second.path(), "tool", 0o644);
        let tool = file(third.path(), "tool", 0o755);
        let path = std::env::join_paths(directories.iter().map(tempfile::TempDir::path));
        let path = path.expect("no colons in the names");
        assert_eq!(find(OsStr::new("tool"), Some(path.clone())), Some(tool));
        assert_eq!(find(OsStr::new("other"), Some(path)), None);
    }

    #[test]
    fn a_name_with_a_slash_is_taken_as_it_is() {
        let sh = OsStr::new("/bin/sh");
        assert_eq!(find(sh, Some("/nowhere".into())), Some("/bin/sh".into()));
        assert_eq!(find(OsStr::new("./sh"), Some("/bin".into())), None);
    }

    #[test]
    fn without_path_programs_are_where_the_system_keeps_them() {
        assert_eq!(find(OsStr::new("sh"), None), Some("/bin/sh".into()));
        assert_eq!(find(OsStr::new(""), None), None);
    }

    #[test]
    fn an_empty_directory_in_path_is_the_current_one() {
        // Tests start in the directory of their crate, which holds no programs.
        let here = find(OsStr::new("sh"), Some(":/bin".into()));
        assert_eq!(here, Some("/bin/sh".into()));
    }
}
