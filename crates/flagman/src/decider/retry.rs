//! How long flagman waits before it tries a failed action again.

use std::time::Duration;

/// The longest pause, before chance makes it a quarter longer or shorter.
const LONGEST: Duration = Duration::from_mins(1);

/// The pause after `tries` tries, the first of which is followed by `first`: it doubles with each try, up
/// to a minute, and is a quarter longer or shorter by chance. So programs that failed together do not all
/// come back together.
pub(super) fn pause(first: Duration, tries: u32, chance: &mut fastrand::Rng) -> Duration {
    let doublings = tries.saturating_sub(1).min(31);
    let pause = first.saturating_mul(1 << doublings).min(LONGEST);
    pause.mul_f64(0.75 + chance.f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::pause;

    #[test]
    fn a_pause_doubles_up_to_a_minute_and_varies_by_a_quarter() {
        let mut chance = fastrand::Rng::with_seed(1);
        for (tries, seconds) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (101, 60)] {
            let exact = Duration::from_secs(seconds);
            let all = [(); 200].map(|()| pause(Duration::from_secs(1), tries, &mut chance));
            let (least, most) = (exact.mul_f64(0.75), exact.mul_f64(1.25));
            assert!(all.iter().all(|pause| (least..=most).contains(pause)), "{tries}: {all:?}");
            assert!(all.iter().any(|pause| *pause < exact.mul_f64(0.85)), "{tries}: {all:?}");
            assert!(all.iter().any(|pause| *pause > exact.mul_f64(1.15)), "{tries}: {all:?}");
        }
    }

    #[test]
    fn there_is_no_pause_without_a_delay() {
        let mut chance = fastrand::Rng::with_seed(1);
        assert_eq!(pause(Duration::ZERO, 3, &mut chance), Duration::ZERO);
    }
}
