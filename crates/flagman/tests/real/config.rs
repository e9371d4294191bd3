//! The configuration file, on the real binary: which files are read, and what is said of the others.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::Signal::{SIGHUP, SIGUSR1};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use super::harness::{Folder, Program, User, needs_root, prefixed, set_mode};

/// An action, so that a file is complete.
const ACTION: &str = "[[action]]\non = \"usr1\"\nrun = [\"print\", \"from the file\"]\n";

/// A folder of root's, or of whoever runs the tests, with a file of this text.
struct Place {
    folder: TempDir,
    file: PathBuf,
}

impl Place {
    fn with(text: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("f.toml");
        fs::write(&file, text).expect("a file can be written");
        Self { folder, file }
    }

    fn words<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let file = self.file.to_str().expect("a path in UTF-8");
        [&["--config", file], words].concat()
    }
}

/// Checks that a flagman that was given `file` has ended with status 2 and one line, which is returned with
/// `F` for the file.
#[track_caller]
fn refusal(output: &Output, file: &Path) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*output.stdout), (Some(2), &b""[..]), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let line = said.trim_end().strip_prefix("CRITICAL:flagman.cli:");
    let line = line.unwrap_or_else(|| panic!("not critical: {said}"));
    line.replace(file.to_str().expect("a path in UTF-8"), "F")
}

/// What is said of `file`, with and without `--check`.
#[track_caller]
fn said_of(file: &Path) -> String {
    let words = ["--config".as_ref(), file.as_os_str()];
    let line = refusal(&Program::Flagman.output(&words), file);
    let words = [&["--check".as_ref()], &words[..]].concat();
    assert_eq!(refusal(&Program::Flagman.output(&words), file), line);
    line
}

