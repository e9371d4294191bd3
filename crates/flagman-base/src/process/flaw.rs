//! What is wrong with a file that cannot be executed, and what to do about it.
//!
//! It only looks, and only at what failed or is about to be set up: a start that succeeds pays nothing
//! for it. It never executes anything.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{AccessFlags, eaccess};

use super::path::find;
use super::shebang::{HEAD, Head, Shebang};

/// A file, and why it cannot be executed. Its text follows a subject: "it is a directory".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    file: PathBuf,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Missing,
    /// Its path begins at the working directory, which has been removed.
    NoWorkingDirectory,
    /// It is a link to a file that is not there.
    Dangling(PathBuf),
    /// This directory on the way to it may not be searched.
    Unreachable(PathBuf),
    Directory,
    /// A device, a socket or a named pipe.
    Special,
    /// Nobody may execute it.
    NotExecutable,
    /// Others may execute it, and this user may not.
    NotPermitted {
        mode: u32,
        owner: u32,
    },
    /// Its file system is mounted with the option `noexec`.
    NoexecMount,
    /// Its first line ends in a carriage return.
    CarriageReturn,
    /// The interpreter that its first line names cannot be executed.
    Interpreter(Box<Flaw>),
    /// Its first line has `env` look for a program that is not in `PATH`.
    NotFoundByEnv(String),
    /// Neither a binary nor a script with `#!`.
    NoProgram,
    /// A binary for another machine.
    OtherMachine,
    /// A binary whose dynamic loader is not there.
    NoLoader,
    /// It is open for writing.
    Busy,
}

impl Flaw {
    /// Why `file` may not be executed: it is not there, no regular file, or not executable for this
    /// process. `None` if it may be.
    pub(super) fn of_file(file: &Path) -> Option<Self> {
        let found = |kind| Some(Self { file: file.to_owned(), kind });
        let Ok(metadata) = fs::metadata(file) else {
            return found(why_unseen(file));
        };
        if metadata.is_dir() {
            return found(Kind::Directory);
        }
        if !metadata.is_file() {
            return found(Kind::Special);
        }
        if eaccess(file, AccessFlags::X_OK).is_ok() {
            return None;
        }
        let (mode, owner) = (metadata.permissions().mode(), metadata.uid());
        found(match mode & 0o111 {
            // First what `chmod` cannot cure.
            _ if is_noexec(file) => Kind::NoexecMount,
            0 => Kind::NotExecutable,
            _ => Kind::NotPermitted { mode: mode & 0o7777, owner },
        })
    }

    /// Why the script `file`, which may be executed, cannot run. `None` if nothing is known against it,
    /// or it is no script.
    pub(super) fn of_script(file: &Path) -> Option<Self> {
        let head = head_of(file)?;
        let Head::Script(script) = Head::of(&head) else { return None };
        Some(Self { file: file.to_owned(), kind: why_no_interpreter(&script)? })
    }

    /// Why the start of `file` failed with `cause`. `None` if the file does not explain it.
    pub(super) fn of_failed_start(file: &Path, cause: &io::Error) -> Option<Self> {
        let kind = match cause.raw_os_error()? {
            libc::ENOENT | libc::EACCES | libc::ENOTDIR | libc::ELOOP => {
                let known = || Self::of_file(file).or_else(|| Self::of_script(file));
                return known().or_else(|| Self::of_loader(file));
            }
            libc::ENOEXEC if is_elf(file) => Kind::OtherMachine,
            libc::ENOEXEC => Kind::NoProgram,
            libc::ETXTBSY => Kind::Busy,
            _ => return None,
        };
        Some(Self { file: file.to_owned(), kind })
    }

    fn of_loader(file: &Path) -> Option<Self> {
        is_elf(file).then(|| Self { file: file.to_owned(), kind: Kind::NoLoader })
    }
}

