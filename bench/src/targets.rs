//! The project's targets, and whether the figures meet them. A missed target is not an error.

use crate::growth::Growth;
use crate::herd::Herd;
use crate::idle::Idle;
use crate::latency::{Latency, Round};
use crate::programs::{BASH, DASH, FLAGMAN, FLOOR, PYTHON, S6, TRAP};
use crate::start::Start;

/// The highest ratio of flagman's median to the floor's.
const MEDIAN_RATIO: f64 = 1.5;
/// The highest ratio of flagman's 99th percentile to the floor's.
const P99_RATIO: f64 = 2.0;
/// The highest ratio of flagman's exec median to the floor's.
const EXEC_FLOOR_RATIO: f64 = 1.1;
/// The highest ratio of flagman's exec median to that of s6-svscan.
const EXEC_S6_RATIO: f64 = 1.1;
/// The highest ratio of flagman's median with an action program to that of a bare round trip.
const ANSWER_RATIO: f64 = 2.5;
/// The highest number of context switches in one idle second.
const SWITCHES: u64 = 0;
/// The highest proportional memory (Pss), in KiB.
const PROPORTIONAL: u64 = 1024;
/// The highest resident memory (Rss), in KiB.
const RESIDENT: u64 = 3072;
/// The highest ratio of flagman's start time to that of a program that does nothing.
const START_RATIO: f64 = 3.0;

/// The highest cost of one more action in a bundle, in microseconds.
const TIME_OF_AN_ACTION: f64 = 2.0;
/// The highest proportional memory of a thousand flagman processes, in KiB.
const HERD_PROPORTIONAL: u64 = 700 * 1024;

/// All measured figures.
#[derive(Debug)]
pub struct Figures {
    /// The latency of each contestant.
    pub latencies: Vec<Latency>,
    /// The latency of each contestant that starts a program.
    pub execs: Vec<Latency>,
    /// The latency of flagman with an action program, and of a bare round trip.
    pub answers: Vec<Latency>,
    /// The usage of each idle contestant.
    pub idles: Vec<Idle>,
    /// The start time of flagman.
    pub start: Start,
    /// The cost of flagman with more and more actions.
    pub growth: Growth,
    /// The cost of many flagman processes.
    pub herd: Herd,
}

/// A target and the figure measured for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The target.
    pub target: String,
    /// The measured figure.
    pub measured: String,
    /// Whether the figure meets the target.
    pub is_met: bool,
}

impl Verdict {
    fn new(target: String, measured: String, is_met: bool) -> Self {
        Self { target, measured, is_met }
    }

    fn ratio(what: &str, measured: f64, limit: f64) -> Self {
        let target = format!("{what} at most {limit:.2}");
        Self::new(target, format!("{measured:.2}"), measured <= limit)
    }

    fn amount(what: &str, measured: u64, limit: u64) -> Self {
        Self::new(format!("{what} at most {limit}"), measured.to_string(), measured <= limit)
    }
}

/// Returns one verdict for each target whose programs were measured.
pub fn judge(figures: &Figures) -> Vec<Verdict> {
    let mut verdicts = judge_latency(&figures.latencies);
    verdicts.extend(judge_exec(&figures.execs));
    verdicts.extend(judge_answers(&figures.answers));
    let idle = figures.idles.iter().find(|idle| idle.name == FLAGMAN);
    verdicts.extend(idle.into_iter().flat_map(judge_idle));
    verdicts.push(Verdict::ratio("start, ratio to /bin/true", figures.start.ratio(), START_RATIO));
    let action = figures.growth.time_of_an_action();
    verdicts.push(Verdict::ratio("one more action in a bundle, in us,", action, TIME_OF_AN_ACTION));
    verdicts.extend(judge_herd(&figures.herd));
    verdicts
}

/// The limit is that of a thousand processes, scaled to the size of the herd.
fn judge_herd(herd: &Herd) -> [Verdict; 3] {
    let size = herd.size;
    let limit = HERD_PROPORTIONAL * size as u64 / 1000;
    let all = format!("{size} answers of {size} flagmans at once");
    let idle = herd.idle_time.as_micros();
    [
        Verdict::amount(&format!("Pss of {size} flagmans in KiB"), herd.proportional, limit),
        Verdict::new(
            format!("processor time of {size} idle flagmans: none"),
            format!("{idle} us"),
            idle == 0,
        ),
        Verdict::new(all, herd.answered.to_string(), herd.answered == size),
    ]
}

fn named<'a>(latencies: &'a [Latency], name: &str) -> Option<&'a Latency> {
    latencies.iter().find(|latency| latency.name == name)
}

fn judge_latency(latencies: &[Latency]) -> Vec<Verdict> {
    let (Some(flagman), Some(floor)) = (named(latencies, FLAGMAN), named(latencies, FLOOR)) else {
        return Vec::new();
    };
    let median = flagman.ratio(floor, |round| round.median);
    let p99 = flagman.ratio(floor, |round| round.p99);
    let mut verdicts = vec![
        Verdict::ratio("median, ratio to the floor", median, MEDIAN_RATIO),
        Verdict::ratio("p99, ratio to the floor", p99, P99_RATIO),
    ];
    let peers = [BASH, PYTHON].into_iter().filter_map(|name| named(latencies, name));
    verdicts.extend(peers.map(|peer| judge_below("median", flagman, peer)));
    verdicts
}

fn judge_below(what: &str, flagman: &Latency, peer: &Latency) -> Verdict {
    let measured = flagman.ratio(peer, |round| round.median);
    let target = format!("{what}, ratio to {} below 1", peer.name);
    Verdict::new(target, format!("{measured:.3}"), measured < 1.0)
}

