//! Decides when to tell the service manager's watchdog that flagman is alive (`WatchdogSec=`).
//!
//! It is told by the watcher, which could go on for ever while the main thread is stuck. So it is
//! told only while the main thread waits, has just begun its work, or is inside an action that has
//! not used up its time.

use std::sync::Arc;
use std::time::Duration;

use crate::decider::Time;
use crate::pulse::{Doing, Pulse};

/// The least time between two looks: a watchdog that wants more would cost more than it is worth.
const LEAST: Duration = Duration::from_millis(10);

/// How long the event loop may be at work before it counts as stuck: a machine can be busy.
const LOOP_PATIENCE: Duration = Duration::from_millis(100);

/// How often in an interval to look whether what was stuck continues: a keep-alive then comes before
/// the manager loses its patience.
const LOOKS: u32 = 16;

/// The watchdog's demands, and when it was last told; see the module.
#[derive(Debug)]
pub(super) struct Keepalive {
    /// From one keep-alive to the next: half of what the manager waits for.
    interval: Duration,
    /// How long an in-process action may take.
    patience: Duration,
    due: Time,
    pulse: Arc<Pulse>,
    withheld: bool,
}

/// What to do for the watchdog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// Say that flagman is alive, and that it is so again if it was not.
    Alive { again: bool },
    /// Say no more that it is alive.
    Withhold(Stuck),
}

/// What is stuck, and for how long it is already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    Action(Duration),
    EventLoop(Duration),
}

impl Keepalive {
    /// A watchdog that waits for `period`; an in-process action may take `timeout`, or else twice the
    /// period.
    pub(super) fn new(period: Duration, timeout: Option<Duration>, pulse: Arc<Pulse>) -> Self {
        let interval = (period / 2).max(LEAST);
        let patience = timeout.unwrap_or(period * 2);
        Self { interval, patience, due: interval, pulse, withheld: false }
    }

    /// When to call [`pass`](Self::pass).
    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// What to do at `now`.
    pub(super) fn pass(&mut self, now: Time) -> Told {
        if now < self.due {
            return Told::Nothing;
        }
        self.due = now + self.interval;
        let stuck = match self.pulse.get() {
            Doing::Waiting => None,
            Doing::Working(since) => {
                let time = now.saturating_sub(since);
                (time > self.interval.max(LOOP_PATIENCE)).then_some(Stuck::EventLoop(time))
            }
            Doing::Acting(since) => {
                let time = now.saturating_sub(since);
                (time > self.patience).then_some(Stuck::Action(time))
            }
        };
        if stuck.is_some() {
            self.due = now + (self.interval / LOOKS).max(LEAST);
        }
        let was_withheld = std::mem::replace(&mut self.withheld, stuck.is_some());
        match stuck {
            None => Told::Alive { again: was_withheld },
            Some(stuck) if !was_withheld => Told::Withhold(stuck),
            Some(_) => Told::Nothing,
        }
    }

    /// The keep-alive could not be sent: try again soon.
    pub(super) fn refused(&mut self, now: Time, wait: Duration) {
        self.due = now + wait.min(self.interval);
    }
}

/// How long the manager waits for a keep-alive of this process (`sd_watchdog_enabled(3)`); `None` if
/// it wants none.
///
/// # Errors
/// What the environment says of it cannot be understood.
pub(super) fn period_from_environment() -> Result<Option<Duration>, String> {
    let [period, pid] = ["WATCHDOG_USEC", "WATCHDOG_PID"].map(|name| std::env::var(name).ok());
    period_of(period.as_deref(), pid.as_deref(), std::process::id())
}

