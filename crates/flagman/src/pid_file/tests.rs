//! Claims, numbers and removals, with real files and competing threads.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::PidFile;

fn refused(path: &Path) -> String {
    PidFile::claim(path).expect_err("it is refused").to_string()
}

#[test]
fn the_file_is_empty_until_it_is_written_and_gone_after_its_release() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let pid_file = PidFile::claim(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o644);
    pid_file.announce();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
    let held = format!("process {} holds it; end that process first", std::process::id());
    assert!(refused(&path).contains(&held), "{}", refused(&path));
    drop(pid_file);
    assert!(!path.exists());
}

#[test]
fn a_stale_file_is_replaced_whatever_process_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    // Process 1 exists, but has not locked the file.
    for stale in ["", "1\n", "  4194305 \n", "\0\0\0\0\0"] {
        fs::write(&path, stale).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let pid_file = PidFile::claim(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "", "{stale:?}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o644);
        drop(pid_file);
    }
}

#[test]
fn what_is_not_a_pid_file_is_refused_and_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [("text", "root:x:0"), ("long", &"1".repeat(33)), ("minus", "-1")] {
        fs::write(path(name), text).unwrap();
        assert!(refused(&path(name)).contains("its content is not a process id"), "{name}");
        assert_eq!(fs::read_to_string(path(name)).unwrap(), *text);
    }
    fs::write(path("target"), "1").unwrap();
    symlink(path("target"), path("link")).unwrap();
    symlink(path("nowhere"), path("dangling")).unwrap();
    for name in ["link", "dangling"] {
        assert!(refused(&path(name)).ends_with("it is a symbolic link; name the file itself"));
    }
    assert_eq!(fs::read_to_string(path("target")).unwrap(), "1");
    assert!(!path("nowhere").exists());
    mkfifo(&path("fifo"), Mode::S_IRWXU).unwrap();
    let _socket = UnixListener::bind(path("socket")).unwrap();
    fs::create_dir(path("folder")).unwrap();
    for name in ["fifo", "socket", "folder", "folder/"] {
        assert!(refused(&path(name)).contains("it is not a regular file"), "{name}");
    }
    assert!(refused(Path::new("/dev/null")).contains("it is not a regular file"));
    assert!(refused(Path::new("/")).contains("it is not a regular file"));
    let directory = "cannot open its directory: No such file or directory (os error 2)";
    assert!(refused(&path("no/pid")).ends_with(directory), "{}", refused(&path("no/pid")));
}

#[test]
fn a_directory_in_which_no_file_can_be_made_is_an_error() {
    let refused = refused(Path::new("/proc/pid"));
    assert!(
        refused.starts_with("cannot use the pid file `/proc/pid`: cannot create it: "),
        "{refused}"
    );
}

#[test]
fn a_file_that_somebody_else_has_put_there_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let pid_file = PidFile::claim(&path).unwrap();
    fs::remove_file(&path).unwrap();
    // This is another inode, because the old one is still open.
    fs::write(&path, "a stranger's").unwrap();
    pid_file.announce();
    pid_file.remove();
    assert_eq!(fs::read_to_string(&path).unwrap(), "a stranger's");
}

#[test]
fn a_file_that_was_removed_before_it_was_written_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let pid_file = PidFile::claim(&path).unwrap();
    fs::remove_file(&path).unwrap();
    pid_file.announce();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
    assert!(PidFile::claim(&path).is_err());
    pid_file.remove();
    assert!(!path.exists());
    // It stays removed.
    pid_file.announce();
    assert!(!path.exists());
}

#[test]
fn a_directory_that_was_moved_is_still_the_one_whose_file_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    fs::create_dir(&here).unwrap();
    let pid_file = PidFile::claim(&here.join("pid")).unwrap();
    fs::rename(&here, &there).unwrap();
    fs::create_dir(&here).unwrap();
    fs::write(here.join("pid"), "1").unwrap();
    drop(pid_file);
    assert!(!there.join("pid").exists());
    assert_eq!(fs::read_to_string(here.join("pid")).unwrap(), "1");
}

#[test]
fn a_number_that_cannot_be_written_completely_is_an_error_and_leaves_the_file_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let pid_file = PidFile::claim(&path).unwrap();
    *pid_file.file.lock().unwrap() = Some(File::open(&path).unwrap());
    assert!(pid_file.write().is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn if_many_claim_a_stale_file_at_once_only_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    for _ in 0..200 {
        fs::write(&path, "1").unwrap();
        let start = Barrier::new(4);
        let claim = || {
            start.wait();
            PidFile::claim(&path)
        };
        let claims: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let refused = claims.iter().filter_map(|claim| claim.as_ref().err());
        assert!(refused.clone().all(|refused| refused.to_string().contains(" holds it")));
        assert_eq!(refused.count(), 3);
        drop(claims);
        assert!(!path.exists());
    }
}
