//! Order statistics by nearest rank: each result is one of the measured values, without
//! interpolation.

/// The quantile at `per_mille` thousandths of `values`.
///
/// NaN if there are no values.
pub fn quantile(values: &[f64], per_mille: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

/// The median. If the number of values is even, the lower of the two in the middle.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 500)
}

/// The median over the rounds of the ratio of a value to the base of the same round.
#[must_use]
pub fn median_ratio(values: &[f64], bases: &[f64]) -> f64 {
    let ratios: Vec<f64> = values.iter().zip(bases).map(|(value, base)| value / base).collect();
    median(&ratios)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "nearest rank hands out the very values that it was given")]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_depend_on_the_order() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(&[4.0, 3.0, 2.0, 1.0]), 2.0);
    }

    #[test]
    fn a_high_quantile_leaves_just_the_rest_above_it() {
        let values: Vec<f64> = (1..=2000).map(f64::from).collect();
        assert_eq!(quantile(&values, 990), 1980.0);
        assert_eq!(quantile(&values, 999), 1998.0);
    }

    #[test]
    fn one_value_is_every_quantile_and_none_is_not_a_number() {
        assert_eq!(quantile(&[3.0], 1), 3.0);
        assert_eq!(quantile(&[3.0], 1000), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        assert_eq!(median_ratio(&[2.0, 30.0, 8.0], &[1.0, 10.0, 2.0]), 3.0);
    }
}
