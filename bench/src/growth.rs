//! Measures how flagman's cost grows with the number of actions in a bundle (the actions of one
//! signal).

use crate::contestants::Contestant;
use crate::failure::Result;
use crate::idle::{self, Idle};
use crate::latency::{self, Latency, Pace};

/// The cost for each number of actions, smallest first.
#[derive(Debug)]
pub struct Growth {
    /// The number of actions in each bundle.
    pub actions: Vec<usize>,
    /// The times from the signal to the line of the last action.
    pub latencies: Vec<Latency>,
    /// The usage without signals.
    pub idles: Vec<Idle>,
}

/// Measures the bundles in turn.
///
/// # Errors
/// Those of [`latency::measure`] and [`idle::measure`].
pub fn measure(bundles: &[Contestant], pace: Pace) -> Result<Growth> {
    let actions = bundles.iter().map(|bundle| bundle.entry.nothings + 1).collect();
    let latencies = latency::measure(bundles, pace)?;
    let idles = idle::measure(bundles)?;
    Ok(Growth { actions, latencies, idles })
}

impl Growth {
    /// How much each further action adds to the median, in microseconds.
    #[must_use]
    pub fn time_of_an_action(&self) -> f64 {
        let times = self.latencies.iter().map(|latency| latency.typical(|round| round.median));
        self.slope(&times.collect::<Vec<_>>())
    }

    /// How much each further action adds to the proportional memory, in KiB.
    #[must_use]
    pub fn memory_of_an_action(&self) -> f64 {
        self.slope(&self.memory())
    }

    /// The proportional memory of each bundle, in KiB.
    #[must_use]
    pub fn memory(&self) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "no process has so many KiB")]
        self.idles.iter().map(|idle| idle.memory.proportional as f64).collect()
    }

    /// The slope from the smallest to the largest bundle. Between neighbours the noise exceeds the
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
