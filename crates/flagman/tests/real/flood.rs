//! A hundred thousand signals of all three kinds, as fast as one process can send them, while actions run.

use std::fs::File;
use std::os::unix::fs::FileExt;

use nix::sys::signal::Signal::{self, SIGHUP, SIGUSR1, SIGUSR2};

use super::harness::{Flagman, Program};

const KINDS: [Signal; 3] = [SIGHUP, SIGUSR1, SIGUSR2];
const SIGNALS: u64 = 100_000;

/// What the runs of one flood printed: for each kind, the number of runs and the last number seen.
struct Flood {
    runs: [u64; 3],
    last: [u64; 3],
    log: Vec<String>,
}

fn flood(overlap: &str) -> Flood {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("numbers");
    let numbers = File::create(&path).expect("a file for the numbers");
    numbers.set_len(24).expect("the file holds three numbers");
    let mut words = vec!["-v".to_owned(), format!("--overlap={overlap}")];
    for (kind, option) in ["--hup", "--usr1", "--usr2"].iter().enumerate() {
        words.push(format!("{option}=sequence {} {kind}", path.display()));
    }
    let flagman = Program::Testbed.serve(&words);
    for number in 1..=SIGNALS {
        let kind = usize::try_from(number % 3).expect("a small number");
        numbers
            .write_all_at(&number.to_ne_bytes(), 8 * (number % 3))
            .expect("the number can be written");
        flagman.signal(KINDS[kind]);
    }
    read(flagman, overlap)
}

/// Reads what was run; under `rerun`, until the last arrival of each kind has been answered.
fn read(flagman: Flagman, overlap: &str) -> Flood {
    let mut flood = Flood { runs: [0; 3], last: [0; 3], log: Vec::new() };
    let newest = |kind: u64| (SIGNALS - 2..=SIGNALS).find(|number| number % 3 == kind);
    let wanted = [0, 1, 2].map(|kind| newest(kind).unwrap_or_default());
    while overlap == "rerun" && flood.last != wanted {
        flood.note(&flagman.stdout.next().expect("flagman lives"));
    }
    flagman.signal(Signal::SIGTERM);
    for line in flagman.stdout.rest() {
        flood.note(&line);
    }
    let (status, log) = flagman.wait();
    assert_eq!(status.code(), Some(0));
    flood.log = log;
    flood
}

impl Flood {
    fn note(&mut self, line: &str) {
        let (signal, number) = line.split_once(' ').expect("a signal and a number");
        let kind = KINDS.iter().position(|kind| kind.as_str() == signal).expect("a kind");
        let number: u64 = number.parse().expect("a number");
        assert!(number >= self.last[kind], "runs see the numbers in order");
        self.last[kind] = number;
        self.runs[kind] += 1;
    }
}

fn none_is_starved_and_the_log_grows_by_two_lines_a_run(flood: &Flood) {
    let (least, most) = (flood.runs.iter().min(), flood.runs.iter().max());
    let fair = least.zip(most).is_some_and(|(least, most)| *least > 0 && most / least < 20);
    assert!(fair, "{:?}", flood.runs);
    let runs: u64 = flood.runs.iter().sum();
    // PID, level, ready, SIGTERM received, shutting down, what was not served.
    let (lines, others) = (flood.log.len() as u64, 6);
    assert!(lines <= 2 * runs + others, "{lines} lines for {runs} runs");
}

#[test]
fn under_rerun_the_last_arrival_of_each_kind_is_followed_by_a_run_that_started_after_it() {
    none_is_starved_and_the_log_grows_by_two_lines_a_run(&flood("rerun"));
}

#[test]
fn under_ignore_the_bundles_run_and_none_is_starved() {
    none_is_starved_and_the_log_grows_by_two_lines_a_run(&flood("ignore"));
}
