//! The lines of arrivals that do not start a run: at most ten a second, with how many were not shown. They
//! are at DEBUG, and at INFO for a signal that has no actions any more.

use crate::decider::{Admission, Fate, Ticket, Time};
use crate::log::CORE;
use crate::rate::Rate;
use crate::report;
use crate::signals::Siginfo;

/// An arrival as it was received, and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) siginfo: Siginfo,
    pub(crate) admission: Admission,
}

/// How many arrivals have been logged and hidden so far; see the module.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    with_actions: Shown,
    without_actions: Shown,
}

/// How many lines were logged and hidden so far.
#[derive(Debug, Default)]
struct Shown {
    rate: Rate,
    hidden: u64,
}

impl Shown {
    /// What a line ends with, if it may be logged now.
    fn end_of_line(&mut self, now: Time) -> Option<String> {
        if now < self.rate.next_at_once() {
            self.hidden += 1;
            return None;
        }
        self.rate.told(now);
        Some(match std::mem::take(&mut self.hidden) {
            0 => String::new(),
            1 => " (1 arrival before it is not shown)".to_owned(),
            hidden => format!(" ({hidden} arrivals before it are not shown)"),
        })
    }
}

impl Arrivals {
    /// Logs those of `arrivals` that wait, are ignored or are not served, as often as the rate allows.
    pub(crate) fn log(&mut self, arrivals: &[Received], now: Time) {
        for line in arrivals.iter().filter_map(|arrival| self.line(arrival, now)) {
            log::debug!(target: CORE, "{line}");
        }
    }

    /// Logs that these have no actions, as often as the rate allows.
    pub(crate) fn log_without_actions(&mut self, arrivals: &[Siginfo], now: Time) {
        for Siginfo { signal, sender, .. } in arrivals {
            if let Some(hidden) = self.without_actions.end_of_line(now) {
                let from = report::from(*sender);
                log::info!(target: CORE, "{signal} received{from}: it has no actions{hidden}");
            }
        }
    }

    fn line(&mut self, arrival: &Received, now: Time) -> Option<String> {
        let Received { siginfo, admission: Admission { ticket: Ticket(ticket), fate, .. } } =
            arrival;
        let what = fate_in_words(*fate)?;
        let hidden = self.with_actions.end_of_line(now)?;
        let (signal, from) = (siginfo.signal, report::from(siginfo.sender));
        Some(format!("{signal}, arrival {ticket}{from}: {what}{hidden}"))
    }
}

/// `None` if its run starts now, which has a line of its own.
fn fate_in_words(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Starts => None,
        Fate::Waits => Some("waits"),
        Fate::WaitsForQuiet => Some("waits for the quiet period"),
        Fate::NoActions => Some("it has no actions"),
        Fate::Ignored => Some("ignored; its actions are already running"),
        Fate::Unserved => Some("not served; flagman is shutting down"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use flagman_base::Signal;

    use super::{Admission, Arrivals, Fate, Received, Siginfo, Ticket};

    fn arrival(ticket: u64, fate: Fate) -> Received {
        let siginfo = Siginfo { signal: Signal::USR1, sender: None, value: None };
        Received { siginfo, admission: Admission { ticket: Ticket(ticket), fate, is_full: false } }
    }

    #[test]
    fn ten_a_second_have_a_line_and_the_others_are_counted() {
        let (mut arrivals, now) = (Arrivals::default(), Duration::from_secs(7));
        let mut line = |ticket, fate, now| arrivals.line(&arrival(ticket, fate), now);
        for ticket in 1..=12 {
            let told = format!("SIGUSR1, arrival {ticket}: waits");
            assert_eq!(line(ticket, Fate::Waits, now), (ticket <= 10).then_some(told));
        }
        assert_eq!(line(13, Fate::Starts, now * 2), None);
        let told = "SIGUSR1, arrival 14: ignored; its actions are already running \
                    (2 arrivals before it are not shown)";
        assert_eq!(line(14, Fate::Ignored, now * 2).as_deref(), Some(told));
        let told = "SIGUSR1, arrival 15: not served; flagman is shutting down";
        assert_eq!(line(15, Fate::Unserved, now * 2).as_deref(), Some(told));
    }
}
