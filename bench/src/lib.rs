//! Compares flagman with its floor and its peers, and prints the figures as tables. The floor is a
//! minimal program for the same task, in the style of a bare C program.
//!
//! Each scenario is a module that takes the contestants and returns figures. A missed target is not
//! a failure; a figure that cannot be measured is. The programs in `src/bin` whose names end in
//! `floor` are the floors.

pub mod failure;
pub mod options;

pub mod scratch;

pub mod child;
pub mod contestants;
pub mod lines;
pub mod proc;
pub mod programs;

pub mod endure;
pub mod flood;
pub mod growth;
pub mod herd;
pub mod idle;
pub mod latency;
pub mod start;

pub mod unsteady;

pub mod statistics;
pub mod table;
pub mod targets;

pub mod plot;
pub mod report;
pub mod written;

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::{During, Result};
use crate::latency::{LONG_PAUSE, Pace, SHORT_PAUSE};
use crate::options::{HELP, Options, Request};
use crate::programs::{ACTION_PROGRAM, BUNDLES, EXEC, FLOODED, IN_PROCESS};
use crate::targets::Figures;

/// The exit status when everything that was asked for was done.
const DONE: u8 = 0;
/// The exit status when something could not be measured.
const NOT_MEASURED: u8 = 1;
/// The exit status for a mistake on the command line.
const MISUSED: u8 = 2;

/// Runs the program with the arguments `words` (without the program's name).
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let status = match options::parse(words) {
        Ok(Request::Help) => settle(tell(HELP)),
        Ok(Request::Measure(options)) => settle(measure(&options)),
        Err(mistake) => {
            eprintln!("flagman-bench: {mistake}; see --help");
            MISUSED
        }
    };
    ExitCode::from(status)
}

fn settle(result: Result<()>) -> u8 {
    match result {
        Ok(()) => DONE,
        Err(failure) => {
            eprintln!("flagman-bench: {failure}");
            NOT_MEASURED
        }
    }
}

/// Runs all scenarios, prints each table as soon as its figures are complete, and writes the report
/// if asked to.
fn measure(options: &Options) -> Result<()> {
    child::clear_own_mask()?;
    if let Some(cpu) = options.cpu {
        child::stay_on(cpu)?;
    }
    let mut told = Told::default();
    let figures = measure_all(options, &mut told)?;
    told.tell(report::targets(&targets::judge(&figures)))?;
    match &options.report {
        Some(folder) => written::write(folder, &told.text, &figures),
        None => Ok(()),
    }
}

fn measure_all(options: &Options, told: &mut Told) -> Result<Figures> {
    let flagman = contestants::find_flagman(options.flagman.as_deref())?;
    let (in_process, absent) = contestants::line_up(&IN_PROCESS, &flagman)?;
    let (exec, absent_from_exec) = contestants::line_up(&EXEC, &flagman)?;
    let (action_program, _) = contestants::line_up(&ACTION_PROGRAM, &flagman)?;
    let (bundles, _) = contestants::line_up(&BUNDLES, &flagman)?;
    let (flooded, _) = contestants::line_up(&FLOODED, &flagman)?;
    let absent: Vec<_> = absent.into_iter().chain(absent_from_exec).collect();
    told.tell(report::conditions(&flagman, options, &absent))?;

    let pace = Pace { rounds: options.rounds, signals: options.signals, pause: SHORT_PAUSE };
    let latencies = latency::measure(&in_process, pace)?;
    told.tell(report::latency("Latency, from kill to the complete line, in us", &latencies))?;
    let slow = Pace { signals: options.exec_signals, pause: LONG_PAUSE, ..pace };
    let execs = latency::measure(&exec, slow)?;
    told.tell(report::latency("exec, from kill to the line of /bin/echo, in us", &execs))?;
    let answers = latency::measure(&action_program, pace)?;
    let title = "Action program, from kill to its answer (floor: a bare round trip), in us";
    told.tell(report::latency(title, &answers))?;
    let idles = idle::measure(&in_process)?;
    told.tell(report::idle(&idles))?;
    let start = start::measure(&flagman, options.rounds)?;
    told.tell(report::start(&start))?;
    let growth = growth::measure(&bundles, Pace { signals: options.exec_signals, ..pace })?;
    told.tell(report::growth(&growth))?;
    let flood = flood::measure(&flooded[0])?;
    told.tell(report::flood(&flood))?;
    let herd = herd::measure(&in_process[1], options.herd)?;
    told.tell(report::herd(&herd))?;
    Ok(Figures { latencies, execs, answers, idles, start, growth, herd })
}

/// Everything that has been printed so far.
#[derive(Default)]
struct Told {
    text: String,
}

impl Told {
    fn tell(&mut self, text: String) -> Result<()> {
        self.text.push_str(&text);
        tell(text)
    }
}

/// Prints and flushes, because standard output may be a pipe. A closed pipe is an error, not a
/// panic.
fn tell(text: impl Display) -> Result<()> {
    let mut output = io::stdout().lock();
    write!(output, "{text}").and_then(|()| output.flush()).during(|| "print the figures".to_owned())
}
