//! What the log and `systemctl status` say of a run.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use flagman_base::{Arrival, Sender};

use crate::decider::Report;

/// How one action of a run ended, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Performed {
    pub(crate) name: Arc<str>,
    pub(crate) ended: Ended,
    pub(crate) took: Duration,
}

/// The outcome of an action's run, without its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    Closed,
    Failed,
}

impl fmt::Display for Performed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = match self.ended {
            Ended::Done => "done in",
            Ended::Closed => "closed after",
            Ended::Failed => "failed after",
        };
        write!(formatter, "{} {ended} {}", self.name, Took(self.took))
    }
}

/// The line of a run: its signal, its arrivals and their sender, what was ignored meanwhile, each
/// action's time and outcome.
pub(crate) fn line(report: &Report, from: &str, performed: &[Performed]) -> String {
    let Arrival { signal, count, .. } = report.arrival;
    let mut line = format!("{signal}: ");
    // Writing to a String does not fail.
    let _ = match count {
        1 => write!(line, "1 arrival{from}"),
        _ => write!(line, "{count} arrivals, the first{from}"),
    };
    let _ = write!(line, "; {}", outcomes(performed));
    if report.ignored > 0 {
        let _ = write!(line, "; {} ignored meanwhile", report.ignored);
    }
    line
}

/// Each action's outcome, in order.
pub(crate) fn outcomes(performed: &[Performed]) -> String {
    if performed.is_empty() {
        return "no actions ran".to_owned();
    }
    let each: Vec<String> = performed.iter().map(ToString::to_string).collect();
    each.join(", ")
}

/// ` from pid 7 ("sh", uid 0)`, as far as it is known. The name is read from `/proc` now, while the
/// sender may still be there; it is quoted, for a process chooses its own.
pub(crate) fn from(sender: Option<Sender>) -> String {
    let Some(Sender { pid, uid }) = sender else { return String::new() };
    match std::fs::read(format!("/proc/{pid}/comm")) {
        Ok(name) => {
            let name = String::from_utf8_lossy(name.trim_ascii_end());
            format!(" from pid {pid} ({name:?}, uid {uid})")
        }
        Err(_) => format!(" from pid {pid} (uid {uid})"),
    }
}

/// A duration in the unit that a person would choose.
pub(crate) struct Took(pub(crate) Duration);

impl fmt::Display for Took {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanoseconds) = (self.0.as_secs(), self.0.subsec_nanos());
        match (seconds, nanoseconds) {
            (0, 0..1_000_000) => write!(formatter, "{} us", nanoseconds / 1000),
            (0, _) => {
                let tenths = nanoseconds / 100_000;
                write!(formatter, "{}.{} ms", tenths / 10, tenths % 10)
            }
            _ => write!(formatter, "{seconds}.{} s", nanoseconds / 100_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use flagman_base::{Arrival, Signal};

    use super::{Ended, Performed, line};
    use crate::decider::Report;

    fn report(count: u64, ignored: u64) -> Report {
        Report { arrival: Arrival { signal: Signal::USR1, count, sender: None }, ignored }
    }

    #[test]
    fn the_line_says_what_came_and_how_each_action_ended() {
        let performed = [
            Performed { name: "print".into(), ended: Ended::Done, took: Duration::from_micros(12) },
            Performed {
                name: "look".into(),
                ended: Ended::Failed,
                took: Duration::from_millis(1234),
            },
            Performed {
                name: "once".into(),
                ended: Ended::Closed,
                took: Duration::from_micros(1500),
            },
        ];
        let expected = "SIGUSR1: 3 arrivals, the first from pid 7 (uid 0); print done in 12 us, \
                        look failed after 1.2 s, once closed after 1.5 ms; 2 ignored meanwhile";
        assert_eq!(line(&report(3, 2), " from pid 7 (uid 0)", &performed), expected);
    }

    #[test]
    fn a_sender_that_is_not_known_is_left_out() {
        assert_eq!(line(&report(1, 0), "", &[]), "SIGUSR1: 1 arrival; no actions ran");
    }
}
