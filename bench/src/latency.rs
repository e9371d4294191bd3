//! Measures the time from kill(2) to the complete line with which a program answers.
//!
//! For a program that reads lines instead of signals, the time starts at write(2).
//!
//! Ordering rule: the next signal is sent only after the answer to the previous one has been read
//! and the pipe is empty. So no line can be mistaken for the answer to another signal.

use std::thread::sleep;
use std::time::Duration;

use crate::contestants::{Contestant, Delivery, Entry, Running, now};
use crate::failure::{During, Failure, Result};
use crate::lines::PATIENCE;
use crate::statistics::{median, median_ratio, quantile};

/// The size and the pace of a scenario.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The number of rounds.
    pub rounds: usize,
    /// The number of signals for each program in a round.
    pub signals: usize,
    /// The pause between an answer and the next signal, in which the program goes back to sleep.
    pub pause: Duration,
}

/// Long enough for a program to go back to sleep.
pub const SHORT_PAUSE: Duration = Duration::from_micros(200);

/// Long enough for a started program to end after its line and to be reaped.
pub const LONG_PAUSE: Duration = Duration::from_millis(3);

/// The times of one program in one round, in microseconds.
#[derive(Debug, Clone)]
pub struct Round {
    /// The time of each answer, in the order of the signals.
    pub times: Vec<f64>,
    /// The median.
    pub median: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The 99.9th percentile.
    pub p999: f64,
    /// How many signals were not answered. They are not in `times`.
    pub lost: usize,
}

/// The times of one program in all rounds.
#[derive(Debug)]
pub struct Latency {
    /// The contestant's name.
    pub name: &'static str,
    /// The rounds, in the order in which they ran.
    pub rounds: Vec<Round>,
}

impl Latency {
    /// The median of one figure over the rounds.
    pub fn typical(&self, figure: fn(&Round) -> f64) -> f64 {
        median(&self.each(figure))
    }

    /// The median over the rounds of the ratio of one figure to that of `floor`.
    pub fn ratio(&self, floor: &Self, figure: fn(&Round) -> f64) -> f64 {
        median_ratio(&self.each(figure), &floor.each(figure))
    }

    /// How many signals were not answered.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.rounds.iter().map(|round| round.lost).sum()
    }

    fn each(&self, figure: fn(&Round) -> f64) -> Vec<f64> {
        self.rounds.iter().map(figure).collect()
    }
}

/// Signals each contestant in turn, round after round.
///
/// # Errors
/// A contestant cannot be started, ends, loses a signal that it must not lose, or prints something
/// other than its answer.
pub fn measure(contestants: &[Contestant], pace: Pace) -> Result<Vec<Latency>> {
    let empty = |contestant: &Contestant| Latency { name: contestant.name(), rounds: Vec::new() };
    let mut latencies: Vec<Latency> = contestants.iter().map(empty).collect();
    for _ in 0..pace.rounds {
        for (contestant, latency) in contestants.iter().zip(&mut latencies) {
            latency.rounds.push(play_round(contestant, pace)?);
        }
    }
    Ok(latencies)
}

fn play_round(contestant: &Contestant, pace: Pace) -> Result<Round> {
    let signals = pace.signals;
    let mut running = contestant.start()?;
    let mut times = Vec::with_capacity(signals);
    for number in 1..=signals {
        sleep(pace.pause);
        let named = || format!("measure the answer of {} to signal {number}", contestant.name());
        match answer_time(&mut running, contestant.entry) {
            Ok(Some(time)) => times.push(time.as_secs_f64() * 1e6),
            Ok(None) => tolerate_loss(contestant, number - times.len(), signals)
                .map_err(|cause| Failure::new(named(), cause))?,
            Err(cause) => return Err(Failure::new(named(), cause)),
        }
    }
    Ok(summary(times, signals))
}

