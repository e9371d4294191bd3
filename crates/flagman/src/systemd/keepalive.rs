//! Whether to send a keep-alive to the service manager's watchdog (`WatchdogSec=`).
//!
//! The watcher sends them, and it could do so for ever while the main thread is stuck. So they are sent
//! only while the main thread waits, has just begun its work, or is inside an action that has not used
//! up its time.

use std::sync::Arc;
use std::time::Duration;

use crate::decider::Time;
use crate::pulse::{Doing, Pulse};

/// The least time between two checks. Shorter intervals would cost more than they are worth.
const LEAST: Duration = Duration::from_millis(10);

/// The event loop may always take this long for a turn, because the machine may be busy.
const LOOP_PATIENCE: Duration = Duration::from_millis(100);

/// How many times per interval flagman checks whether what was stuck has continued. So the manager gets
/// the next keep-alive before its time is up.
const LOOKS: u32 = 16;

/// What the watchdog asks for, and when the next keep-alive is due; see the module.
#[derive(Debug)]
pub(super) struct Keepalive {
    /// The time between keep-alives: half the time for which the manager waits.
    interval: Duration,
    /// How long an in-process action may take.
    patience: Duration,
    period: Duration,
    due: Time,
    pulse: Arc<Pulse>,
    withheld: bool,
}

/// What to do for the watchdog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// Send a keep-alive. `again`: they were withheld until now, so log that they have resumed.
    Alive { again: bool },
    /// Stop sending keep-alives.
    Withhold(Stuck),
}

/// What is stuck, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    Action(Duration),
    EventLoop(Duration),
}

impl Keepalive {
    /// A watchdog that waits for `period`. An in-process action may take `timeout`, or twice the period
    /// if there is none.
    pub(super) fn new(period: Duration, timeout: Option<Duration>, pulse: Arc<Pulse>) -> Self {
        let interval = (period / 2).max(LEAST);
        let patience = timeout.unwrap_or(period * 2);
        Self { period, interval, patience, due: interval, pulse, withheld: false }
    }

    /// Lets an in-process action take this long from now on, or twice the period.
    pub(super) fn limit(&mut self, timeout: Option<Duration>) {
        self.patience = timeout.unwrap_or(self.period * 2);
    }

    /// When [`pass`](Self::pass) must be called.
    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// What to do at the time `now`.
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

    /// A keep-alive could not be sent. It is tried again soon.
    pub(super) fn refused(&mut self, now: Time, wait: Duration) {
        self.due = now + wait.min(self.interval);
    }
}

/// How long the manager waits for a keep-alive from this process (`sd_watchdog_enabled(3)`); `None` if
/// it wants none.
///
/// # Errors
/// The value in the environment cannot be understood.
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
    fn two_keep_alives_are_sent_in_each_period_while_flagman_waits() {
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
    fn after_an_action_that_ends_late_keep_alives_resume_before_the_manager_gives_up() {
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
    fn an_event_loop_that_does_not_finish_its_turn_is_stuck() {
        let (mut keepalive, pulse) = keepalive(Some(seconds(3600)));
        pulse.set(Doing::Working(seconds(100)));
        assert_eq!(keepalive.pass(seconds(105)), ALIVE);
        let stuck = Told::Withhold(Stuck::EventLoop(seconds(10)));
        assert_eq!(keepalive.pass(seconds(110)), stuck);
    }

    #[test]
    fn the_environment_may_name_another_process_or_hold_nonsense() {
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
