//! The guarantee of `rerun`, under four senders at once: every arrival is followed by a run that
//! started after it.
//!
//! Each sender writes a number down before it sends a signal, and again after it has sent it. The action
//! `witness` reads all these notes in the first statement of each run. So a run that has seen the second
//! note of a number certainly began after that signal was sent. A run that has seen only the first note
//! may have begun before.
//!
//! While signals keep coming, a lost one would go unnoticed, because the next one causes a run anyway. So
//! each sender stops every few signals, and continues only when a run has seen its last note. Again and
//! again all four pause, and a lost signal would then leave its sender waiting.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Condvar, Mutex, mpsc};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use flagman_test::LIMIT;
use nix::sys::signal::Signal::{self, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::harness::{Folder, Lines, Program};

/// What each sender sends. Two of them send the same signal.
const KINDS: [Signal; 4] = [SIGUSR1, SIGUSR1, SIGUSR2, SIGHUP];

/// The most signals that a sender sends in a row before it waits for a run.
const ROW: u64 = 32;

/// The notes of one sender, as a run saw them.
#[derive(Clone, Copy, Debug, Default)]
struct Notes {
    sending: u64,
    sent: u64,
}

/// What the newest run for its signal saw of each sender.
#[derive(Debug, Default)]
struct Seen {
    newest: Mutex<[Notes; 4]>,
    changed: Condvar,
}

/// A sender's results.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    sent: u64,
    waits: u64,
    /// Waits that ended with a run that certainly began after the signal.
    certain: u64,
}

struct Sender<'a> {
    index: usize,
    to: Pid,
    notes: &'a File,
    seen: &'a Seen,
    account: Account,
}

impl Sender<'_> {
    fn note(&self, place: usize, number: u64) {
        let at = (self.index * 2 + place) as u64 * 16;
        let bytes = [number.to_ne_bytes(), (!number).to_ne_bytes()].concat();
        self.notes.write_all_at(&bytes, at).expect("a number can be noted");
    }

    fn send(&mut self) {
        self.account.sent += 1;
        self.note(0, self.account.sent);
        kill(self.to, KINDS[self.index]).expect("flagman lives");
        self.note(1, self.account.sent);
    }

    /// Waits for a run that has seen the last note, and returns whether it certainly began after the
    /// last signal.
    fn wait(&mut self) -> bool {
        let (index, last) = (self.index, self.account.sent);
        let newest = self.seen.newest.lock().expect("the reader has not failed");
        let unseen = |newest: &mut [Notes; 4]| newest[index].sending < last;
        let waited = self.seen.changed.wait_timeout_while(newest, LIMIT, unseen);
        let (newest, timeout) = waited.expect("the reader has not failed");
        assert!(!timeout.timed_out(), "signal {last} of sender {index} was lost: {newest:?}");
        let certain = newest[index].sent >= last;
        self.account.waits += 1;
        self.account.certain += u64::from(certain);
        certain
    }

    /// Sends this many signals, and then more until a run has certainly begun after the last of them.
    fn send_all(mut self, signals: u64) -> Account {
        // A Lehmer random number generator, for rows of varying length.
        let mut random = self.index as u64 + 1;
        while self.account.sent < signals {
            random = random * 48_271 % 0x7fff_ffff;
            for _ in 0..=random % ROW {
                self.send();
            }
            self.wait();
        }
        while !self.wait() {
            self.send();
        }
        self.account
    }
}

