//! The project's targets, and whether the figures meet them. A missed one is told, not punished.

use crate::contestants::{BASH, FLAGMAN, FLOOR, PYTHON};
use crate::idle::Idle;
use crate::latency::Latency;
use crate::start::Start;

/// The most that flagman's median may be of the floor's.
const MEDIAN_RATIO: f64 = 1.5;
/// The most that flagman's 99th percentile may be of the floor's.
const P99_RATIO: f64 = 2.0;
/// The most context switches in one idle second.
const SWITCHES: u64 = 0;
/// The most proportional memory, in KiB.
const PROPORTIONAL: u64 = 1024;
/// The most resident memory, in KiB.
const RESIDENT: u64 = 3072;
/// The most that flagman's start may be of that of a program that does nothing.
const START_RATIO: f64 = 3.0;

/// All that was measured.
#[derive(Debug)]
pub struct Figures {
    /// Of each contestant.
    pub latencies: Vec<Latency>,
    /// Of each contestant.
    pub idles: Vec<Idle>,
    /// Of flagman.
    pub start: Start,
}

/// A target beside its figure.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is aimed at.
    pub target: String,
    /// What was measured.
    pub measured: String,
    /// Whether the figure is good enough.
    pub is_met: bool,
}

impl Verdict {
    fn new(target: String, measured: String, is_met: bool) -> Self {
        Self { target, measured, is_met }
    }

    fn ratio(what: &str, measured: f64, limit: f64) -> Self {
        let target = format!("{what} at most {limit:.1}");
        Self::new(target, format!("{measured:.2}"), measured <= limit)
    }

    fn amount(what: &str, measured: u64, limit: u64) -> Self {
        Self::new(format!("{what} at most {limit}"), measured.to_string(), measured <= limit)
    }
}

/// One verdict for each target whose programs were measured.
pub fn judge(figures: &Figures) -> Vec<Verdict> {
    let mut verdicts = judge_latency(&figures.latencies);
    let idle = figures.idles.iter().find(|idle| idle.name == FLAGMAN);
    verdicts.extend(idle.into_iter().flat_map(judge_idle));
    verdicts.push(Verdict::ratio("start, ratio to /bin/true", figures.start.ratio(), START_RATIO));
    verdicts
}

fn judge_latency(latencies: &[Latency]) -> Vec<Verdict> {
    let named = |name| latencies.iter().find(|latency| latency.name == name);
    let (Some(flagman), Some(floor)) = (named(FLAGMAN), named(FLOOR)) else {
        return Vec::new();
    };
    let median = flagman.ratio(floor, |round| round.median);
    let p99 = flagman.ratio(floor, |round| round.p99);
    let mut verdicts = vec![
        Verdict::ratio("median, ratio to the floor", median, MEDIAN_RATIO),
        Verdict::ratio("p99, ratio to the floor", p99, P99_RATIO),
    ];
    let peers = [BASH, PYTHON].into_iter().filter_map(named);
    verdicts.extend(peers.map(|peer| judge_beside(flagman, peer)));
    verdicts
}

fn judge_beside(flagman: &Latency, peer: &Latency) -> Verdict {
    let measured = flagman.typical(|round| round.median);
    let limit = peer.typical(|round| round.median);
    let target = format!("median below that of {} ({limit:.1} us)", peer.name);
    Verdict::new(target, format!("{measured:.1}"), measured < limit)
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
    use super::*;
    use crate::latency::Round;
    use crate::proc::Memory;

    fn latency(name: &'static str, median: f64) -> Latency {
        let round = Round { median, p99: median * 2.0, p999: median * 3.0, lost: 0 };
        Latency { name, rounds: vec![round] }
    }

    fn figures(latencies: Vec<Latency>) -> Figures {
        let memory = Memory { resident: 3073, proportional: 1024 };
        let idles = vec![Idle { name: FLAGMAN, memory, threads: 1, switches: 0 }];
        let start = Start { flagman: vec![3.0], nothing: vec![1.0] };
        Figures { latencies, idles, start }
    }

    fn words(figures: &Figures) -> Vec<bool> {
        judge(figures).iter().map(|verdict| verdict.is_met).collect()
    }

    #[test]
    fn a_figure_at_its_limit_meets_the_target_and_one_above_it_does_not() {
        let latencies = vec![latency(FLOOR, 10.0), latency(FLAGMAN, 15.0), latency(BASH, 15.0)];
        let expected = [true, true, false, true, true, false, true];
        assert_eq!(words(&figures(latencies)), expected);
    }

    #[test]
    fn a_peer_that_is_not_installed_has_no_verdict() {
        let with = figures(vec![latency(FLOOR, 1.0), latency(FLAGMAN, 1.0), latency(PYTHON, 2.0)]);
        let without = figures(vec![latency(FLOOR, 1.0), latency(FLAGMAN, 1.0)]);
        assert_eq!(judge(&with).len(), judge(&without).len() + 1);
    }
}
