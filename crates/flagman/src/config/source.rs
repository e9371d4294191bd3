//! Reads the file: a regular one of a bounded size, which nobody else can change as root, as it was at
//! one moment.
//!
//! Nothing here waits for another program: what is not a regular file is refused before it is opened, and
//! is opened without waiting if it has become something else since.

#[cfg(test)]
mod tests;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use nix::fcntl::OFlag;

use super::mistake::{FileMistake, Wrong};
use crate::discovery::trust;

/// How many bytes a file may have.
const LIMIT: u64 = 1 << 20;

/// How often a file is read that changes meanwhile.
const TRIES: u32 = 5;

/// How long to wait before a file that was being changed is read again.
const PAUSE: Duration = Duration::from_millis(20);

/// The text of `file`. Blocks while the kernel reads it, and for up to 80 milliseconds while it is being
/// changed.
///
/// # Errors
/// It cannot be read, is not a regular file, has more than 1 MiB, keeps changing, or is not UTF-8; or this
/// is root and another user can change it.
pub(super) fn read(file: &str) -> Result<String, FileMistake> {
    if file == "-" {
        let why = "it would be standard input, which a reload could not read again; give the path of a file";
        return Err(FileMistake::Unreadable { file: file.to_owned(), why: why.to_owned() });
    }
    let bytes = read_steadily(Path::new(file), &mut |opened| read_all(opened));
    let bytes = bytes.map_err(|why| FileMistake::Unreadable { file: file.to_owned(), why })?;
    String::from_utf8(bytes).map_err(|error| {
        let (good, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let what = format!("the byte 0x{:02x} is not UTF-8; save the file as UTF-8", bytes[good]);
        Wrong::new(good, what).of_file(file, &String::from_utf8_lossy(&bytes[..good]))
    })
}

/// All that `read` gets from the file, once it is the same before and after.
fn read_steadily(
    path: &Path,
    read: &mut dyn FnMut(&mut File) -> io::Result<Vec<u8>>,
) -> Result<Vec<u8>, String> {
    for attempt in 1..=TRIES {
        let (bytes, before) = read_once(path, read)?;
        if looked_at(path)? == before {
            return if is_small(bytes.len() as u64) { Ok(bytes) } else { Err(too_large()) };
        }
        if attempt < TRIES {
            thread::sleep(PAUSE);
        }
    }
    Err(format!(
        "it changed during each of {TRIES} attempts to read it; try again when nothing writes to it"
    ))
}

/// What `read` gets, and what the file looked like before.
fn read_once(
    path: &Path,
    read: &mut dyn FnMut(&mut File) -> io::Result<Vec<u8>>,
) -> Result<(Vec<u8>, Stamp), String> {
    // Opening a device can have an effect, and a socket cannot be opened.
    usable(&path.metadata().map_err(|error| explain(&error))?)?;
    trust(path).map_err(|distrust| distrust.to_string())?;
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path);
    let mut opened = opened.map_err(|error| explain(&error))?;
    let before = opened.metadata().map_err(|error| explain(&error))?;
    usable(&before)?;
    let bytes = read(&mut opened).map_err(|error| explain(&error))?;
    Ok((bytes, Stamp::of(&before)))
}

/// One byte more than is allowed, if there are so many: some files do not say how large they are.
fn read_all(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What changes when a file is written to or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What stands at the path now.
fn looked_at(path: &Path) -> Result<Stamp, String> {
    path.metadata().map(|metadata| Stamp::of(&metadata)).map_err(|error| explain(&error))
}

/// Checks that it is a regular file, and not too large.
fn usable(metadata: &Metadata) -> Result<(), String> {
    let kind = metadata.file_type();
    let what = match kind {
        _ if kind.is_file() => {
            return if is_small(metadata.size()) { Ok(()) } else { Err(too_large()) };
        }
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    };
    Err(format!("it is {what}; give the path of a regular file"))
}

fn is_small(bytes: u64) -> bool {
    bytes <= LIMIT
}

fn too_large() -> String {
    format!("it has more than {LIMIT} bytes (1 MiB), the most that flagman reads")
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; check the path".to_owned(),
        _ => error.to_string(),
    }
}
