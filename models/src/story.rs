//! What happened in one schedule, and what must hold of it.
//!
//! Some of it is checked as it happens, the rest when nothing more does.

use std::collections::BTreeMap;

use log::{Level, log_enabled};

use crate::Signal;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Sent(Signal),
    /// A thread has taken these from the kernel.
    Took {
        signals: Vec<Signal>,
        by_main: bool,
    },
    SetUp(String),
    /// A run's action has begun.
    Began(Signal),
    /// It has ended; the run was for so many arrivals.
    Ended {
        signal: Signal,
        count: u64,
    },
    /// A run's action has failed.
    Failed(Signal),
    /// The next try has begun, long after its pause.
    Late(Signal),
    TornDown(String),
    /// This signal was blocked in no thread.
    Killed(Signal),
    /// A log line.
    Line(String),
    /// The line of whoever forces flagman out.
    LastWords(String),
    /// The event loop has ended, and the log has been flushed.
    Flushed,
    /// A message to the service manager.
    Manager(String),
    Exit(i32),
}

/// What happened so far; see the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    told: Vec<Told>,
    /// The signal by which the manager asks for a reload, if it does.
    reload: Option<Signal>,
    sent: BTreeMap<Signal, u64>,
    taken: BTreeMap<Signal, u64>,
    /// Arrivals that runs have ended for.
    answered: BTreeMap<Signal, u64>,
    /// What had been sent when the last run began.
    seen: BTreeMap<Signal, u64>,
    /// Whether a request for shutdown had been taken when the main thread last took what was pending.
    main_knows: bool,
    is_reloading: bool,
    /// A try has failed, and the next one has not begun.
    owes_try: bool,
}

fn asks_for_shutdown(signal: Signal) -> bool {
    [Signal::TERM, Signal::INT].contains(&signal)
}

impl Story {
    pub(crate) fn new(reload: Option<Signal>) -> Self {
        Self { reload, ..Self::default() }
    }

    pub(crate) fn tell(&mut self, told: Told) {
        self.told.push(told.clone());
        match told {
            Told::Sent(signal) => *self.sent.entry(signal).or_default() += 1,
            Told::Took { signals, by_main } => {
                for signal in signals {
                    *self.taken.entry(signal).or_default() += 1;
                }
                self.main_knows |= by_main && self.requests() > 0;
            }
            Told::Began(signal) => {
                let of_shutdown = asks_for_shutdown(signal);
                let begins = !self.main_knows || of_shutdown;
                assert!(begins, "I3: a run began after SIGTERM was taken: {self:#?}");
                let again = of_shutdown && self.seen.contains_key(&signal);
                assert!(!again, "the run of a shutdown began again: {self:#?}");
                self.seen.insert(signal, self.sent[&signal]);
                self.owes_try = false;
            }
            Told::Failed(_) => self.owes_try = true,
            Told::Late(signal) => panic!("{signal} was tried again too late: {self:#?}"),
            Told::Killed(signal) => panic!("{signal} ended flagman: {self:#?}"),
            Told::Ended { signal, count } => *self.answered.entry(signal).or_default() += count,
            Told::Manager(message) => self.manager_hears(&message),
            Told::Line(_) => {
                let forced = self.told.iter().any(|told| matches!(told, Told::LastWords(_)));
                assert!(!forced, "a line after the last words: {self:#?}");
            }
            Told::TornDown(name) => {
                assert!(!self.said_not_to_be_torn_down(&name), "it is torn down: {self:#?}");
            }
            Told::LastWords(_) => {
                let words = self.told.iter().filter(|told| matches!(told, Told::LastWords(_)));
                assert!(words.count() == 1, "the last words are said twice: {self:#?}");
            }
            Told::SetUp(_) => {
                assert!(!self.main_knows, "I3: a set-up after SIGTERM was taken: {self:#?}");
            }
            Told::Flushed | Told::Exit(_) => {}
        }
    }

    /// Whether this has been told.
    pub(crate) fn has(&self, told: &Told) -> bool {
        self.told.contains(told)
    }

    /// How many requests for shutdown have been taken.
    fn requests(&self) -> u64 {
        let requests = self.taken.iter().filter(|(signal, _)| asks_for_shutdown(**signal));
        requests.map(|(_, count)| count).sum()
    }

    fn manager_hears(&mut self, message: &str) {
        let says = |line: &str| message.lines().any(|said| said == line);
        if says("RELOADING=1") {
            self.is_reloading = true;
        } else if says("STOPPING=1") {
            self.is_reloading = false;
        } else if says("READY=1") && std::mem::take(&mut self.is_reloading) {
            let reload = self.reload.expect("a reload was asked for");
            let (taken, answered) = (self.taken[&reload], self.answered.get(&reload));
            assert_eq!(answered, Some(&taken), "I14: the reload has not ended: {self:#?}");
        }
    }

