//! Parses the runner's command line. Has no side effects.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

/// What `--help` prints.
pub const HELP: &str = "\
Measures flagman beside its floor (the least that a program can do) and its peers.

Usage: flagman-bench [OPTIONS]
      --rounds N      how many rounds to take the medians of (default 5)
      --signals N     how many signals each program gets in a round (default 2000)
      --exec-signals N
                      the same, where a program is started for each (default 300)
      --flagman PATH  the flagman to measure (default: the one beside this program)
      --cpu N         keep the runner and all that it starts on this processor (default: where the
                      kernel puts them; a wake-up across processors may cost more than all else)
      --herd N        how many flagmans run at once at the end (default 1000)
      --report DIR    write the figures to DIR/benchmarks.md too, with plots beside it
  -h, --help          print this and exit

A missed target is a figure: the exit status is 0. It is 1 when something could not be measured.
";

/// The options of a measurement.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// The number of rounds of each scenario; at least 1.
    pub rounds: usize,
    /// The number of signals for each program in a round of the latency scenario; at least 1.
    pub signals: usize,
    /// The number of signals where each one starts a program; at least 1.
    pub exec_signals: usize,
    /// The processor that everything is pinned to, if any.
    pub cpu: Option<usize>,
    /// The number of flagman processes that run at once; at least 1.
    pub herd: usize,
    /// The directory to write the report to, if any.
    pub report: Option<PathBuf>,
    /// The flagman to measure, if it is not the one in the runner's directory.
    pub flagman: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: 5,
            signals: 2000,
            exec_signals: 300,
            cpu: None,
            herd: 1000,
            report: None,
            flagman: None,
        }
    }
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Measure with these options.
    Measure(Options),
    /// Print [`HELP`].
    Help,
}

/// Parses the arguments `words` (without the program's name).
///
/// # Errors
/// An argument is unknown, or is not a number of at least 1.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Request, lexopt::Error> {
    let mut parser = Parser::from_args(words);
    let mut options = Options::default();
    while let Some(word) = parser.next()? {
        match word {
            Arg::Long("rounds") => options.rounds = at_least_one(&mut parser)?,
            Arg::Long("signals") => options.signals = at_least_one(&mut parser)?,
            Arg::Long("exec-signals") => options.exec_signals = at_least_one(&mut parser)?,
            Arg::Long("cpu") => options.cpu = Some(parser.value()?.parse()?),
            Arg::Long("herd") => options.herd = at_least_one(&mut parser)?,
            Arg::Long("report") => options.report = Some(parser.value()?.into()),
            Arg::Long("flagman") => options.flagman = Some(parser.value()?.into()),
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Request::Measure(options))
}

fn at_least_one(parser: &mut Parser) -> Result<usize, lexopt::Error> {
    match parser.value()?.parse()? {
        0 => Err("0 is too few".into()),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Request, lexopt::Error> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn nothing_said_is_five_rounds_of_many_signals() {
        let Request::Measure(options) = read("").unwrap() else { panic!("it is to measure") };
        assert_eq!((options.rounds, options.signals, options.exec_signals), (5, 2000, 300));
        assert_eq!((options.herd, options.report, options.flagman), (1000, None, None));
    }

    #[test]
    fn each_option_is_read() {
        let (flagman, report) = (Some("/x/flagman".into()), Some("docs".into()));
        let expected = Options {
            rounds: 1,
            signals: 7,
            exec_signals: 3,
            cpu: Some(0),
            herd: 9,
            report,
            flagman,
        };
        let line = "--rounds 1 --signals=7 --exec-signals 3 --flagman /x/flagman --herd 9 --cpu 0 --report docs";
        let request = read(line).unwrap();
        assert_eq!(request, Request::Measure(expected));
    }

    #[test]
    fn mistakes_are_refused() {
        for line in ["--rounds", "--rounds 0", "--signals many", "--fast", "left"] {
            assert!(read(line).is_err(), "{line} was taken");
        }
    }
}