/// Lets `senders` send this many signals each and returns their accounts.
fn send_all<const N: usize>(senders: [Sender<'_>; N], signals: u64) -> [Account; N] {
    let accounts = thread::scope(|scope| {
        let senders = senders.map(|sender| scope.spawn(move || sender.send_all(signals)));
        senders.map(ScopedJoinHandle::join)
    });
    accounts.map(|account| account.expect("the sender has lost nothing"))
}

/// Reads the lines of the runs to the end, and returns how many there were. What other actions print goes
/// to `other`.
fn read(lines: &Lines, seen: &Seen, mut other: impl FnMut(&str)) -> u64 {
    let mut runs = 0;
    while let Some(line) = lines.next() {
        if !line.starts_with("SIG") {
            other(&line);
            continue;
        }
        let (signal, numbers) = line.split_once(' ').expect("a signal and numbers");
        let numbers: Vec<u64> =
            numbers.split(' ').map(|number| number.parse().expect("a number")).collect();
        let mut newest = seen.newest.lock().expect("no sender has failed");
        for (index, notes) in numbers.chunks(2).enumerate() {
            if KINDS[index].as_str() == signal {
                newest[index] = Notes { sending: notes[0], sent: notes[1] };
            }
        }
        drop(newest);
        seen.changed.notify_all();
        runs += 1;
    }
    runs
}

/// The file of the senders' notes, with nothing noted.
fn notes(path: &Path) -> File {
    let notes = File::create(path).expect("a file for the notes");
    notes.write_all_at(&[[0; 8], [255; 8]].concat().repeat(8), 0).expect("notes of nothing");
    notes
}

fn every_arrival_is_followed_by_a_run(signals: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("notes");
    let notes = notes(&path);
    let mut words = vec!["--overlap=rerun".to_owned()];
    for option in ["--hup", "--usr1", "--usr2"] {
        words.push(format!("{option}=witness {}", path.display()));
    }
    let flagman = Program::Testbed.serve(&words);
    let (to, seen) = (Pid::from_raw(flagman.pid().cast_signed()), Seen::default());
    let sender =
        |index| Sender { index, to, notes: &notes, seen: &seen, account: Account::default() };
    let senders = [0, 1, 2, 3].map(sender);

    let began = Instant::now();
    let (accounts, runs) = thread::scope(|scope| {
        let senders = scope.spawn(|| {
            let accounts = send_all(senders, signals / 4);
            kill(to, SIGTERM).expect("flagman lives");
            accounts
        });
        let runs = read(&flagman.stdout, &seen, |line| panic!("{line}"));
        (senders.join().expect("the senders have lost nothing"), runs)
    });
    let took = began.elapsed();
    flagman.end_of_shutdown();
    let sum = |of: fn(&Account) -> u64| accounts.iter().map(of).sum::<u64>();
    let (sent, waits) = (sum(|account| account.sent), sum(|account| account.waits));
    let certain = sum(|account| account.certain);
    println!("{sent} signals, {runs} runs, {waits} waits ({certain} beyond doubt) in {took:.1?}");
    assert!(sent >= signals && certain * 2 > waits, "most waits prove something");
}

#[test]
fn under_rerun_every_arrival_of_four_senders_is_followed_by_a_run_that_started_after_it() {
    every_arrival_is_followed_by_a_run(20_000);
}

#[test]
#[ignore = "it takes a while: `just stress` runs it"]
fn under_rerun_a_million_arrivals_are_each_followed_by_a_run_that_started_later() {
    every_arrival_is_followed_by_a_run(1_000_000);
}

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

#[test]
fn a_thousand_reloads_under_a_flood_lose_no_arrival_and_keep_what_stays() {
    const RELOADS: u64 = 1000;
    let folder = Folder::with(&[]);
    let (path, config) = (folder.path().join("notes"), folder.path().join("plan.toml"));
    let notes = notes(&path);
    // A file that is replaced is never seen half-written.
    let replace = |index| {
        let new = folder.path().join("new.toml");
        std::fs::write(&new, plan(index, &path)).expect("a plan can be written");
        std::fs::rename(&new, &config).expect("it takes the place of the old one");
    };
    replace(0);
    let flagman = Program::Testbed.serve(&["--config", config.to_str().expect("text")]);
    let (to, seen) = (Pid::from_raw(flagman.pid().cast_signed()), Seen::default());
    let (reloaded, reloads) = mpsc::channel();
    let senders = [0, 1].map(|index| Sender {
        index,
        to,
        notes: &notes,
        seen: &seen,
        account: Account::default(),
    });
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    thread::scope(|scope| {
        let reloader = scope.spawn(move || {
            let next = || reloads.recv_timeout(LIMIT).expect("flagman goes on");
            let ask_kept = |run: u64| {
                kill(to, SIGUSR2).expect("flagman lives");
                assert_eq!(next(), format!("kept run {run}: none from {} x1", std::process::id()));
            };
            ask_kept(1);
            for index in 1..=RELOADS {
                replace(index);
                kill(to, SIGHUP).expect("flagman lives");
                // The old action is torn down last.
                assert_eq!(next(), format!("{} torn down", name_of(index - 1)));
            }
            ask_kept(2);
        });
        let senders = scope.spawn(|| {
            let accounts = send_all(senders, 20_000);
            reloader.join().expect("all reloads have ended");
            kill(to, SIGTERM).expect("flagman lives");
            accounts
        });
        read(&flagman.stdout, &seen, |line| {
            if line.ends_with("set up") || line.ends_with("torn down") {
                *said.entry(line.to_owned()).or_default() += 1;
            }
            if !line.ends_with("set up") {
                // Nobody waits for those of the shutdown.
                let _ = reloaded.send(line.to_owned());
            }
        });
        let accounts = senders.join().expect("the senders have lost nothing");
        assert!(accounts.iter().all(|account| account.certain > 0), "{accounts:?}");
    });
    flagman.end_of_shutdown();
    let expected = [
        ("even set up", RELOADS / 2 + 1),
        ("even torn down", RELOADS / 2 + 1),
        ("kept set up", 1),
        ("kept torn down", 1),
        ("odd set up", RELOADS / 2),
        ("odd torn down", RELOADS / 2),
    ];
    assert_eq!(said, expected.map(|(line, count)| (line.to_owned(), count)).into());
}