    fn said_not_to_be_torn_down(&self, name: &str) -> bool {
        self.told.iter().any(|told| match told {
            Told::LastWords(line) => line
                .split_once("not torn down: ")
                .is_some_and(|(_, names)| names.split(", ").any(|standing| standing == name)),
            _ => false,
        })
    }

    fn manager_has_heard(&self, line: &str) -> bool {
        let hears = |told: &Told| matches!(told, Told::Manager(text) if text.lines().any(|said| said == line));
        self.told.iter().any(hears)
    }

    /// Checks what holds when nothing happens by itself. `rerun` are the signals of bundles with that
    /// policy.
    pub(crate) fn check_asleep(&self, pending: &[Signal], is_blocked: bool, rerun: &[Signal]) {
        let left: Vec<_> = pending
            .iter()
            .filter(|signal| {
                !is_blocked || Some(**signal) == self.reload || asks_for_shutdown(**signal)
            })
            .collect();
        assert!(left.is_empty(), "I6: nobody takes {left:?}: {self:#?}");
        self.check_announcements();
        if is_blocked {
            return;
        }
        assert_eq!(self.requests(), 0, "I6: the main thread sleeps through a shutdown: {self:#?}");
        self.check_answered(rerun);
        assert!(!self.is_reloading, "I14: the reload has no end: {self:#?}");
    }

    /// Checks that each of these signals was followed by a run.
    fn check_answered(&self, rerun: &[Signal]) {
        for signal in rerun.iter().filter(|signal| self.sent.contains_key(signal)) {
            let (sent, seen) = (self.sent.get(signal), self.seen.get(signal));
            assert_eq!(sent, seen, "I8: {signal} was not followed by a run: {self:#?}");
        }
    }

    /// Checks what holds when time brings nothing more either.
    pub(crate) fn check_end(&self, rerun: &[Signal], is_blocked: bool) {
        assert_eq!(self.requests(), 0, "I6: a shutdown has no end: {self:#?}");
        if !is_blocked {
            assert!(!self.owes_try, "what has failed is never tried again: {self:#?}");
            self.check_answered(rerun);
        }
    }

    /// What was asked for has been told, whatever the main thread does.
    fn check_announcements(&self) {
        let stopping = self.requests() == 0 || self.manager_has_heard("STOPPING=1");
        assert!(stopping, "STOPPING was not told: {self:#?}");
        let reload = self.reload.and_then(|reload| self.taken.get(&reload));
        let told = reload.is_none() || self.requests() > 0 || self.manager_has_heard("RELOADING=1");
        assert!(told, "RELOADING was not told: {self:#?}");
    }

    /// Checks what holds of the end of the process.
    pub(crate) fn check_exit(&self, status: i32) {
        let place = |is: fn(&Told) -> bool| self.told.iter().position(is);
        let last_words = place(|told| matches!(told, Told::LastWords(_)));
        // Whoever forces flagman out ends it, unless it had come to its end before he spoke.
        let flushed = place(|told| matches!(told, Told::Flushed));
        let forced = last_words.filter(|at| flushed.is_none_or(|flushed| *at < flushed));
        assert!(
            forced.is_none() || status == 3,
            "forced out, and it ends with {status}: {self:#?}"
        );
        assert!(last_words.is_some() || status != 3, "nobody says why: {self:#?}");
        let requests = self.requests_before_last_look();
        // The other of the two may be an echo of the first.
        let again = |of| requests.iter().filter(|signal| **signal == of).count() > 1;
        let twice = again(Signal::TERM) || again(Signal::INT);
        assert!(!twice || status == 3, "a second request forces out: {self:#?}");
        if status == 0 {
            let count = |is: fn(&Told) -> bool| self.told.iter().filter(|told| is(told)).count();
            let set_up = count(|told| matches!(told, Told::SetUp(_)));
            let torn_down = count(|told| matches!(told, Told::TornDown(_)));
            assert_eq!(set_up, torn_down, "I7: each is torn down: {self:#?}");
            assert!(!requests.is_empty(), "nobody asked for it: {self:#?}");
            assert!(self.manager_has_heard("STOPPING=1"), "STOPPING was not told: {self:#?}");
            let received =
                |told: &Told| matches!(told, Told::Line(line) if line.contains(" received"));
            let wanted = if log_enabled!(Level::Info) { requests.len() } else { 0 };
            assert!(count(received) >= wanted, "the exit cut the log short: {self:#?}");
        }
        assert!([0, 3].contains(&status), "{status}: {self:#?}");
    }

    /// The requests for shutdown that had been taken when the main thread took what was pending for the
    /// last time. What comes later finds it on its way out, and may come too late.
    fn requests_before_last_look(&self) -> Vec<Signal> {
        let look = |told: &Told| matches!(told, Told::Took { by_main: true, .. });
        let last = self.told.iter().rposition(look).map_or(0, |last| last + 1);
        let taken = self.told[..last].iter().flat_map(|told| match told {
            Told::Took { signals, .. } => signals.as_slice(),
            _ => &[],
        });
        taken.copied().filter(|signal| asks_for_shutdown(*signal)).collect()
    }
}
