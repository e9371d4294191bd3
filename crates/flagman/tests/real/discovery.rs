//! Action programs: where they are found, which are refused, and what the command line makes of
//! them.

use std::ffi::OsStr;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use nix::unistd::getuid;

use super::harness::{Folder, Program, User, set_mode};

/// The flagman that ships with `words` and action programs only where a test says.
pub(super) fn flagman(words: &[&OsStr]) -> Command {
    let mut command = Program::Flagman.command(words);
    command.env_remove("FLAGMAN_ACTION_PATH");
    command
}

/// Lists the actions with `--action-dir` for each of `folders`.
pub(super) fn list(folders: &[&Folder]) -> (Vec<String>, Vec<String>) {
    let mut words: Vec<&OsStr> = vec!["--list".as_ref()];
    for folder in folders {
        words.extend([OsStr::new("--action-dir"), folder.path().as_os_str()]);
    }
    lines(&flagman(&words).output().expect("it starts"), 0)
}

/// What was printed and what was said, after the program has ended with `status`.
pub(super) fn lines(output: &Output, status: i32) -> (Vec<String>, Vec<String>) {
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    let (printed, said): (Vec<String>, Vec<String>) =
        (lines(&output.stdout), lines(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{printed:#?} {said:#?}");
    (printed, said)
}

/// Checks that `words`, after `--action-dir` with the folder, are refused with one critical line
/// that holds `text`.
pub(super) fn is_refused(folder: &Folder, words: &[&str], text: &str) {
    for check in [&[][..], &["--check"]] {
        let mut all = vec![OsStr::new("--action-dir"), folder.path().as_os_str()];
        all.extend(check.iter().chain(words).map(OsStr::new));
        let (printed, said) = lines(&flagman(&all).output().expect("it starts"), 2);
        assert!(printed.is_empty(), "{words:?}: {printed:#?}");
        assert!(said.len() == 1 && said[0].starts_with("CRITICAL:flagman.cli:"), "{said:#?}");
        assert!(said[0].contains(text), "{words:?}: {said:#?}");
    }
}

pub(super) fn holds(lines: &[String], texts: &[&str]) -> bool {
    lines.iter().any(|line| texts.iter().all(|text| line.contains(text)))
}

#[test]
fn programs_are_listed_beside_the_built_in_actions_and_warned_of_when_they_are_shadowed() {
    let (one, two) = (Folder::with(&["good", "print"]), Folder::with(&["good", "kit"]));
    let (printed, said) = list(&[&one, &two]);
    for name in ["good", "kit", "print"] {
        let count = printed.iter().filter(|line| line.starts_with(name)).count();
        assert!(count >= 1, "{name}: {printed:#?}");
    }
    let (first, second) = (one.shown("good"), two.shown("good"));
    assert!(holds(&said, &["WARNING:", &format!("{second} is shadowed by {first}")]), "{said:#?}");
    let built_in = format!("{} is shadowed by the built-in action `print`", one.shown("print"));
    assert!(holds(&said, &["WARNING:", &built_in]), "{said:#?}");
    assert_eq!(said.len(), 2, "{said:#?}");
}

#[test]
fn directories_are_searched_in_the_order_of_action_dir_own_path_and_path() {
    let say = |who: &str| {
        format!(
            "if [ $1 = describe ]; then echo '{{\"protocol\":1,\"description\":\"{who}\",\
             \"arguments\":[]}}'; fi"
        )
    };
    let folders = ["one", "two", "three", "four"].map(|who| {
        let folder = Folder::with(&[]);
        folder.script("who", &say(&format!("from-{who}")));
        folder
    });
    let paths = folders.each_ref().map(|folder| folder.path().as_os_str());
    let path = std::env::join_paths([paths[3], "/usr/bin".as_ref(), "/bin".as_ref()]);
    let directories: [&[&OsStr]; 3] =
        [&["--action-dir".as_ref(), paths[0], "--action-dir".as_ref(), paths[1]], &[], &[]];
    for (round, expected) in ["from-one", "from-three", "from-four"].into_iter().enumerate() {
        let mut command = flagman(&[&["--list".as_ref()], directories[round]].concat());
        command.env("PATH", path.as_ref().expect("a path"));
        if round < 2 {
            command.env("FLAGMAN_ACTION_PATH", paths[2]);
        }
        let (printed, said) = lines(&command.output().expect("it starts"), 0);
        assert!(holds(&printed, &["who", expected]), "{printed:#?}");
        let shadowed = said.iter().filter(|line| line.contains(" is shadowed by ")).count();
        assert_eq!(shadowed, [3, 1, 0][round], "{said:#?}");
    }
}

#[test]
fn a_list_is_there_within_three_seconds_however_many_programs_hang() {
    let names = (0..20).map(|number| format!("describe-hang{number}"));
    let folder = Folder::with(&["good"]);
    for name in names {
        folder.script(&name, "exec sleep 1000");
    }
    folder.add("describe-hang");
    let start = Instant::now();
    let (printed, said) = list(&[&folder]);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(holds(&printed, &["good"]), "{printed:#?}");
    let warned = said.iter().filter(|line| line.contains("it did not answer `describe` within"));
    assert_eq!(warned.count(), 21, "{said:#?}");
}

#[test]
fn a_program_that_describes_itself_badly_is_warned_of_and_cannot_be_used() {
    let cases = [
        ("describe-die", "it exited with status 3"),
        ("describe-garbage", "its description is malformed: "),
        ("describe-newer", "2"),
        ("describe-endless", "its description is longer than 1048576 bytes"),
        ("describe-hang", "it did not answer `describe` within 2 s"),
    ];
    let names = cases.map(|(name, _)| name);
    let folder = Folder::with(&[&names[..], &["good"]].concat());
    let (printed, said) = list(&[&folder]);
    assert!(holds(&printed, &["good"]), "{printed:#?}");
    let warnings: Vec<String> =
        said.iter().filter(|line| line.starts_with("WARNING:")).cloned().collect();
    assert_eq!(warnings.len(), cases.len(), "{said:#?}");
    for (name, text) in cases {
        let start = format!("action program {} cannot be used: ", folder.shown(name));
        assert!(holds(&warnings, &[&start, text]), "{name}: {said:#?}");
        is_refused(&folder, &["--usr1", name], text);
    }
}

#[test]
fn what_is_not_executable_is_skipped_with_a_warning() {
    let (one, two) = (Folder::with(&["good"]), Folder::with(&["good"]));
    set_mode(one.shown("good").as_ref(), 0o644);
    let text = "is skipped: it is not executable";
    let (printed, said) = list(&[&one, &two]);
    assert!(holds(&printed, &["good"]) && holds(&said, &["WARNING:", text]), "{said:#?}");
    is_refused(&one, &["--usr1", "good", "a"], text);
}

#[test]
fn whether_a_program_can_be_executed_is_asked_for_the_user_as_whom_flagman_acts() {
    if !getuid().is_root() {
        return;
    }
    let (one, two) = (Folder::with(&["good"]), Folder::with(&["good"]));
    // Root, as whom it was called, may execute the first one; nobody, as whom it acts, may not.
    set_mode(one.shown("good").as_ref(), 0o700);
    let program = one.copy(&Program::Flagman.path(), "itself");
    for folder in [&one, &two] {
        set_mode(folder.path(), 0o755);
    }
    let mut command = Command::new("setpriv");
    command.args(["--ruid", "0", "--euid", "65534"]).arg(program).arg("--list");
    for folder in [&one, &two] {
        command.arg("--action-dir").arg(folder.path());
    }
    let (printed, said) = lines(&command.output().expect("setpriv starts"), 0);
    let line = format!("{} is skipped: it is not executable", one.shown("good"));
    assert!(holds(&printed, &["good"]) && holds(&said, &["WARNING:", &line]), "{said:#?}");
}

#[test]
fn root_refuses_what_others_can_write_to_and_says_why() {
    if !getuid().is_root() {
        return;
    }
    let (open, closed) = (Folder::with(&["good"]), Folder::with(&["good", "kit"]));
    set_mode(open.path(), 0o777);
    set_mode(closed.shown("kit").as_ref(), 0o775);
    let why = "flagman runs as root, but other users can write to";
    let (_, said) = list(&[&open, &closed]);
    let texts = [
        ("good", &open, format!("directory {}", open.path().display()), "0777"),
        ("kit", &closed, format!("file {}", closed.shown("kit")), "0775"),
    ];
    for (name, folder, what, mode) in texts {
        let line = format!("{} is skipped: {why} the {what} (mode {mode})", folder.shown(name));
        assert!(holds(&said, &["WARNING:", &line]), "{said:#?}");
        is_refused(folder, &["--usr1", name, "a"], why);
    }
    // A link into a directory that others can write to is no better.
    std::os::unix::fs::symlink(open.shown("good"), closed.shown("link")).expect("a link");
    is_refused(&closed, &["--usr1", "link", "a"], why);
    std::os::unix::fs::chown(closed.shown("good"), Some(65534), None).expect("root may");
    is_refused(&closed, &["--usr1", "good", "a"], "user 65534 owns");
}

#[test]
fn a_program_that_is_skipped_for_the_next_of_its_name_is_warned_of_at_the_start() {
    let (one, two) = (Folder::with(&["good"]), Folder::with(&["good"]));
    set_mode(one.shown("good").as_ref(), 0o644);
    let path = one.path().to_str().expect("a path in UTF-8");
    let flagman = two.serve(&["--action-dir", path, "--usr1", "good", "a"]);
    assert_eq!(flagman.stdout.next().as_deref(), Some("a set up, 1 words"));
    assert!(flagman.end().iter().all(|line| !line.contains("is skipped")));
    let path = two.path().to_str().expect("a path in UTF-8");
    let flagman = one.serve(&["--action-dir", path, "--usr1", "good", "a"]);
    assert_eq!(flagman.stdout.next().as_deref(), Some("a set up, 1 words"));
    let line = format!("{} is skipped: it is not executable", one.shown("good"));
    flagman.stderr.find(&format!("WARNING:flagman.cli:action program {line}"));
    flagman.end();
}

#[test]
fn a_check_asks_a_program_what_it_takes_and_sets_nothing_up() {
    let folder = Folder::with(&["good", "describe-typed"]);
    let path = folder.path().as_os_str();
    let words = ["--check", "--usr1", "describe-typed", "7", "--usr1=good 'a b'", "--action-dir"];
    let mut words: Vec<&OsStr> = words.map(OsStr::new).into();
    // It counts although it stands after the action.
    words.push(path);
    let (printed, said) = lines(&flagman(&words).output().expect("it starts"), 0);
    assert_eq!(printed, ["SIGUSR1: describe-typed 7; good 'a b'"]);
    assert!(said.is_empty(), "{said:#?}");
    is_refused(&folder, &["--usr1", "describe-typed", "seven"], "`seven`");
    is_refused(&folder, &["--usr1", "describe-typed"], "`number: int`");
    is_refused(&folder, &["--usr1", "describe-typed", "7", "8"], "unexpected word `8`");
    is_refused(&folder, &["--usr1", "descrbe-typed", "7"], "did you mean `describe-typed`?");
}

#[test]
fn a_directory_of_action_dir_that_cannot_be_searched_is_warned_of_at_the_start_and_by_list_and_check()
 {
    let folder = Folder::with(&["good"]);
    let (missing, file) = (folder.path().join("missing"), folder.path().join("file"));
    std::fs::write(&file, "").expect("a file can be written");
    let cases = [
        (missing.display().to_string(), "No such file or directory (os error 2)"),
        (file.display().to_string(), "Not a directory (os error 20)"),
    ];
    for (path, why) in &cases {
        let line = format!(
            "WARNING:flagman.cli:cannot read the directory of `--action-dir {path}`: {why}"
        );
        for asked in [&["--list"][..], &["--check", "--usr1", "good", "a"]] {
            let mut words = vec![OsStr::new("--action-dir"), folder.path().as_os_str()];
            let twice = ["--action-dir", path, "--action-dir", path];
            words.extend(twice.iter().chain(asked).map(OsStr::new));
            let (printed, said) = lines(&flagman(&words).output().expect("it starts"), 0);
            assert!(holds(&printed, &["good"]), "{printed:#?}");
            assert_eq!(said, [line.as_str()]);
        }
        let flagman = folder.serve(&["--action-dir", path, "--usr1", "good", "a"]);
        flagman.stderr.find(&line);
        flagman.end();
        // An action that is not found may be in there.
        let words = ["--action-dir", path, "--usr1", "elsewhere"];
        let why = format!(
            "unknown action `elsewhere` after `--usr1`; cannot read the directory of `--action-dir \
             {path}`: {why}"
        );
        is_refused(&folder, &words, &why);
    }
}

#[test]
fn so_is_one_that_flagman_may_not_read() {
    let user = User::new();
    let folder = Folder::with(&["good"]);
    set_mode(folder.path(), 0o700);
    let list = || {
        let words = ["--list".as_ref(), "--action-dir".as_ref(), folder.path().as_os_str()];
        lines(&user.command(&[], Program::Flagman, &words).output().expect("it starts"), 0)
    };
    let (printed, said) = list();
    let line = format!("{}`: Permission denied (os error 13)", folder.path().display());
    assert!(said.len() == 1 && holds(&said, &["WARNING:", &line]), "{said:#?}");
    assert!(!holds(&printed, &["good"]), "{printed:#?}");
    set_mode(folder.path(), 0o755);
    let (printed, said) = list();
    assert!(holds(&printed, &["good"]) && said.is_empty(), "{printed:#?} {said:#?}");
}
