//! The texts about runs, for the log and for `systemctl status`, and about arrivals that no run has
//! answered.

use std::fmt::{self, Write};
use std::time::Duration;

use flagman_base::{Arrival, Sender};

use crate::decider::Unanswered;
use crate::log::Fields;
use crate::outcome::Outcome;
use crate::record::{ActionRecord, RunRecord};

/// How much of an action's label is shown at most, in characters.
const LONGEST_LABEL: usize = 60;

impl fmt::Display for ActionRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = match self.outcome {
            Outcome::Done => "done in",
            Outcome::Closed { .. } => "closed after",
            Outcome::Failed(_) => "failed after",
        };
        write!(formatter, "{} {ended} {}", Label(&self.label), Took(self.took))?;
        match self.tries {
            0 | 1 => Ok(()),
            tries => write!(formatter, " in {tries} tries"),
        }
    }
}

/// What an action is called: its name, or its name and words in backquotes.
struct Label<'a>(&'a str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(' ') {
            write!(formatter, "`{}`", self.0)
        } else {
            formatter.write_str(self.0)
        }
    }
}

/// An action's name and words, cut if they are too long for a log line.
pub(crate) fn shortened(words: &str) -> String {
    match words.char_indices().nth(LONGEST_LABEL) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words.to_owned(),
    }
}

/// The line of a run that starts.
pub(crate) fn started(arrival: &Arrival, from: &str) -> String {
    let signal = arrival.signal;
    let value = with_value(arrival);
    match arrival.count {
        1 => format!("run for {signal} started: received once{from}{value}"),
        count => format!("run for {signal} started: received {count} times, first{from}{value}"),
    }
}

/// The line of a run that has ended: its signal, its arrivals and their sender, each action's outcome
/// and time, and how many arrivals were ignored meanwhile.
pub(crate) fn line(record: &RunRecord) -> String {
    let arrival = &record.arrival;
    let mut line = format!("{}: {}", arrival.signal, arrivals(arrival, &record.from));
    // Writing to a String does not fail.
    let _ = write!(line, "; {}", outcomes(&record.actions));
    line.push_str(&cut(record));
    match record.left_out {
        0 => {}
        1 => line.push_str("; 1 action did not run, because the grace was nearly over"),
        some => {
            let _ = write!(line, "; {some} actions did not run, because the grace was nearly over");
        }
    }
    if record.ignored > 0 {
        let _ = write!(line, "; {} ignored meanwhile", record.ignored);
    }
    line
}

/// What a policy has cut short.
fn cut(record: &RunRecord) -> String {
    let cut_by = record.cut_by.as_deref();
    cut_by.map(|label| format!("; stopped by the failure of {}", Label(label))).unwrap_or_default()
}

/// The record as JSON fields for a program that reads the log. Times are in microseconds.
pub(crate) fn fields(record: &RunRecord, fields: &mut Fields<'_>) {
    let RunRecord {
        run, arrival, answers, ignored, cut_by, left_out, started, ended, actions, ..
    } = record;
    fields.text("event", "run");
    fields.number("run", *run);
    arrival_fields(arrival, fields);
    fields.number("answers", answers.0);
    fields.number("ignored", *ignored);
    fields.number("us", microseconds(ended.saturating_sub(*started)));
    if *left_out > 0 {
        fields.number("not_run", u64::try_from(*left_out).unwrap_or(u64::MAX));
    }
    if let Some(label) = cut_by {
        fields.text("stopped_by", label);
    }
    fields.list("actions", actions, |action, fields| {
        fields.text("name", &action.label);
        fields.text("outcome", action.outcome.word());
        fields.number("us", microseconds(action.took));
        if action.tries > 1 {
            fields.number("tries", u64::from(action.tries));
        }
        match &action.outcome {
            Outcome::Done => {}
            Outcome::Closed { reason } => fields.text("message", reason),
            Outcome::Failed(failure) => fields.text("message", &failure.to_string()),
        }
    });
}

/// What is known when a run starts.
pub(crate) fn started_fields(arrival: &Arrival, fields: &mut Fields<'_>) {
    fields.text("event", "run_started");
    arrival_fields(arrival, fields);
}

