//! How the cost of flagman grows with the actions in a bundle.

use crate::contestants::Contestant;
use crate::failure::Result;
use crate::idle::{self, Idle};
use crate::latency::{self, Latency, Pace};

/// What flagman cost with each number of actions, the smallest first.
#[derive(Debug)]
pub struct Growth {
    /// How many actions there were in the bundle.
    pub actions: Vec<usize>,
    /// From the signal to the line of the last action.
    pub latencies: Vec<Latency>,
    /// While no signal came.
    pub idles: Vec<Idle>,
}

/// Measures each of the bundles in turn.
///
/// # Errors
/// As [`latency::measure`] and [`idle::measure`].
pub fn measure(bundles: &[Contestant], pace: Pace) -> Result<Growth> {
    let actions = bundles.iter().map(|bundle| bundle.entry.nothings + 1).collect();
    let latencies = latency::measure(bundles, pace)?;
    let idles = idle::measure(bundles)?;
    Ok(Growth { actions, latencies, idles })
}

impl Growth {
    /// What each action beyond the first adds to the median, in microseconds.
    #[must_use]
    pub fn time_of_an_action(&self) -> f64 {
        let times = self.latencies.iter().map(|latency| latency.typical(|round| round.median));
        self.slope(&times.collect::<Vec<_>>())
    }

    /// What each action beyond the first adds to the proportional memory, in KiB.
    #[must_use]
    pub fn memory_of_an_action(&self) -> f64 {
        self.slope(&self.memory())
    }

    /// The proportional memory, in KiB.
    #[must_use]
    pub fn memory(&self) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "no process has so many KiB")]
        self.idles.iter().map(|idle| idle.memory.proportional as f64).collect()
    }

    /// From the smallest bundle to the largest; between those in the middle there is more noise than
    /// difference.
    fn slope(&self, values: &[f64]) -> f64 {
        let ([first, .., last], [fewest, .., most]) = (values, self.actions.as_slice()) else {
            return f64::NAN;
        };
        #[expect(clippy::cast_precision_loss, reason = "no bundle has so many actions")]
        let further = (most - fewest) as f64;
        (last - first) / further
    }
}

#[cfg(test)]
mod tests {
    use super::Growth;
    use crate::idle::Idle;
    use crate::latency::{Latency, Round};
    use crate::proc::Memory;

    #[test]
    fn what_an_action_adds_is_taken_from_the_smallest_and_the_largest() {
        let latency = |median| {
            let round = Round { times: Vec::new(), median, p99: median, p999: median, lost: 0 };
            Latency { name: "", rounds: vec![round] }
        };
        let idle = |proportional| {
            let memory = Memory { resident: 0, proportional };
            Idle { name: "", memory, threads: 1, switches: 0 }
        };
        let growth = Growth {
            actions: vec![1, 5, 11],
            latencies: vec![latency(20.0), latency(99.0), latency(40.0)],
            idles: vec![idle(100), idle(0), idle(105)],
        };
        assert_eq!((growth.time_of_an_action(), growth.memory_of_an_action()), (2.0, 0.5));
    }
}
