//! `gated`: an action that stops at a gate and does what the test says there.
//!
//! The gate is a Unix stream socket. At each gated stage of its life the action connects, sends one
//! line with its name and stage, and waits for one line that says how the stage ends. So a test knows
//! that the action is running, and decides for how long.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use flagman::{Action, Arguments, Arrival, Completion, Error};

use super::hostile::Hostile;

/// Stops at a gate in the named stages, and ends as it is told there.
#[derive(Arguments)]
pub(crate) struct Gated {
    gate: PathBuf,
    name: String,
    stages: Option<String>,
}

impl Gated {
    /// What the gate says, or "done" at a stage without a gate.
    fn stop(&self, stage: &str, details: &str) -> Result<String, Error> {
        let stages = self.stages.as_deref().unwrap_or("run");
        if !stages.split(',').any(|gated| gated == stage) {
            return Ok("done".to_owned());
        }
        let mut stream = UnixStream::connect(&self.gate)?;
        writeln!(stream, "{} {stage}{details}", self.name)?;
        let mut told = String::new();
        BufReader::new(stream).read_line(&mut told)?;
        Ok(told.trim_end().to_owned())
    }

    #[expect(clippy::panic, reason = "that is what it was told to do")]
    fn obey(told: &str) -> Result<Completion, Error> {
        match told.split_once(' ').unwrap_or((told, "")) {
            ("log", text) => {
                log::warn!("{text}");
                log::info!(target: "flagman.chosen", "{text}");
                Ok(Completion::Done)
            }
            ("mumble", text) => {
                print!("{text}");
                Ok(Completion::Done)
            }
            ("close", reason) => Ok(Completion::Closed(reason.to_owned())),
            ("fail", why) => Err(why.into()),
            ("panic", why) => panic!("{why}"),
            ("payload", _) => std::panic::panic_any(PanicsWhenDropped),
            ("fail-logging", _) => Err(Hostile::Logs.into()),
            ("fail-blocking", _) => Err(Hostile::Blocks.into()),
            ("fail-panicking", _) => Err(Hostile::Panics.into()),
            ("fail-circling", _) => Err(Hostile::Circles.into()),
            _ => Ok(Completion::Done),
        }
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    #[expect(clippy::panic, reason = "that is what it is for")]
    fn drop(&mut self) {
        panic!("dropped");
    }
}

impl Action for Gated {
    const NAME: &'static str = "gated";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        let told = arguments.stop("set_up", "")?;
        Self::obey(&told)?;
        Ok(arguments)
    }

    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        let Arrival { signal, count, sender, .. } = arrival;
        let sender = sender.map_or("unknown".to_owned(), |sender| sender.pid.to_string());
        let told = self.stop("run", &format!(" {signal} {count} {sender}"))?;
        Self::obey(&told)
    }

    fn tear_down(self) -> Result<(), Error> {
        let told = self.stop("tear_down", "")?;
        println!("{} torn down", self.name);
        Self::obey(&told).map(drop)
    }
}