fn period_of(
    period: Option<&str>,
    pid: Option<&str>,
    own: u32,
) -> Result<Option<Duration>, String> {
    let Some(period) = period else { return Ok(None) };
    if pid.is_some_and(|pid| pid.parse() != Ok(own)) {
        return Ok(None);
    }
    match period.parse() {
        Ok(0) | Err(_) => Err(format!("WATCHDOG_USEC is `{period}`, not a number of microseconds")),
        Ok(microseconds) => Ok(Some(Duration::from_micros(microseconds))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Keepalive, Stuck, Told, period_of};
    use crate::pulse::{Doing, Pulse};

    const PERIOD: Duration = Duration::from_secs(10);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn keepalive(timeout: Option<Duration>) -> (Keepalive, Arc<Pulse>) {
        let pulse = Arc::new(Pulse::default());
        (Keepalive::new(PERIOD, timeout, Arc::clone(&pulse)), pulse)
    }

    const ALIVE: Told = Told::Alive { again: false };

    #[test]
    fn it_is_told_twice_in_a_period_while_flagman_waits() {
        let (mut keepalive, _) = keepalive(None);
        assert_eq!(keepalive.pass(seconds(4)), Told::Nothing);
        assert_eq!(keepalive.pass(seconds(5)), ALIVE);
        assert_eq!(keepalive.due(), seconds(10));
        assert_eq!(keepalive.pass(seconds(6)), Told::Nothing);
        assert_eq!(keepalive.pass(seconds(12)), ALIVE);
        assert_eq!(keepalive.due(), seconds(17));
    }

    #[test]
    fn an_action_may_take_twice_the_period_or_the_timeout() {
        for (timeout, last) in [(None, 20), (Some(seconds(3600)), 3600), (Some(seconds(1)), 1)] {
            let (mut keepalive, pulse) = keepalive(timeout);
            pulse.set(Doing::Acting(seconds(100)));
            for time in (105..=100 + last).step_by(5) {
                assert_eq!(keepalive.pass(seconds(time)), ALIVE, "{time}");
            }
            let stuck = seconds(last + 5);
            let withheld = Told::Withhold(Stuck::Action(stuck));
            assert_eq!(keepalive.pass(seconds(100) + stuck), withheld);
            assert_eq!(keepalive.pass(seconds(110) + stuck), Told::Nothing);
            pulse.set(Doing::Waiting);
            assert_eq!(keepalive.pass(seconds(120) + stuck), Told::Alive { again: true });
            assert_eq!(keepalive.pass(seconds(130) + stuck), ALIVE);
        }
    }

    #[test]
    fn an_action_that_ends_late_is_told_of_before_the_manager_loses_its_patience() {
        for end in 501..=900 {
            let (mut keepalive, pulse) = keepalive(Some(Duration::from_millis(100)));
            assert_eq!(keepalive.pass(seconds(5)), ALIVE);
            pulse.set(Doing::Acting(seconds(8)));
            let end = Duration::from_millis(10 * end + 5000);
            let mut told = keepalive.due();
            while told < end {
                assert_ne!(keepalive.pass(told), ALIVE, "{told:?}");
                told = keepalive.due();
            }
            pulse.set(Doing::Waiting);
            assert_eq!(keepalive.pass(told), Told::Alive { again: true });
            assert!(told < seconds(5) + PERIOD, "{end:?}: {told:?}");
        }
    }

    #[test]
    fn an_event_loop_that_does_not_come_round_is_stuck() {
        let (mut keepalive, pulse) = keepalive(Some(seconds(3600)));
        pulse.set(Doing::Working(seconds(100)));
        assert_eq!(keepalive.pass(seconds(105)), ALIVE);
        let stuck = Told::Withhold(Stuck::EventLoop(seconds(10)));
        assert_eq!(keepalive.pass(seconds(110)), stuck);
    }

    #[test]
    fn the_environment_may_mean_another_process_or_nonsense() {
        assert_eq!(period_of(None, None, 7), Ok(None));
        assert_eq!(period_of(Some("2000000"), None, 7), Ok(Some(seconds(2))));
        assert_eq!(period_of(Some("2000000"), Some("7"), 7), Ok(Some(seconds(2))));
        assert_eq!(period_of(Some("2000000"), Some("8"), 7), Ok(None));
        for nonsense in ["", "0", "-1", "2s"] {
            let wrong = period_of(Some(nonsense), None, 7).unwrap_err();
            assert!(wrong.contains(&format!("`{nonsense}`")), "{wrong}");
        }
    }
}
