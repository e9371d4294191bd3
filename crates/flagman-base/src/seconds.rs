//! A duration as messages show it.

use std::fmt;
use std::time::Duration;

/// Displays a duration in seconds, as the shortest exact decimal: `2`, `0.25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(time) = self;
        write!(formatter, "{}", time.as_secs())?;
        match time.subsec_nanos() {
            0 => Ok(()),
            nanoseconds => {
                let fraction = format!(".{nanoseconds:09}");
                formatter.write_str(fraction.trim_end_matches('0'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Seconds;

    #[test]
    fn a_time_is_as_many_digits_as_it_needs() {
        let shown = |nanoseconds| Seconds(Duration::from_nanos(nanoseconds)).to_string();
        assert_eq!(shown(0), "0");
        assert_eq!(shown(60_000_000_000), "60");
        assert_eq!(shown(250_000_000), "0.25");
        assert_eq!(shown(10_000_000_001), "10.000000001");
    }
}