fn why_unseen(file: &Path) -> Kind {
    if file.is_relative() && std::env::current_dir().is_err() {
        return Kind::NoWorkingDirectory;
    }
    if let Ok(target) = fs::read_link(file)
        && fs::metadata(file).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    {
        return Kind::Dangling(target);
    }
    let mut above: Vec<&Path> = file.ancestors().skip(1).collect();
    above.reverse();
    let closed = above
        .into_iter()
        .find(|directory| directory.is_dir() && eaccess(*directory, AccessFlags::X_OK).is_err());
    closed.map_or(Kind::Missing, |directory| Kind::Unreachable(directory.to_owned()))
}

/// Why the interpreter of a script cannot be executed. One that is a script itself is not read.
fn why_no_interpreter(script: &Shebang<'_>) -> Option<Kind> {
    if script.has_fatal_carriage_return() {
        return Some(Kind::CarriageReturn);
    }
    if let Some(flaw) = Flaw::of_file(script.interpreter()) {
        return Some(Kind::Interpreter(Box::new(flaw)));
    }
    let name = script.found_by_env()?;
    let missing = find(name, std::env::var_os("PATH")).is_err();
    missing.then(|| Kind::NotFoundByEnv(name.to_string_lossy().into_owned()))
}

fn is_noexec(file: &Path) -> bool {
    statvfs(file).is_ok_and(|system| system.flags().contains(FsFlags::ST_NOEXEC))
}

fn is_elf(file: &Path) -> bool {
    head_of(file).is_some_and(|head| Head::of(&head) == Head::Elf)
}

/// The first bytes of a regular file that may be read.
fn head_of(file: &Path) -> Option<Vec<u8>> {
    // Another kind of file could have come in its place, and a named pipe would block.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(file).ok()?;
    let kind = file.metadata().ok()?.file_type();
    let mut head = Vec::new();
    if kind.is_fifo() || !kind.is_file() {
        return None;
    }
    File::take(file, HEAD as u64).read_to_end(&mut head).ok()?;
    Some(head)
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Missing => formatter.write_str("does not exist"),
            Kind::NoWorkingDirectory => {
                formatter.write_str("cannot be found: the working directory has been removed")
            }
            Kind::Dangling(target) => {
                write!(formatter, "is a link to `{}`, which does not exist", target.display())
            }
            Kind::Unreachable(directory) => {
                write!(
                    formatter,
                    "is below `{}`, which this user may not enter",
                    directory.display()
                )
            }
            Kind::Directory => formatter.write_str("is a directory, not a program"),
            Kind::Special => formatter.write_str("is not a regular file"),
            Kind::NotExecutable => {
                write!(
                    formatter,
                    "is not executable; make it so with `chmod +x {}`",
                    quoted(&self.file)
                )
            }
            Kind::NotPermitted { mode, owner } => write!(
                formatter,
                "may not be executed by this user: its mode is {mode:03o} and its owner is user {owner}"
            ),
            Kind::NoexecMount => formatter.write_str(
                "is on a file system that is mounted with `noexec`; move it, or start it by its \
                 interpreter",
            ),
            Kind::CarriageReturn => write!(
                formatter,
                "has Windows line endings: its first line ends in a carriage return; remove them with \
                 `sed -i 's/\\r$//' {}`",
                quoted(&self.file)
            ),
            Kind::Interpreter(flaw) => {
                let name = flaw.file.display();
                write!(formatter, "is a script whose first line names `{name}`, which {flaw}")
            }
            Kind::NotFoundByEnv(name) => write!(
                formatter,
                "is a script whose first line has `env` look for `{name}`, which is not in PATH"
            ),
            Kind::NoProgram => formatter.write_str(
                "is not a program; a script needs a first line that names its interpreter, such as \
                 `#!/bin/sh`",
            ),
            Kind::OtherMachine => {
                formatter.write_str("is a program for another kind of machine, or damaged")
            }
            Kind::NoLoader => formatter.write_str(
                "is a program for another system: the dynamic loader that it names does not exist",
            ),
            Kind::Busy => {
                formatter.write_str("is open for writing; start it when that is finished")
            }
        }
    }
}

