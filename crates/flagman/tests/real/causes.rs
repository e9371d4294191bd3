//! Why a program of `exec` cannot be started: each cause is named, with what to do about it.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use nix::sys::signal::Signal::SIGUSR1;
use tempfile::TempDir;

use super::harness::{Program, User, needs_root, prefixed, set_mode};

/// A folder with a file `job` in it.
fn job(text: &str, mode: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    put(&folder.path().join("job"), text.as_bytes(), mode);
    folder
}

/// Writes a file by another process: what this one writes could still be open in a child that another
/// test starts, and the kernel would not execute it.
fn put(file: &Path, text: &[u8], mode: u32) {
    let mut install = Command::new("install");
    install.args(["-m", &format!("{mode:o}"), "/dev/stdin"]).arg(file).stdin(Stdio::piped());
    let mut install = install.spawn().expect("install(1) starts");
    let mut input = install.stdin.take().expect("its input is a pipe");
    input.write_all(text).expect("it takes the text");
    drop(input);
    assert!(install.wait().expect("it ends").success(), "{} cannot be written", file.display());
}

/// What the one line says when `exec` is asked for `./job` in `folder`, at the start and by `--check`.
#[track_caller]
fn refused(folder: &Path, program: &str) -> String {
    let refuse = |options: &[&str]| {
        let mut command =
            Program::Flagman.command(&[options, &["--usr1", "exec", program]].concat());
        said(&command.current_dir(folder).output().expect("flagman starts"))
    };
    let at_start = refuse(&[]);
    assert_eq!(refuse(&["--check"]), at_start);
    at_start
}

/// What a flagman that has refused to start says, in one line.
#[track_caller]
fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b""[..]), "{said}");
    let why = said.strip_prefix("CRITICAL:flagman.cli:`--usr1 exec`: cannot start ");
    let why = why.and_then(|why| why.strip_suffix('\n')).expect("one line");
    assert!(!why.contains('\n'), "{why}");
    why.to_owned()
}

#[test]
fn a_file_without_its_x_bit_is_told_how_to_get_it() {
    let folder = job("#!/bin/sh\n", 0o644);
    let chmod = "`./job`: it is not executable; make it so with `chmod +x ./job`";
    assert_eq!(refused(folder.path(), "./job"), chmod);
}

#[test]
fn a_directory_and_a_file_that_is_not_there_are_told_apart() {
    let folder = job("", 0o755);
    fs::create_dir(folder.path().join("folder")).expect("a directory");
    let told = refused(folder.path(), "./folder");
    assert_eq!(told, "`./folder`: it is a directory, not a program");
    assert_eq!(refused(folder.path(), "./no-such"), "`./no-such`: it does not exist");
    symlink("gone", folder.path().join("link")).expect("a link");
    let told = refused(folder.path(), "./link");
    assert_eq!(told, "`./link`: it is a link to `gone`, which does not exist");
}

#[test]
fn a_script_for_which_there_is_no_interpreter_is_refused_before_anything_is_set_up() {
    let cases = [
        ("#!/no/such\n", "it is a script whose first line names `/no/such`, which does not exist"),
        (
            "#!/usr/bin/env no-such\n",
            "it is a script whose first line has `env` look for `no-such`, which is not in PATH",
        ),
        (
            "#!/bin/sh\r\necho hi\r\n",
            "it has Windows line endings: its first line ends in a carriage return; remove them with `sed -i \
             's/\\r$//' ./job`",
        ),
    ];
    for (text, why) in cases {
        assert_eq!(refused(job(text, 0o755).path(), "./job"), format!("`./job`: {why}"));
    }
}

#[test]
fn a_file_that_path_has_and_that_may_not_be_executed_is_named() {
    let folder = job("#!/bin/sh\n", 0o644);
    let mut command = Program::Flagman.command(&["--check", "--usr1", "exec", "job"]);
    command.env("PATH", folder.path());
    let file = folder.path().join("job").display().to_string();
    let why = format!(
        "`job`: it was found in PATH as `{file}`, which is not executable; make it so with `chmod +x {file}`"
    );
    assert_eq!(said(&command.output().expect("flagman starts")), why);
    let why = "`job`: no program of that name is in PATH; for the file in the current directory write `./job`";
    assert_eq!(refused(folder.path(), "job"), why);
}

