//! A thousand reloads under a flood: no arrival is lost, what stays keeps its state, and what comes and
//! goes is set up and torn down once each time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use flagman_test::LIMIT;
use nix::sys::signal::Signal::{SIGHUP, SIGTERM, SIGUSR2};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::harness::{Folder, Program};
use super::stress::{Account, Seen, Sender, notes, read, send_all};

const RELOADS: u64 = 1000;

/// The name of the action that only every second plan has.
fn name_of(index: u64) -> &'static str {
    if index.is_multiple_of(2) { "even" } else { "odd" }
}

/// The plan number `index`: the kept actions, and one that only every second plan has.
fn plan(index: u64, notes: &Path) -> String {
    let action = |on: &str, run: &[&str]| format!("[[action]]\non = \"{on}\"\nrun = {run:?}\n");
    let notes = notes.to_str().expect("the path is text");
    let on = if index.is_multiple_of(2) { "winch" } else { "rtmin" };
    let all = [
        "overlap = \"rerun\"\n".to_owned(),
        action("hup", &["reload"]),
        action("usr1", &["witness", notes]),
        action("usr2", &["values", "kept"]),
        action(on, &["values", name_of(index)]),
    ];
    all.concat()
}

/// Writes plans and has them read.
struct Planner<'a> {
    to: Pid,
    folder: &'a Folder,
    notes: PathBuf,
    /// What the actions of the plans print, but for their set-ups.
    said: Receiver<String>,
}

impl Planner<'_> {
    /// A file that is replaced is never seen half-written.
    fn replace(folder: &Folder, notes: &Path, index: u64) -> PathBuf {
        let (new, file) = (folder.path().join("new.toml"), folder.path().join("plan.toml"));
        std::fs::write(&new, plan(index, notes)).expect("a plan can be written");
        std::fs::rename(&new, &file).expect("it takes the place of the old one");
        file
    }

    fn next(&self) -> String {
        self.said.recv_timeout(LIMIT).expect("flagman goes on")
    }

    /// The kept action counts its runs.
    fn ask_kept(&self, run: u64) {
        kill(self.to, SIGUSR2).expect("flagman lives");
        assert_eq!(self.next(), format!("kept run {run}: none from {} x1", std::process::id()));
    }

    fn reload_all(&self) {
        self.ask_kept(1);
        for index in 1..=RELOADS {
            Self::replace(self.folder, &self.notes, index);
            kill(self.to, SIGHUP).expect("flagman lives");
            // The old action is torn down last.
            assert_eq!(self.next(), format!("{} torn down", name_of(index - 1)));
        }
        self.ask_kept(2);
    }
}

#[test]
fn a_thousand_reloads_under_a_flood_lose_no_arrival_and_keep_what_stays() {
    let folder = Folder::with(&[]);
    let path = folder.path().join("notes");
    let (notes, seen) = (notes(&path), Seen::default());
    let config = Planner::replace(&folder, &path, 0);
    let flagman = Program::Testbed.serve(&["--config", config.to_str().expect("text")]);
    let to = Pid::from_raw(flagman.pid().cast_signed());
    let (tell, said) = mpsc::channel();
    let planner = Planner { to, folder: &folder, notes: path, said };
    let (notes, account) = (&notes, Account::default());
    let senders = [0, 1].map(|index| Sender { index, to, notes, seen: &seen, account });
    let mut lives: BTreeMap<String, u64> = BTreeMap::new();
    let accounts = thread::scope(|scope| {
        let plans = scope.spawn(move || planner.reload_all());
        let senders = scope.spawn(|| {
            let accounts = send_all(senders, 60_000);
            plans.join().expect("all reloads have ended");
            kill(to, SIGTERM).expect("flagman lives");
            accounts
        });
        read(&flagman.stdout, &seen, |line| {
            if line.ends_with("set up") || line.ends_with("torn down") {
                *lives.entry(line.to_owned()).or_default() += 1;
            }
            if !line.ends_with("set up") {
                // Nobody waits for those of the shutdown.
                let _ = tell.send(line.to_owned());
            }
        });
        senders.join().expect("the senders have lost nothing")
    });
    assert!(accounts.iter().all(|account| account.certain > 0), "{accounts:?}");
    flagman.end_of_shutdown();
    let expected = [
        ("even set up", RELOADS / 2 + 1),
        ("even torn down", RELOADS / 2 + 1),
        ("kept set up", 1),
        ("kept torn down", 1),
        ("odd set up", RELOADS / 2),
        ("odd torn down", RELOADS / 2),
    ];
    assert_eq!(lives, expected.map(|(line, count)| (line.to_owned(), count)).into());
}
