//! Formats the figures as text and tables. Measures and judges nothing.

use std::path::Path;

use crate::contestants::Entry;
use crate::flood::{self, Flood};
use crate::growth::Growth;
use crate::herd::{self, Herd};
use crate::idle::Idle;
use crate::latency::{Latency, Round};
use crate::options::Options;
use crate::proc::machine;
use crate::programs::{ALL_BUNDLES, FLOOR};
use crate::start::{STARTS, Start};
use crate::statistics::median;
use crate::table::Table;
use crate::targets::Verdict;

/// The conditions of the measurement, and the programs that are left out.
#[must_use]
pub fn conditions(flagman: &Path, options: &Options, absent: &[&Entry]) -> String {
    let flagman = flagman.display();
    let Options { rounds, signals, exec_signals, .. } = options;
    let pinned =
        options.cpu.map_or_else(String::new, |cpu| format!("pinned:  to processor {cpu}\n"));
    let mut absences: Vec<String> = absent.iter().map(|entry| absence(entry)).collect();
    // A program may be absent from more than one table.
    absences.dedup();
    let absences = absences.concat();
    format!(
        "{}flagman: {flagman}\n\
        runner:  {} build\n\
        rounds:  {rounds}, each of {signals} signals (exec: {exec_signals}) and {STARTS} starts; \
        figures are medians of rounds\n\
        {pinned}{absences}",
        machine(),
        build(),
    )
}

fn absence(entry: &Entry) -> String {
    format!("{} is left out: it is not in PATH\n", entry.name)
}

/// The floor has the same build profile as the runner. Without optimization its figures mean
/// little.
const fn build() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

/// A row for each program: times, and ratios to the floor.
#[must_use]
pub fn latency(title: &str, latencies: &[Latency]) -> String {
    let mut table =
        Table::new(&["program", "median", "p99", "p99.9", "median/floor", "p99/floor", "lost"]);
    let floor = latencies.iter().find(|latency| latency.name == FLOOR);
    for latency in latencies {
        table.add(latency_row(latency, floor));
    }
    section(title, &table)
}

fn latency_row(latency: &Latency, floor: Option<&Latency>) -> [String; 7] {
    let time = |figure: fn(&Round) -> f64| format!("{:.1}", latency.typical(figure));
    let ratio = |figure: fn(&Round) -> f64| {
        floor.map_or_else(|| "-".to_owned(), |floor| format!("{:.2}", latency.ratio(floor, figure)))
    };
    [
        latency.name.to_owned(),
        time(|round| round.median),
        time(|round| round.p99),
        time(|round| round.p999),
        ratio(|round| round.median),
        ratio(|round| round.p99),
        latency.lost().to_string(),
    ]
}

/// A row for each program: memory in KiB, threads, and context switches in one second.
#[must_use]
pub fn idle(idles: &[Idle]) -> String {
    let mut table = Table::new(&["program", "Rss", "Pss", "threads", "switches"]);
    for idle in idles {
        let numbers = [idle.memory.resident, idle.memory.proportional, idle.threads, idle.switches];
        let name = [idle.name.to_owned()];
        table.add(name.into_iter().chain(numbers.map(|number| number.to_string())));
    }
    section("Memory in KiB, and context switches in one idle second, all programs at once", &table)
}

/// A row for flagman and one for the program that does nothing.
#[must_use]
pub fn start(start: &Start) -> String {
    let mut table = Table::new(&["program", "median", "ratio"]);
    let (flagman, nothing) = (median(&start.flagman), median(&start.nothing));
    let ratio = start.ratio();
    table.add(["flagman".to_owned(), format!("{flagman:.3}"), format!("{ratio:.2}")]);
    let (all, all_ratio) = (median(&start.all_bundles), start.ratio_of_all_bundles());
    table.add([ALL_BUNDLES.to_owned(), format!("{all:.3}"), format!("{all_ratio:.2}")]);
    table.add(["/bin/true".to_owned(), format!("{nothing:.3}"), "1.00".to_owned()]);
    section("Start, from spawn to READY=1 (/bin/true: to its end), in ms", &table)
}

/// A row for each number of actions, and the cost of each further action.
#[must_use]
pub fn growth(growth: &Growth) -> String {
    let mut table = Table::new(&["actions", "median", "p99", "Pss"]);
    for ((actions, latency), memory) in
        growth.actions.iter().zip(&growth.latencies).zip(growth.memory())
    {
        let [median, p99] =
            [latency.typical(|round| round.median), latency.typical(|round| round.p99)];
        table.add([
            actions.to_string(),
            format!("{median:.1}"),
            format!("{p99:.1}"),
            format!("{memory:.0}"),
        ]);
    }
    let title = "More actions in a bundle: from kill to the line of the last one, in us, and KiB";
    let (time, memory) = (growth.time_of_an_action(), growth.memory_of_an_action());
    format!("{}each further action: {time:.2} us, {memory:.2} KiB\n", section(title, &table))
}

/// The cost of each signal of a flood.
#[must_use]
pub fn flood(flood: &Flood) -> String {
    let (signals, time) = (flood::SIGNALS, flood.time_of_a_signal);
    format!(
        "\nA flood of {signals} signals of one kind: {time:.2} us of flagman's processor time for each\n"
    )
}

/// The total cost of many flagman processes.
#[must_use]
pub fn herd(herd: &Herd) -> String {
    let Herd { size, proportional, idle_time, answered } = herd;
    let seconds = herd::WATCH.as_secs();
    let (memory, time) = (proportional / 1024, idle_time.as_secs_f64() * 1e3);
    format!(
        "\n{size} flagmans at once: {memory} MiB of proportional memory in all, {time:.3} ms of \
         processor time in {seconds} idle seconds; {answered} answered\n"
    )
}

/// A row for each target.
#[must_use]
pub fn targets(verdicts: &[Verdict]) -> String {
    let mut table = Table::new(&["target", "measured", "verdict"]);
    for verdict in verdicts {
        let word = if verdict.is_met { "met" } else { "missed" };
        table.add([verdict.target.clone(), verdict.measured.clone(), word.to_owned()]);
    }
    section("Targets of flagman", &table)
}

fn section(title: &str, table: &Table) -> String {
    format!("\n{title}\n{table}")
}