#[test]
fn actions_of_the_file_run_before_those_of_the_command_line() {
    let place = Place::with(ACTION);
    let flagman = Program::Flagman.serve(&place.words(&["-v", "--usr1=print typed"]));
    flagman.signal(SIGUSR1);
    flagman.stdout.until("init");
    assert_eq!(flagman.stdout.next().as_deref(), Some("init"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("from the file"));
    assert_eq!(flagman.stdout.next().as_deref(), Some("typed"));
    flagman.stderr.find("SIGUSR1: 1 arrival");
    flagman.end();
}

#[test]
fn options_of_the_file_hold_and_the_command_line_wins() {
    let place = Place::with(format!("log-format = \"json\"\nverbose = 2\n{ACTION}"));
    let flagman = Program::Flagman.serve(&place.words(&["--hup=print x"]));
    flagman.signal(SIGHUP);
    let line = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(line.starts_with('{'), "{line}");
    flagman.end();
    let output = Program::Flagman.output(&place.words(&["--log-format=text", "--nosuch"]));
    assert!(refusal(&output, &place.file).starts_with("unknown option `--nosuch`"));
}

#[test]
fn check_prints_what_was_understood_of_file_and_command_line() {
    let text = "grace = 20\nverbose = true\n[signal.usr1]\noverlap = 'rerun'\n[[action]]\non = ['usr1', 'winch']\n\
                run = ['exec', 'true', 'a b']\nretries = 2\ntimeout = 'none'\n";
    let place = Place::with(text);
    let output = Program::Flagman.output(&place.words(&["--check", "--usr1", "print", "x"]));
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let [options, usr1, winch] = lines[..] else { panic!("three lines: {printed}") };
    assert_eq!(options, "options: --grace 20 --verbose");
    assert!(usr1.starts_with("SIGUSR1") && usr1.contains("rerun"), "{printed}");
    for line in [usr1, winch] {
        assert!(line.contains("exec true 'a b'") && line.contains("none"), "{printed}");
    }
    assert!(printed.contains("; print x\n"), "{printed}");
}

#[test]
fn the_action_directories_of_the_file_are_searched_for_its_actions_and_the_command_lines() {
    let folder = Folder::with(&["ours"]);
    let text = format!(
        "action-dir = {:?}\n[[action]]\non = 'usr1'\nrun = ['ours', 'x']\n",
        folder.path().to_str().expect("a path in UTF-8")
    );
    let place = Place::with(text);
    let output = Program::Flagman.output(&place.words(&["--check", "--hup", "ours", "y"]));
    let printed = String::from_utf8_lossy(&output.stdout);
    let path = folder.path().display();
    let lines = format!("options: --action-dir {path}\nSIGHUP: ours y\nSIGUSR1: ours x\n");
    assert_eq!(printed, lines, "{output:?}");
    let output = Program::Flagman.output(&place.words(&["--list"]));
    assert!(String::from_utf8_lossy(&output.stdout).contains("\nours "), "{output:?}");
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let place = Place::with("");
    let at = |name: &str| place.folder.path().join(name);
    mkfifo(&at("fifo"), Mode::S_IRWXU).expect("a fifo");
    let regular = "give the path of a regular file";
    for (file, why) in [
        (at("missing"), "there is no such file; check the path".to_owned()),
        (at("."), format!("it is a directory; {regular}")),
        (at("fifo"), format!("it is a pipe; {regular}")),
        ("/dev/zero".into(), format!("it is a device; {regular}")),
    ] {
        assert_eq!(said_of(&file), format!("cannot read the configuration file `F`: {why}"));
    }
}

#[test]
fn a_file_of_1_gib_is_refused_without_reading_it() {
    let place = Place::with("");
    let file = OpenOptions::new().write(true).open(&place.file).expect("it opens");
    file.set_len(1 << 30).expect("a hole takes no room");
    let why = "it has more than 1048576 bytes (1 MiB), the most that flagman reads";
    assert_eq!(said_of(&place.file), format!("cannot read the configuration file `F`: {why}"));
}

#[test]
fn a_mistake_in_the_file_is_one_line_with_its_place_and_status_2() {
    for (text, said) in [
        (
            &b"grace = 1\n# caf\xe9\n"[..],
            "F:2:6: the byte 0xe9 is not UTF-8; save the file as UTF-8",
        ),
        (b"grace 1\n", "F:1:1: `grace` has no value; write it after a `=`"),
        (b"\x00", "F:1:1: "),
        (
            b"grace = 1\ngrace = 2\n",
            "F:2:1: `grace` is here for the second time; remove one of the two",
        ),
        (
            b"gracee = 1\n",
            "F:1:1: unknown key `gracee` at the top of the file; did you mean `grace`?",
        ),
        (b"[signal.kill]\n", "F:1:9: `kill` (SIGKILL) cannot be given actions, because "),
        (
            b"[[action]]\non = 'hup'\nrun = ['prnt']\n",
            "F:3:8: unknown action `prnt`; did you mean `print`?",
        ),
        (b"", "No actions configured; exiting"),
    ] {
        let place = Place::with(text);
        let line = said_of(&place.file);
        assert!(line.starts_with(said), "{line}\n{said}");
    }
}

#[test]
fn a_wrong_type_at_each_key_is_one_line_with_its_place() {
    let top = [
        ("overlap", "1"),
        ("quiet-period", "'1'"),
        ("timeout", "true"),
        ("grace", "[]"),
        ("action-dir", "1"),
        ("pid-file", "{}"),
        ("log-format", "1.5"),
        ("log-time", "1"),
        ("notify-reload", "'true'"),
        ("no-systemd", "0"),
        ("successful-empty", "1979-05-27"),
        ("quiet", "'false'"),
        ("errors-only", "[true]"),
        ("verbose", "'2'"),
        ("signal", "true"),
    ];
    let of_signal = [("overlap", "true"), ("quiet-period", "'1'")];
    let of_action = [
        ("on", "1"),
        ("run", "'exec true'"),
        ("timeout", "'1'"),
        ("retries", "1.0"),
        ("retry-delay", "'1'"),
        ("give-up", "false"),
        ("on-failure", "0"),
        ("name", "7"),
    ];
    for (above, keys) in
        [("", &top[..]), ("[signal.usr1]\n", &of_signal), ("[[action]]\n", &of_action)]
    {
        for (key, value) in keys {
            let place = Place::with(format!("{above}{key} = {value}\n"));
            let line = said_of(&place.file);
            let at = format!("F:{}:{}: ", above.lines().count() + 1, key.len() + 4);
            assert!(line.starts_with(&at), "{key} = {value}: {line}");
            assert!(line.contains(&format!("`{key}` needs ")), "{line}");
            assert!(line.contains(&format!("write {key} = ")), "{line}");
        }
    }
}

#[test]
fn root_reads_only_a_file_that_nobody_else_can_change() {
    needs_root("to give files to another user");
    let place = Place::with(ACTION);
    set_mode(&place.file, 0o666);
    let said = said_of(&place.file);
    let why = "flagman runs as root, but other users can write to the file F (mode 0666)";
    assert_eq!(said, format!("cannot read the configuration file `F`: {why}"));
    set_mode(&place.file, 0o644);
    lchown(&place.file, Some(65534), None).expect("root may");
    let said = said_of(&place.file);
    assert!(said.ends_with("but user 65534 owns the file F"), "{said}");
    let others = place.folder.path().join("others");
    fs::create_dir(&others).expect("a directory");
    let link = others.join("link");
    lchown(&place.file, Some(0), None).expect("root may");
    symlink(&place.file, &link).expect("a link");
    lchown(&others, Some(65534), None).expect("root may");
    let said = said_of(&link);
    assert!(said.contains("but user 65534 owns the directory "), "{said}");
    Program::Flagman.serve(&place.words(&[])).end();
}

#[test]
fn another_user_reads_a_file_that_all_can_change_and_none_that_is_secret() {
    let user = User::new();
    let file = user.folder().join("f.toml");
    fs::write(&file, ACTION).expect("a file can be written");
    set_mode(&file, 0o666);
    let words = ["--check".as_ref(), "--config".as_ref(), file.as_os_str()];
    let output = user.command(&[], Program::Flagman, &words).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    set_mode(&file, 0o600);
    let output = user.command(&[], Program::Flagman, &words).output().expect("it starts");
    let said = refusal(&output, &file);
    assert_eq!(said, "cannot read the configuration file `F`: Permission denied (os error 13)");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let place = Place::with(ACTION);
    let is_over = AtomicBool::new(false);
    let words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=read"];
    // Each read takes so long that the file changes meanwhile.
    let mut slowly = prefixed(&[&words[..], &["-e", "inject=read:delay_exit=200000"]].concat());
    slowly.arg(Program::Flagman.path()).args(place.words(&["--check"]));
    let output = thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = OpenOptions::new().append(true).open(&place.file).expect("it opens");
            while !is_over.load(Ordering::Relaxed) {
                file.write_all(b"#").expect("it grows");
                // Else it would become too large before it is read.
                File::set_len(&file, ACTION.len() as u64).expect("it shrinks");
            }
        });
        let output = slowly.output();
        is_over.store(true, Ordering::Relaxed);
        output.expect("strace starts")
    });
    let why =
        "it changed during each of 5 attempts to read it; try again when nothing writes to it";
    let said = refusal(&output, &place.file);
    assert_eq!(said, format!("cannot read the configuration file `F`: {why}"));
}
