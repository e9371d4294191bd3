//! As root, flagman runs no action program that somebody else could have put in its place, and looks
//! again before each start.

use std::fs;
use std::os::unix::fs::{lchown, symlink};
use std::path::{Path, PathBuf};

use flagman_test::{install, install_script};
use nix::sys::signal::Signal::SIGUSR1;

use super::discovery::{flagman, holds, is_refused, lines, list};
use super::harness::{Flagman, Folder, Program, User, needs_root, set_mode};

/// A user who is not root.
const USER: u32 = 65534;

/// An action program that ends in each run, so that the next run starts it again.
const DIES: &str = "run-exit_1";

/// A folder with the directory `actions`, which is root's, and the directory `home`, which is a user's and
/// holds a script that leaves a mark.
struct Place(Folder);

impl Place {
    #[track_caller]
    fn new() -> Self {
        needs_root("to give files to another user");
        let place = Self(Folder::with(&[]));
        for name in ["actions", "home"] {
            fs::create_dir(place.at(name)).expect("a directory can be made");
            set_mode(&place.at(name), 0o755);
        }
        let mark = format!("touch {}", place.at("mark").display());
        install_script(&mark, &place.at("home"), DIES);
        give(&place.users());
        give(&place.at("home"));
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The user's script.
    fn users(&self) -> PathBuf {
        self.at("home").join(format!("flagman-action-{DIES}"))
    }

    /// Where flagman finds the program.
    fn program(&self) -> PathBuf {
        self.at("actions").join(format!("flagman-action-{DIES}"))
    }

    /// Checks that the program of `directory` is neither listed nor run, because of `why`.
    #[track_caller]
    fn is_distrusted(&self, directory: &str, why: &str) {
        let folder = self.at(directory);
        let words = ["--list".as_ref(), "--action-dir".as_ref(), folder.as_os_str()];
        let (printed, said) = lines(&flagman(&words).output().expect("it starts"), 0);
        let path = folder.join(format!("flagman-action-{DIES}"));
        let line =
            format!("action program {} is skipped: flagman runs as root, but", path.display());
        assert!(holds(&said, &["WARNING:", &format!("{line} {why}")]), "{said:#?}");
        assert!(!holds(&printed, &[DIES]), "{printed:#?}");
        let folder = folder.to_str().expect("a path in UTF-8");
        is_refused(&self.0, &["--action-dir", folder, "--usr1", DIES, "x"], why);
        self.users_did_not_run();
    }

    fn users_did_not_run(&self) {
        assert!(!self.at("mark").exists(), "the user's script ran");
    }

    /// Serves with the program in `directory`, and lets it end.
    #[track_caller]
    fn serve(&self, directory: &str) -> Flagman {
        let folder = self.at(directory);
        let folder = folder.to_str().expect("a path in UTF-8");
        // flagman itself paces the runs: the second action takes a second.
        let pace = ["--usr1", "delay_print", "x", "1"];
        let words = [&["-v", "--action-dir", folder, "--usr1", DIES, "x"], &pace[..]].concat();
        let flagman = Program::Flagman.serve(&words);
        let log = run(&flagman);
        assert!(holds(&log, &[DIES, "failed on SIGUSR1: it exited with status 1"]), "{log:#?}");
        flagman
    }

    /// Checks that the next run fails because of `why`, that the user's script does not run, and that the
    /// program is started again when `mend` has put things right.
    #[track_caller]
    fn is_not_started_again(&self, flagman: &Flagman, why: &str, mend: impl FnOnce()) {
        let log = run(flagman);
        let line = format!(
            "ERROR:flagman.core:action `{DIES}` failed on SIGUSR1: cannot start it again: cannot start \
             `{}`: flagman runs as root, but {why}",
            self.program().display()
        );
        assert!(holds(&log, &[&line]), "{line} is not in {log:#?}");
        self.users_did_not_run();
        mend();
        while !holds(&run(flagman), &[DIES, "failed on SIGUSR1: it exited with status 1"]) {}
    }
}

/// Makes it the user's.
fn give(path: &Path) {
    lchown(path, Some(USER), Some(USER)).expect("root may");
}

/// Lets the bundle of SIGUSR1 run once.
#[track_caller]
fn run(flagman: &Flagman) -> Vec<String> {
    flagman.signal(SIGUSR1);
    flagman.stderr.until("SIGUSR1: 1 arrival")
}

#[test]
fn a_link_through_a_users_directory_is_not_followed_even_to_a_program_of_roots() {
    let place = Place::new();
    let installed = install(&Program::Action.path(), &place.at("actions"), "elsewhere");
    symlink(&installed, place.at("home/link")).expect("a link");
    symlink("../home/link", place.program()).expect("a link");
    let why = format!("user {USER} owns the directory {}", place.at("home").display());
    place.is_distrusted("actions", &why);
}

#[test]
fn an_action_directory_below_a_users_directory_is_not_used() {
    let place = Place::new();
    fs::create_dir_all(place.at("home/lib/actions")).expect("a directory can be made");
    install(&Program::Action.path(), &place.at("home/lib/actions"), DIES);
    let why = format!("user {USER} owns the directory {}", place.at("home").display());
    place.is_distrusted("home/lib/actions", &why);
}

#[test]
fn an_action_directory_below_one_that_others_can_write_to_is_not_used_unless_that_is_sticky() {
    let place = Place::new();
    let (above, actions) = (place.at("actions"), place.at("actions/below"));
    fs::create_dir(&actions).expect("a directory can be made");
    install(&Program::Action.path(), &actions, DIES);
    let why = |path: &Path, mode| {
        format!("other users can write to the directory {} (mode {mode})", path.display())
    };
    set_mode(&above, 0o777);
    place.is_distrusted("actions/below", &why(&above, "0777"));
    set_mode(&above, 0o1777);
    place.serve("actions/below").end();
    // What is directly in a sticky directory may have been moved there by anybody.
    install(&Program::Action.path(), &above, DIES);
    place.is_distrusted("actions", &why(&above, "1777"));
    // The same holds for a directory that others can write to, sticky or not.
    set_mode(&actions, 0o1777);
    place.is_distrusted("actions/below", &why(&actions, "1777"));
}

#[test]
fn an_action_directory_that_is_named_from_the_working_directory_is_looked_at_from_the_root() {
    let place = Place::new();
    install(&Program::Action.path(), &place.at("actions"), DIES);
    let words = ["--list", "--action-dir", "actions"].map(AsRef::as_ref);
    let here = || {
        let mut command = flagman(&words);
        command.current_dir(place.0.path());
        lines(&command.output().expect("it starts"), 0)
    };
    let (printed, said) = here();
    assert!(holds(&printed, &[DIES]) && said.is_empty(), "{printed:#?} {said:#?}");
    set_mode(place.0.path(), 0o757);
    let (printed, said) = here();
    let line = format!("action program {} is skipped: ", place.program().display());
    let why = format!("write to the directory {} (mode 0757)", place.0.path().display());
    assert!(holds(&said, &["WARNING:", &line, &why]), "{said:#?}");
    assert!(!holds(&printed, &[DIES]), "{printed:#?}");
}

#[test]
fn a_link_that_a_user_turns_between_two_starts_fails_the_run_and_the_users_script_does_not_run() {
    let place = Place::new();
    let installed = install(&Program::Action.path(), &place.at("actions"), "elsewhere");
    let turn = |target: &Path| {
        let _ = fs::remove_file(place.program());
        symlink(target, place.program()).expect("a link");
    };
    turn(&installed);
    let flagman = place.serve("actions");
    turn(&place.users());
    give(&place.program());
    let why = format!("user {USER} owns the link {}", place.program().display());
    place.is_not_started_again(&flagman, &why, || turn(&installed));
    turn(&place.users());
    let why = format!("user {USER} owns the directory {}", place.at("home").display());
    place.is_not_started_again(&flagman, &why, || turn(&installed));
    flagman.end();
}

#[test]
fn a_directory_above_that_others_can_write_to_later_fails_the_runs_until_that_is_mended() {
    let place = Place::new();
    install(&Program::Action.path(), &place.at("actions"), DIES);
    let flagman = place.serve("actions");
    for (directory, mode) in [(place.at("actions"), 0o775), (place.at(""), 0o757)] {
        set_mode(&directory, mode);
        let shown = directory.components().collect::<PathBuf>();
        let shown = shown.display();
        let why = format!("other users can write to the directory {shown} (mode {mode:04o})");
        place.is_not_started_again(&flagman, &why, || set_mode(&directory, 0o755));
    }
    flagman.end();
}

#[test]
fn a_program_that_is_replaced_by_a_users_later_does_not_run() {
    let place = Place::new();
    let program = install(&Program::Action.path(), &place.at("actions"), DIES);
    let flagman = place.serve("actions");
    fs::rename(&program, place.at("kept")).expect("it can be moved");
    fs::rename(place.users(), &program).expect("it can be moved");
    let why = format!("user {USER} owns the file {}", program.display());
    place.is_not_started_again(&flagman, &why, || {
        fs::rename(place.at("kept"), &program).expect("it can be moved");
    });
    flagman.end();
}

#[test]
fn a_flagman_that_is_not_root_runs_what_its_user_says() {
    let user = User::new();
    let folder = Folder::with(&["good"]);
    set_mode(folder.path(), 0o777);
    give(folder.shown("good").as_ref());
    let path = folder.path().to_str().expect("a path in UTF-8");
    let words = ["--action-dir", path, "--usr1", "good", "a"];
    let flagman = Flagman::serve(user.command(&[], Program::Flagman, &words));
    assert_eq!(flagman.stdout.next().as_deref(), Some("a set up, 1 words"));
    flagman.end();
    let (_, said) = list(&[&folder]);
    assert!(holds(&said, &["WARNING:", "flagman runs as root, but"]), "{said:#?}");
}
