//! What docs/configuration.md shows: its examples are taken from the page and given to the real flagman. Only
//! the directory of the programs is replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use flagman_test::{Running, blocks};
use nix::sys::signal::Signal::{self, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
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

/// Replaces the script of a program.
fn script(place: &Place, name: &str, text: &str) {
    fs::write(place.0.path().join(name), format!("#!/bin/sh\n{text}\n")).expect("a script");
}

/// Lets the example try again at once.
fn without_pauses(example: &str, pause: &str) -> String {
    assert!(example.contains(pause), "{example}");
    example.replace(pause, "retry-delay = 0\n")
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
fn a_server_that_is_not_ready_is_tried_again_and_only_a_reload_that_succeeds_is_announced() {
    let example = example("reload a server, and try again if it is not ready");
    let example = without_pauses(&example, "retry-delay = 1\n");
    let place = Place::with(&example, &["reload-server", "announce"]);
    // It succeeds from the fourth time on.
    let tries = place.0.path().join("tries");
    let count = format!("echo x >>{0}; echo try; [ $(wc -l <{0}) -ge 4 ]", tries.display());
    script(&place, "reload-server", &count);
    let flagman = place.serve();
    let announced = "announce the server has its new configuration";
    prints(&flagman, SIGHUP, &["try", "try", "try", "try", announced]);
    flagman.stderr.find("SIGHUP: 1 arrival");
    script(&place, "reload-server", "echo never; exit 1");
    prints(&flagman, SIGHUP, &["never", "never", "never", "never"]);
    flagman.stderr.find("SIGHUP: 1 arrival");
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), [""; 0], "it is not announced");
}

#[test]
fn a_backup_is_made_and_one_that_fails_at_last_ends_flagman_with_status_4() {
    let example = example("a backup that must not fail unnoticed");
    let place = Place::with(&example, &["backup"]);
    let line = "SIGUSR1: timeout=none retries=10 retry-delay=60 give-up=3600 on-failure=exit name=backup exec \
                /usr/local/bin/backup /srv\n";
    assert_eq!(place.check(), line);
    let example = without_pauses(&example, "retry-delay = 60\n");
    let place = Place::with(&example, &["backup"]);
    let flagman = place.serve();
    prints(&flagman, SIGUSR1, &["backup /srv"]);
    flagman.end();
    script(&place, "backup", "echo failed; exit 1");
    let flagman = place.serve();
    prints(&flagman, SIGUSR1, &["failed"; 11]);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(4), "{log:#?}");
    assert!(log.iter().any(|line| line.contains("`backup`")), "{log:#?}");
}

#[test]
fn the_hook_before_the_shutdown_runs_once_and_then_flagman_ends() {
    let example = example("leave the load balancer before the shutdown");
    let place = Place::with(&example, &["leave-load-balancer", "check"]);
    let lines = "options: --grace 30\nSIGUSR1: exec /usr/local/bin/check\nSIGTERM: timeout=20 exec \
                 /usr/local/bin/leave-load-balancer\n";
    assert_eq!(place.check(), lines);
    let flagman = place.serve();
    prints(&flagman, SIGUSR1, &["check "]);
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), ["leave-load-balancer "]);
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn a_storm_of_signals_is_one_reload_and_the_file_is_read_again() {
    let example = example("one reload for a storm of signals");
    let line = "SIGHUP (--overlap HUP=rerun --quiet-period HUP=0.5): exec /usr/local/bin/reload-server\n\
                SIGUSR2: reload\n";
    assert_eq!(Place::with(&example, &["reload-server"]).check(), line);
    // A loaded machine may take long between two signals.
    let example = format!("verbose = true\n{}", example.replace("= 0.5", "= 3"));
    let place = Place::with(&example, &["reload-server", "announce"]);
    let flagman = place.serve();
    for _ in 0..29 {
        flagman.signal(SIGHUP);
    }
    prints(&flagman, SIGHUP, &["reload-server "]);
    flagman.stderr.find("SIGHUP: ");
    let changed = example.replace("/usr/local/bin/reload-server", "/usr/local/bin/announce");
    let here = format!("{}/", place.0.path().display());
    fs::write(place.file(), changed.replace(PROGRAMS, &here)).expect("a file can be written");
    flagman.signal(SIGUSR2);
    flagman.stderr.find("reload done");
    prints(&flagman, SIGHUP, &["announce "]);
    flagman.signal(SIGTERM);
    assert_eq!(flagman.stdout.rest(), [""; 0], "each ran once");
}
