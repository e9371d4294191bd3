//! What docs/configuration.md shows: its examples are taken from the page and given to the real flagman. Only
//! the directory of the programs is replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use flagman_test::{Running, blocks};
use nix::sys::signal::Signal::{self, SIGHUP, SIGUSR1};
use tempfile::TempDir;

use super::harness::{Program, set_mode};

const PAGE: &str = "docs/configuration.md";

/// Where the page has its programs.
const PROGRAMS: &str = "/usr/local/bin/";

/// A folder with an example as `f.toml`, and its programs. Each of them prints its name and its words.
struct Place(TempDir);

impl Place {
    fn with(toml: &str, programs: &[&str]) -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary folder"));
        for name in programs {
            let path = place.0.path().join(name);
            fs::write(&path, "#!/bin/sh\necho \"${0##*/} $*\"\n").expect("a script");
            set_mode(&path, 0o755);
        }
        let here = format!("{}/", place.0.path().display());
        fs::write(place.file(), toml.replace(PROGRAMS, &here)).expect("a file can be written");
        place
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("f.toml")
    }

    fn output(&self, words: &[&str]) -> Output {
        let file = self.file();
        let config = ["--config", file.to_str().expect("a path in UTF-8")];
        Program::Flagman.output(&[&config, words].concat())
    }

    /// What `--check` prints, with the directory that the page has.
    #[track_caller]
    fn check(&self) -> String {
        let output = self.output(&["--check"]);
        assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]), "{output:?}");
        let here = format!("{}/", self.0.path().display());
        String::from_utf8_lossy(&output.stdout).replace(&here, PROGRAMS)
    }

    fn serve(&self) -> Running {
        Program::Flagman.serve(&["--config".as_ref(), self.file().as_os_str()])
    }
}

/// The first block of an example.
#[track_caller]
fn example(heading: &str) -> String {
    let all = blocks(PAGE, &format!("Example: {heading}"));
    all.into_iter().next().expect("the example has a block")
}

/// Sends the signal, and waits for the line that a program prints.
#[track_caller]
fn prints(flagman: &Running, signal: Signal, lines: &[&str]) {
    flagman.signal(signal);
    for line in lines {
        assert_eq!(flagman.stdout.next().as_deref(), Some(*line));
    }
}

#[test]
fn the_file_of_the_first_screen_is_understood() {
    let [file, ..] = &blocks(PAGE, "The configuration file")[..] else { panic!("a block") };
    let place = Place::with(file, &["check"]);
    let lines = "options: --grace 20\n\
                 SIGUSR1 (--overlap USR1=rerun): retries=3 exec /usr/local/bin/check\n";
    assert_eq!(place.check(), lines);
    prints(&place.serve(), SIGUSR1, &["check "]);
}

#[test]
fn a_mistake_is_told_as_the_page_shows_it() {
    let [session, comment] = &blocks(PAGE, "Checking a file")[..] else { panic!("two blocks") };
    let (command, said) = session.split_once('\n').expect("a command and a line");
    assert_eq!(command, "$ flagman --check --config web.toml");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("web.toml");
    fs::write(file, format!("{comment}gracee = 1\n")).expect("a file can be written");
    let mut flagman = Program::Flagman.command(&["--check", "--config", "web.toml"]);
    let output = flagman.current_dir(folder.path()).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
}

#[test]
fn the_schema_is_where_the_page_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = fs::read_to_string(root.join("crates/flagman/Cargo.toml")).expect("a manifest");
    assert!(manifest.contains("schema/flagman.schema.json\", \"usr/share/flagman/\""));
    let [_, comment] = &blocks(PAGE, "Checking a file")[..] else { panic!("two blocks") };
    assert_eq!(comment, "#:schema /usr/share/flagman/flagman.schema.json\n");
}

#[test]
fn the_logs_are_opened_again_after_a_rotation() {
    let example = example("open the logs again after a rotation");
    let place = Place::with(&example, &["reopen-logs"]);
    assert_eq!(place.check(), "SIGHUP: timeout=10 exec /usr/local/bin/reopen-logs --all\n");
    let flagman = place.serve();
    prints(&flagman, SIGHUP, &["reopen-logs --all"]);
    flagman.end();
}

#[test]
fn a_server_is_reloaded_and_then_announced() {
    let example = example("reload a server, and try again if it is not ready");
    let place = Place::with(&example, &["reload-server", "announce"]);
    let line = "options: --verbose\n\
                SIGHUP (--overlap HUP=rerun): timeout=30 retries=3 on-failure=stop exec \
                /usr/local/bin/reload-server; exec /usr/local/bin/announce 'the server has its new \
                configuration'\n";
    assert_eq!(place.check(), line);
    let flagman = place.serve();
    let lines = ["reload-server ", "announce the server has its new configuration"];
    prints(&flagman, SIGHUP, &lines);
    flagman.stderr.find("SIGHUP: 1 arrival");
    flagman.end();
}

#[test]
fn a_backup_is_made() {
    let example = example("a backup that must not fail unnoticed");
    let place = Place::with(&example, &["backup"]);
    let line = "SIGUSR1: timeout=none retries=10 retry-delay=60 give-up=3600 on-failure=exit name=backup exec \
                /usr/local/bin/backup /srv\n";
    assert_eq!(place.check(), line);
    let flagman = place.serve();
    prints(&flagman, SIGUSR1, &["backup /srv"]);
    flagman.end();
}

#[test]
fn the_hook_before_the_shutdown_is_understood() {
    let example = example("leave the load balancer before the shutdown");
    let place = Place::with(&example, &["leave-load-balancer", "check"]);
    let lines = "options: --grace 30\nSIGUSR1: exec /usr/local/bin/check\nSIGTERM: timeout=20 exec \
                 /usr/local/bin/leave-load-balancer\n";
    assert_eq!(place.check(), lines);
}

#[test]
fn a_quiet_period_is_understood() {
    let example = example("one reload for a storm of signals");
    let (file, reload) = example.rsplit_once("[[action]]\n").expect("an action at its end");
    assert_eq!(reload, "on = \"usr2\"\nrun = [\"reload\"]\n");
    let place = Place::with(file, &["reload-server"]);
    let line =
        "SIGHUP (--overlap HUP=rerun --quiet-period HUP=0.5): exec /usr/local/bin/reload-server\n";
    assert_eq!(place.check(), line);
}