/// The path as a word for a shell.
fn quoted(file: &Path) -> String {
    let text = file.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./,+=@%:-".contains(&byte);
    if text.bytes().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::io::Error;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    use nix::sys::stat::Mode;

    use super::{Flaw, quoted};

    fn file(directory: &Path, text: &[u8], mode: u32) -> PathBuf {
        let file = directory.join("job");
        fs::write(&file, text).expect("a file can be written");
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("its mode can be set");
        file
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a directory")
    }

    /// The message about it, with `JOB` for its path.
    fn told(flaw: Option<Flaw>, file: &Path) -> String {
        let told = flaw.map(|flaw| flaw.to_string()).unwrap_or_default();
        told.replace(&*file.to_string_lossy(), "JOB")
    }

    #[test]
    fn a_file_that_may_be_executed_has_no_flaw() {
        let folder = folder();
        assert_eq!(Flaw::of_file(&file(folder.path(), b"", 0o755)), None);
    }

    #[test]
    fn each_flaw_of_a_file_is_named_with_what_to_do() {
        let folder = folder();
        let job = file(folder.path(), b"", 0o644);
        let chmod = "is not executable; make it so with `chmod +x JOB`";
        assert_eq!(told(Flaw::of_file(&job), &job), chmod);
        let directory = told(Flaw::of_file(folder.path()), &job);
        assert_eq!(directory, "is a directory, not a program");
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).expect("a named pipe");
        assert_eq!(told(Flaw::of_file(&pipe), &job), "is not a regular file");
        let missing = folder.path().join("missing");
        assert_eq!(told(Flaw::of_file(&missing), &job), "does not exist");
        let link = folder.path().join("link");
        symlink("nowhere", &link).expect("a link");
        let dangling = "is a link to `nowhere`, which does not exist";
        assert_eq!(told(Flaw::of_file(&link), &job), dangling);
    }

    #[test]
    fn a_path_in_a_command_is_one_word_for_a_shell() {
        let words = [("./job", "./job"), ("a b", "'a b'"), ("it's", r"'it'\''s'")];
        for (path, word) in words {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }

    #[test]
    fn each_flaw_of_a_script_is_read_from_its_first_line() {
        let folder = folder();
        let windows = "has Windows line endings: its first line ends in a carriage return; remove them \
                       with `sed -i 's/\\r$//' JOB`";
        let names = |which| format!("is a script whose first line {which}");
        let cases: [(&[u8], String); 8] = [
            (b"#!/bin/sh\n", String::new()),
            (b"#!/usr/bin/env sh\n", String::new()),
            (b"echo no script\n", String::new()),
            (b"#!/bin/sh\r\necho\r\n", windows.to_owned()),
            (b"#!/usr/bin/env sh\r\n", windows.to_owned()),
            (b"#!/no/such -x\n", names("names `/no/such`, which does not exist")),
            (b"#!/etc\n", names("names `/etc`, which is a directory, not a program")),
            (
                b"#!/usr/bin/env no-such\n",
                names("has `env` look for `no-such`, which is not in PATH"),
            ),
        ];
        for (text, flaw) in cases {
            let job = file(folder.path(), text, 0o755);
            assert_eq!(told(Flaw::of_script(&job), &job), flaw);
        }
    }

    #[test]
    fn a_failed_start_is_explained_by_the_file() {
        let folder = folder();
        let no_loader =
            "is a program for another system: the dynamic loader that it names does not exist";
        let no_program = "is not a program; a script needs a first line that names its interpreter, such \
                          as `#!/bin/sh`";
        let cases: [(&[u8], i32, &str); 6] = [
            (b"\x7fELF", libc::ENOENT, no_loader),
            (b"\x7fELF", libc::ENOEXEC, "is a program for another kind of machine, or damaged"),
            (b"echo\n", libc::ENOEXEC, no_program),
            (b"", libc::ETXTBSY, "is open for writing; start it when that is finished"),
            (b"#!/bin/sh\n", libc::EAGAIN, ""),
            (b"#!/bin/sh\n", libc::ENOENT, ""),
        ];
        for (text, errno, flaw) in cases {
            let job = file(folder.path(), text, 0o755);
            let cause = Error::from_raw_os_error(errno);
            assert_eq!(told(Flaw::of_failed_start(&job, &cause), &job), flaw);
        }
    }
}