fn arrival_fields(arrival: &Arrival, fields: &mut Fields<'_>) {
    fields.text("signal", &arrival.signal.to_string());
    fields.number("count", arrival.count);
    match arrival.sender {
        Some(Sender { pid, uid, .. }) => fields.object("sender", |sender| {
            sender.number("pid", pid);
            sender.number("uid", uid);
        }),
        None => fields.null("sender"),
    }
    if let Some(value) = arrival.value {
        fields.number("value", value);
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What `systemctl status` shows of a run.
pub(crate) fn summary(record: &RunRecord) -> String {
    format!("{}: {}{}", record.arrival.signal, outcomes(&record.actions), cut(record))
}

fn arrivals(arrival: &Arrival, from: &str) -> String {
    let value = with_value(arrival);
    match arrival.count {
        1 => format!("1 arrival{from}{value}"),
        count => format!("{count} arrivals, the first{from}{value}"),
    }
}

fn with_value(arrival: &Arrival) -> String {
    arrival.value.map(|value| format!(" with the value {value}")).unwrap_or_default()
}

/// Each action's outcome, in order.
fn outcomes(actions: &[ActionRecord]) -> String {
    if actions.is_empty() {
        return "no actions ran".to_owned();
    }
    let each: Vec<String> = actions.iter().map(ToString::to_string).collect();
    each.join(", ")
}

/// ` from pid 7 ("sh", uid 0)`, as far as known. The name is read from `/proc` at once, while the sender
/// may still exist. It is quoted, because a process chooses its own name.
pub(crate) fn from(sender: Option<Sender>) -> String {
    let Some(Sender { pid, uid, .. }) = sender else { return String::new() };
    match std::fs::read(format!("/proc/{pid}/comm")) {
        Ok(name) => {
            let name = String::from_utf8_lossy(name.trim_ascii_end());
            format!(" from pid {pid} ({name:?}, uid {uid})")
        }
        Err(_) => format!(" from pid {pid} (uid {uid})"),
    }
}

/// Arrivals that no run has answered, by signal: "SIGUSR2 (2 arrivals), SIGHUP (1 arrival)". Those
/// ignored in a run that has not ended count too: that run would have answered them.
pub(crate) fn list_unanswered(all: &[Unanswered]) -> String {
    let each = all.iter().map(|Unanswered { signal, waiting, ignored }| match waiting + ignored {
        1 => format!("{signal} (1 arrival)"),
        count => format!("{signal} ({count} arrivals)"),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// The last part of the line of a forced end; empty if all arrivals were answered.
pub(crate) fn unserved(all: &[Unanswered]) -> String {
    if all.is_empty() { String::new() } else { format!("; not served: {}", list_unanswered(all)) }
}

/// The last part of the line of a long run: what waits behind it, and what it has ignored.
pub(crate) fn unanswered(all: &[Unanswered]) -> String {
    let waits = |left: &&Unanswered| left.waiting > 0;
    let waiting = all.iter().filter(waits).map(|left| Unanswered { ignored: 0, ..*left });
    let waiting: Vec<Unanswered> = waiting.collect();
    let mut text = match waiting.as_slice() {
        [] => "; nothing waits behind it".to_owned(),
        waiting => format!("; waiting behind it: {}", list_unanswered(waiting)),
    };
    for Unanswered { signal, ignored, .. } in all.iter().filter(|left| left.ignored > 0) {
        // Writing to a String does not fail.
        let _ = write!(text, "; {ignored} of {signal} ignored meanwhile");
    }
    text
}

/// A duration, in the unit that a person would choose.
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
            (1..60, _) => write!(formatter, "{seconds}.{} s", nanoseconds / 100_000_000),
            (60..3600, _) => write!(formatter, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(formatter, "{} h {} min", seconds / 3600, seconds % 3600 / 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use flagman_base::{Arrival, Signal};

    use super::{Took, line, list_unanswered, shortened, started, summary, unanswered, unserved};
    use crate::decider::{BundleId, Ticket, Unanswered};
    use crate::outcome::{Failure, Outcome};
    use crate::record::{ActionRecord, RunRecord};

    fn record(count: u64, ignored: u64, from: &str, actions: Vec<ActionRecord>) -> RunRecord {
        RunRecord {
            run: 1,
            bundle: BundleId(0),
            arrival: Arrival::new(Signal::USR1).times(count),
            answers: Ticket(count),
            from: from.to_owned(),
            ignored,
            cut_by: None,
            left_out: 0,
            started: Duration::ZERO,
            ended: Duration::from_secs(2),
            actions,
        }
    }

    fn action(label: &str, outcome: Outcome, took: Duration) -> ActionRecord {
        ActionRecord { label: label.into(), outcome, tries: 1, took }
    }

    #[test]
    fn the_line_says_what_came_and_how_each_action_ended() {
        let failed = Outcome::Failed(Failure::Error("no light".into()));
        let closed = Outcome::Closed { reason: "enough".into() };
        let actions = vec![
            action("print", Outcome::Done, Duration::from_micros(12)),
            action("exec look --all", failed, Duration::from_millis(1234)),
            action("once", closed, Duration::from_micros(1500)),
        ];
        let record = record(3, 2, " from pid 7 (uid 0)", actions);
        let outcomes = "print done in 12 us, `exec look --all` failed after 1.2 s, \
                        once closed after 1.5 ms";
        let expected = format!(
            "SIGUSR1: 3 arrivals, the first from pid 7 (uid 0); {outcomes}; 2 ignored meanwhile"
        );
        assert_eq!(line(&record), expected);
        assert_eq!(summary(&record), format!("SIGUSR1: {outcomes}"));
    }

    #[test]
    fn an_unknown_sender_is_left_out() {
        let record = record(1, 0, "", Vec::new());
        assert_eq!(line(&record), "SIGUSR1: 1 arrival; no actions ran");
        assert_eq!(started(&record.arrival, ""), "run for SIGUSR1 started: received once");
        let twice = started(&record.arrival.times(2), " from pid 7");
        assert_eq!(twice, "run for SIGUSR1 started: received 2 times, first from pid 7");
    }

    #[test]
    fn unanswered_arrivals_are_listed_by_signal() {
        let of = |signal, waiting, ignored| Unanswered { signal, waiting, ignored };
        let all = [of(Signal::HUP, 1, 0), of(Signal::USR1, 1, 2), of(Signal::USR2, 0, 1)];
        let list = "SIGHUP (1 arrival), SIGUSR1 (3 arrivals), SIGUSR2 (1 arrival)";
        assert_eq!(list_unanswered(&all), list);
        assert_eq!(unserved(&all), format!("; not served: {list}"));
        assert_eq!(unserved(&[]), "");
        let behind = "; waiting behind it: SIGHUP (1 arrival), SIGUSR1 (1 arrival); \
                      2 of SIGUSR1 ignored meanwhile; 1 of SIGUSR2 ignored meanwhile";
        assert_eq!(unanswered(&all), behind);
        assert_eq!(unanswered(&[]), "; nothing waits behind it");
    }

    #[test]
    fn a_duration_is_in_the_unit_that_a_person_would_choose() {
        let cases = [
            (Duration::from_nanos(999_999), "999 us"),
            (Duration::from_millis(1), "1.0 ms"),
            (Duration::from_millis(59_999), "59.9 s"),
            (Duration::from_mins(1), "1 min 0 s"),
            (Duration::from_secs(3599), "59 min 59 s"),
            (Duration::from_hours(1), "1 h 0 min"),
            (Duration::from_mins(1501), "25 h 1 min"),
        ];
        for (duration, shown) in cases {
            assert_eq!(Took(duration).to_string(), shown);
        }
    }

    #[test]
    fn a_long_label_is_cut_between_characters() {
        assert_eq!(shortened("exec job"), "exec job");
        let long = format!("{}é", "é ".repeat(40));
        assert_eq!(shortened(&long), format!("{}…", "é ".repeat(30).trim_end()));
    }
}