fn judge_exec(latencies: &[Latency]) -> Vec<Verdict> {
    let Some(flagman) = named(latencies, FLAGMAN) else {
        return Vec::new();
    };
    let median = |round: &Round| round.median;
    let compared = [(FLOOR, "the floor", EXEC_FLOOR_RATIO), (S6, S6, EXEC_S6_RATIO)];
    let compared = compared.into_iter().filter_map(|(name, called, limit)| {
        let measured = flagman.ratio(named(latencies, name)?, median);
        Some(Verdict::ratio(&format!("exec: median, ratio to {called}"), measured, limit))
    });
    let below = [TRAP, BASH, DASH].into_iter().filter_map(|name| named(latencies, name));
    let below = below.map(|peer| judge_below("exec: median", flagman, peer));
    let peers = [S6, TRAP, BASH, DASH].into_iter().filter_map(|name| named(latencies, name));
    let p99s = peers.map(|peer| judge_p99(flagman, peer));
    compared.chain(below).chain(p99s).collect()
}

fn judge_p99(flagman: &Latency, peer: &Latency) -> Verdict {
    let measured = flagman.ratio(peer, |round| round.p99);
    let target = format!("exec: p99, ratio to {} at most 1", peer.name);
    Verdict::new(target, format!("{measured:.3}"), measured <= 1.0)
}

fn judge_answers(latencies: &[Latency]) -> Option<Verdict> {
    let (flagman, floor) = (named(latencies, FLAGMAN)?, named(latencies, FLOOR)?);
    let measured = flagman.ratio(floor, |round| round.median);
    let what = "action program: median, ratio to a bare round trip";
    Some(Verdict::ratio(what, measured, ANSWER_RATIO))
}

fn judge_idle(idle: &Idle) -> [Verdict; 3] {
    [
        Verdict::amount("context switches in an idle second", idle.switches, SWITCHES),
        Verdict::amount("Pss in KiB", idle.memory.proportional, PROPORTIONAL),
        Verdict::amount("Rss in KiB", idle.memory.resident, RESIDENT),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::proc::Memory;

    fn latency(name: &'static str, median: f64) -> Latency {
        let (p99, p999) = (median * 2.0, median * 3.0);
        let round = Round { times: Vec::new(), median, p99, p999, lost: 0 };
        Latency { name, rounds: vec![round] }
    }

    fn figures(latencies: Vec<Latency>) -> Figures {
        let memory = Memory { resident: 3073, proportional: 1024 };
        let idles = vec![Idle { name: FLAGMAN, memory, threads: 1, switches: 0 }];
        let start = Start { flagman: vec![3.0], all_bundles: vec![3.0], nothing: vec![1.0] };
        let (execs, answers) = (Vec::new(), Vec::new());
        let actions = vec![1, 101];
        let growing = vec![latency("1", 10.0), latency("101", 210.0)];
        let growth = Growth { actions, latencies: growing, idles: Vec::new() };
        let idle_time = Duration::ZERO;
        let herd = Herd { size: 10, proportional: 7169, idle_time, answered: 10 };
        Figures { latencies, execs, answers, idles, start, growth, herd }
    }

    fn words(figures: &Figures) -> Vec<bool> {
        judge(figures).iter().map(|verdict| verdict.is_met).collect()
    }

    #[test]
    fn a_figure_at_its_limit_meets_the_target_and_one_above_it_does_not() {
        let latencies = vec![latency(FLOOR, 10.0), latency(FLAGMAN, 15.0), latency(BASH, 15.0)];
        let (t, f) = (true, false);
        let expected = [t, t, f, t, t, f, t, t, f, t, t];
        assert_eq!(words(&figures(latencies)), expected);
    }

    #[test]
    fn a_peer_that_is_not_installed_has_no_verdict() {
        let with = figures(vec![latency(FLOOR, 1.0), latency(FLAGMAN, 1.0), latency(PYTHON, 2.0)]);
        let without = figures(vec![latency(FLOOR, 1.0), latency(FLAGMAN, 1.0)]);
        assert_eq!(judge(&with).len(), judge(&without).len() + 1);
    }

    fn met(verdicts: impl IntoIterator<Item = Verdict>) -> Vec<bool> {
        verdicts.into_iter().map(|verdict| verdict.is_met).collect()
    }

    #[test]
    fn exec_may_be_a_tenth_above_the_floor_and_s6_but_must_be_below_the_others() {
        let peers = |flagman| {
            let others = [FLOOR, S6, TRAP, BASH, DASH].map(|name| latency(name, 100.0));
            others.into_iter().chain([latency(FLAGMAN, flagman)]).collect::<Vec<_>>()
        };
        let (t, f) = (true, false);
        assert_eq!(met(judge_exec(&peers(99.0))), [true; 9]);
        assert_eq!(met(judge_exec(&peers(100.0))), [t, t, f, f, f, t, t, t, t]);
        assert_eq!(met(judge_exec(&peers(110.0))), [t, t, f, f, f, f, f, f, f]);
        assert_eq!(met(judge_exec(&peers(111.0))), [false; 9]);
    }

    #[test]
    fn an_action_program_is_judged_by_its_ratio_to_a_round_trip() {
        let both = |flagman| [latency(FLOOR, 10.0), latency(FLAGMAN, flagman)];
        assert_eq!(met(judge_answers(&both(25.0))), [true]);
        assert_eq!(met(judge_answers(&both(26.0))), [false]);
    }
}
