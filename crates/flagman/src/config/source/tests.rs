//! Which files are read, with real files.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use super::{LIMIT, TRIES, read, read_all, read_steadily};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("UTF-8").to_owned()
}

fn refusal(file: &str) -> String {
    read(file).expect_err("it is refused").to_string()
}

#[test]
fn a_regular_file_is_read_as_it_is() {
    let folder = folder();
    let file = path(&folder, "a.toml");
    fs::write(&file, "grace = 1 # ä\n").expect("a file");
    assert_eq!(read(&file).expect("it is read"), "grace = 1 # ä\n");
    std::os::unix::fs::symlink(&file, path(&folder, "link")).expect("a link");
    assert_eq!(read(&path(&folder, "link")).expect("it is read"), "grace = 1 # ä\n");
}

#[test]
fn what_is_not_a_regular_file_is_refused_at_once() {
    let folder = folder();
    let fifo = path(&folder, "fifo");
    mkfifo(Path::new(&fifo), Mode::S_IRWXU).expect("a fifo");
    let socket = path(&folder, "socket");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    for (file, what) in [
        (path(&folder, "."), "a directory"),
        (fifo, "a pipe"),
        (socket, "a socket"),
        ("/dev/zero".to_owned(), "a device"),
    ] {
        let expected = format!(
            "cannot read the configuration file `{file}`: it is {what}; give the path of a regular file"
        );
        assert_eq!(refusal(&file), expected);
    }
    let missing = path(&folder, "missing");
    assert!(refusal(&missing).ends_with("there is no such file; check the path"));
}

#[test]
fn a_file_of_1_mib_is_read_and_one_with_a_byte_more_is_refused() {
    let folder = folder();
    let file = path(&folder, "a.toml");
    fs::write(&file, vec![b'#'; 1 << 20]).expect("a file");
    assert_eq!(read(&file).map(|text| text.len() as u64), Ok(LIMIT));
    let mut opened = fs::OpenOptions::new().append(true).open(&file).expect("it opens");
    opened.write_all(b"#").expect("it grows");
    assert!(
        refusal(&file)
            .ends_with("it has more than 1048576 bytes (1 MiB), the most that flagman reads")
    );
    // What does not say how large it is, and what grows after it was looked at.
    let too_long = read_steadily(Path::new(&file), &mut |_| Ok(vec![b'#'; (1 << 20) + 1]));
    assert!(too_long.expect_err("it is refused").contains("1 MiB"));
}

#[test]
fn the_first_byte_that_is_not_utf_8_is_named_with_its_place() {
    let folder = folder();
    let file = path(&folder, "a.toml");
    fs::write(&file, b"a = 1\n\xc3\xa4 = 'caf\xe9\xff'\n").expect("a file");
    let expected = format!("{file}:2:9: the byte 0xe9 is not UTF-8; save the file as UTF-8");
    assert_eq!(refusal(&file), expected);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_read_again() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    fs::write(&file, "old").expect("a file");
    let mut times = 0;
    let bytes = read_steadily(&file, &mut |opened| {
        let bytes = read_all(opened);
        times += 1;
        match times {
            1 => fs::write(&file, "written to").expect("it can be written"),
            2 => {
                fs::write(folder.path().join("new"), "replaced").expect("a file");
                fs::rename(folder.path().join("new"), &file).expect("it is replaced");
            }
            _ => {}
        }
        bytes
    });
    assert_eq!((bytes, times), (Ok(b"replaced".to_vec()), 3));
}

#[test]
fn a_file_that_never_stops_changing_is_refused() {
    let folder = folder();
    let file = folder.path().join("a.toml");
    fs::write(&file, "").expect("a file");
    let mut times = 0;
    let refused = read_steadily(&file, &mut |opened| {
        times += 1;
        fs::write(&file, "x".repeat(times)).expect("it can be written");
        read_all(opened)
    });
    let expected =
        "it changed during each of 5 attempts to read it; try again when nothing writes to it";
    assert_eq!((refused, times), (Err(expected.to_owned()), TRIES as usize));
}