#[test]
fn a_file_system_that_is_mounted_with_noexec_is_named() {
    needs_root("to mount a file system");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script =
        r#"mount -t tmpfs -o noexec tmpfs "$0" && cp /bin/true "$0/job" && exec "$@" "$0/job""#;
    let mut command = prefixed(&["unshare", "--mount", "sh", "-c", script]);
    command.arg(folder.path()).arg(Program::Flagman.path()).args(["--check", "--usr1", "exec"]);
    let why = said(&command.output().expect("flagman starts"));
    assert!(
        why.contains("job`: it is on a file system that is mounted with `noexec`; move it"),
        "{why}"
    );
}

#[test]
fn another_users_file_and_folder_are_named_as_such() {
    let user = User::new();
    let folder = job("#!/bin/sh\n", 0o750);
    set_mode(folder.path(), 0o700);
    let file = folder.path().join("job").display().to_string();
    let refused = || {
        let words = ["--check", "--usr1", "exec", &file];
        let mut command = user.command(&[], Program::Flagman, &words);
        said(&command.output().expect("flagman starts"))
    };
    let above = folder.path().display();
    assert_eq!(
        refused(),
        format!("`{file}`: it is below `{above}`, which this user may not enter")
    );
    set_mode(folder.path(), 0o755);
    let mode = "it may not be executed by this user: its mode is 750 and its owner is user 0";
    assert_eq!(refused(), format!("`{file}`: {mode}"));
}

/// What a run of `./job` fails with, after `change` was made to it.
#[track_caller]
fn failure(folder: &TempDir, change: impl Fn(&Path)) -> String {
    let mut command = Program::Flagman.command(&["--usr1", "exec", "./job"]);
    command.current_dir(folder.path());
    let flagman = super::harness::Flagman::serve(command);
    change(&folder.path().join("job"));
    flagman.signal(SIGUSR1);
    let error = flagman.stderr.find("ERROR:");
    flagman.end();
    let start = "ERROR:flagman.core:action `exec` failed on SIGUSR1: cannot start `./job`: ";
    error.strip_prefix(start).unwrap_or(&error).to_owned()
}

#[test]
fn what_is_no_program_fails_its_runs_with_a_hint_at_what_a_script_needs() {
    let why = "it is not a program; a script needs a first line that names its interpreter, such as \
               `#!/bin/sh`";
    assert_eq!(failure(&job("echo hi\n", 0o755), |_| {}), why);
    let damaged = "it is a program for another kind of machine, or damaged";
    assert_eq!(failure(&job("\x7fELF", 0o755), |_| {}), damaged);
}

#[test]
fn a_cause_that_comes_after_the_set_up_is_named_when_a_run_fails() {
    let why = failure(&job("#!/bin/true\n", 0o755), |job| set_mode(job, 0o644));
    assert_eq!(why, "it is not executable; make it so with `chmod +x ./job`");
    let why = failure(&job("#!/bin/true\n", 0o755), |job| {
        put(job, b"#!/no/such\n", 0o755);
    });
    assert_eq!(why, "it is a script whose first line names `/no/such`, which does not exist");
    let folder = job("#!/bin/true\n", 0o755);
    let writer = File::options().append(true).open(folder.path().join("job")).expect("a file");
    let why = failure(&folder, |_| {});
    drop(writer);
    assert_eq!(why, "it is open for writing; start it when that is finished");
}

#[test]
fn a_program_that_lacks_its_loader_is_told_to_be_for_another_system() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("job");
    let mut program = fs::read("/bin/true").expect("it can be read");
    let loader = b"/ld-linux";
    let place = program.windows(loader.len()).position(|bytes| bytes == loader);
    program[place.expect("it is dynamically linked") + 1] = b'X';
    put(&file, &program, 0o755);
    let why = "it is a program for another system: the dynamic loader that it names does not exist";
    assert_eq!(failure(&folder, |_| {}), why);
}

#[test]
fn a_working_directory_that_was_removed_is_named() {
    let folder = job("#!/bin/sh\n", 0o755);
    let mut command = Command::new("sh");
    let script = "rm -r \"$PWD\"; exec \"$0\" --usr1 exec ./job";
    command.args(["-c", script]).arg(Program::Flagman.path()).current_dir(folder.path());
    let line = said(&command.output().expect("flagman starts"));
    assert!(line.contains("`./job`"), "{line}");
    assert!(line.ends_with("cannot be found: the working directory has been removed"), "{line}");
}
