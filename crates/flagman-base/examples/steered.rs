//! An action program that does what its first argument says. Only the tests use it.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use flagman_action::{Action, Arguments, Arrival, Completion, Error, process};

/// Does as it is told.
#[derive(Arguments)]
struct Steered {
    how: String,
    number: i64,
    trace: Option<PathBuf>,
}

#[derive(Debug)]
struct Dark(std::io::Error);

impl std::fmt::Display for Dark {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("cannot see")
    }
}

impl std::error::Error for Dark {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn dark() -> Error {
    Dark(std::io::Error::other("no light")).into()
}

impl Action for Steered {
    const NAME: &'static str = "steered";
    type Arguments = Self;

    fn check(arguments: &Self) -> Result<(), String> {
        if arguments.how == "check" { Err("its argument `how` is not good".into()) } else { Ok(()) }
    }

    #[expect(clippy::panic, reason = "that is what it was told to do")]
    fn set_up(arguments: Self) -> Result<Self, Error> {
        match arguments.how.as_str() {
            "fail early" => Err(dark()),
            "panic early" => panic!("too early"),
            _ => Ok(arguments),
        }
    }

    #[expect(clippy::panic, reason = "that is what it was told to do")]
    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        match self.how.as_str() {
            "fail" => return Err(dark()),
            "panic" => panic!("number {}", self.number),
            "panic astray" => {
                let number = self.number;
                let thread = std::thread::Builder::new().name("astray".into());
                // The panic of this thread only has to reach the log.
                let _ = thread.spawn(move || panic!("number {number}"))?.join();
            }
            "value" => {
                let Arrival { signal, value, .. } = arrival;
                return Ok(Completion::Closed(format!("{signal} carried {value:?}")));
            }
            "close" => return Ok(Completion::Closed(format!("{} was enough", arrival.count))),
            "start" => process::run(&["sleep", "1000"], arrival, None)?,
            "start and say so" => {
                // The trace is the script's now: the tear-down must not write to it.
                let trace = self.trace.take().unwrap_or_default();
                let script = "echo up >\"$0\"; exec sleep 1000";
                let words = ["sh".as_ref(), "-c".as_ref(), script.as_ref(), trace.as_os_str()];
                process::run(&words, arrival, None)?;
            }
            "mask" => {
                let nothing_blocked = "^SigBlk:.0000000000000000$";
                let words = ["grep", "-q", nothing_blocked, "/proc/self/status"];
                process::run(&words, arrival, None)?;
            }
            "block" => std::thread::park(),
            "long" => return Err("x".repeat(3_000_000).into()),
            "log" => {
                log::warn!("a\nb");
                log::debug!("by the author");
                log::trace!("never");
            }
            _ => {}
        }
        Ok(Completion::Done)
    }

    fn tear_down(self) -> Result<(), Error> {
        if let Some(trace) = self.trace {
            fs::write(trace, "torn down")?;
        }
        if self.how == "fail late" { Err(dark()) } else { Ok(()) }
    }
}

fn main() -> ExitCode {
    flagman_action::serve::<Steered>()
}