/// Returns none when the signal was lost.
fn answer_time(running: &mut Running, entry: &Entry) -> Result<Option<Duration>> {
    if !running.lines.is_quiet()? {
        return Err(Failure::new("send it", "there is output that no signal asked for"));
    }
    let time = || now().during(|| "tell the time".to_owned());
    let before = time()?;
    running.ask()?;
    let line = running.lines.read_line_within(patience(entry.delivery))?;
    let read = time()?;
    let Some(line) = line else {
        return Ok(None);
    };
    match entry.answer.moment(&line, read).and_then(|answered| answered.checked_sub(before)) {
        Some(time) => Ok(Some(time)),
        None => Err(Failure::new("take it", format!("it is \"{}\"", line.escape_ascii()))),
    }
}

/// How long to wait before an answer counts as lost. The limit is shorter for a program that is
/// known to lose signals.
const fn patience(delivery: Delivery) -> Duration {
    match delivery {
        Delivery::Sure => PATIENCE,
        Delivery::Leaky => Duration::from_secs(5),
    }
}

/// A program that is known to lose signals may lose half of them, or one if that is more: it loses
/// more on a busy machine. The report gives the number. Other programs must not lose any.
fn tolerate_loss(contestant: &Contestant, lost: usize, signals: usize) -> Result<()> {
    let allowed = match contestant.entry.delivery {
        Delivery::Sure => 0,
        Delivery::Leaky => (signals / 2).max(1),
    };
    if lost <= allowed {
        return Ok(());
    }
    let seconds = patience(contestant.entry.delivery).as_secs();
    let cause = format!("none within {seconds} s, {lost} lost so far");
    Err(Failure::new("see an answer", cause))
}

fn summary(times: Vec<f64>, signals: usize) -> Round {
    Round {
        median: median(&times),
        p99: quantile(&times, 990),
        p999: quantile(&times, 999),
        lost: signals - times.len(),
        times,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contestants::{Answer, Place, Surroundings};

    fn shell(program: &'static str, delivery: Delivery) -> Contestant {
        let arguments = Box::leak(Box::new(["-c", program]));
        let place = Place::SearchPath("bash");
        let (ready, surroundings) = ("ready", Surroundings::None);
        let answer = Answer::Line("x");
        let entry = Entry {
            name: "shell",
            place,
            arguments,
            nothings: 0,
            surroundings,
            ready,
            answer,
            delivery,
        };
        Contestant { entry: Box::leak(Box::new(entry)), program: "/bin/bash".into() }
    }

    fn pace(signals: usize) -> Pace {
        Pace { rounds: 1, signals, pause: SHORT_PAUSE }
    }

    fn failure_of(program: &'static str) -> String {
        play_round(&shell(program, Delivery::Sure), pace(3)).unwrap_err().to_string()
    }

    #[test]
    fn a_program_that_answers_each_signal_has_a_time_for_each() {
        let program = "trap 'echo x' USR1; echo ready; while :; do :; done";
        let round = play_round(&shell(program, Delivery::Sure), pace(20)).unwrap();
        assert_eq!(round.lost, 0);
        assert!(0.0 < round.median && round.median <= round.p99 && round.p99 <= round.p999);
    }

    #[test]
    fn a_program_that_dies_of_the_signal_is_a_failure_and_not_a_wait() {
        let failure = failure_of("echo ready; exec sleep 1000");
        assert!(failure.ends_with("the program has closed it"), "{failure}");
    }

    #[test]
    fn another_line_than_the_answer_is_a_failure() {
        let failure = failure_of("trap 'echo y' USR1; echo ready; while :; do :; done");
        assert!(failure.ends_with("it is \"y\""), "{failure}");
    }

    #[test]
    fn output_that_no_signal_asked_for_is_a_failure() {
        // Both lines are written at once, so the second is there as soon as the first.
        let program = "trap 'printf \"x\\nx\\n\"' USR1; echo ready; while :; do :; done";
        let failure = failure_of(program);
        assert!(failure.ends_with("output that no signal asked for"), "{failure}");
    }

    #[test]
    fn only_a_leaky_program_may_lose_a_signal() {
        let (sure, leaky) = (shell("", Delivery::Sure), shell("", Delivery::Leaky));
        assert!(tolerate_loss(&sure, 1, 2000).is_err());
        assert!(tolerate_loss(&leaky, 1000, 2000).is_ok());
        assert!(tolerate_loss(&leaky, 1001, 2000).is_err());
        assert!(tolerate_loss(&leaky, 1, 1).is_ok());
    }
}
