//! Log lines on standard error: `LEVEL:flagman.part:message`, one line each.
//!
//! The `log` crate's macros are the way in, for flagman and for authors of actions alike;
//! [`critical`] adds the level that the crate does not have. A line must never block flagman or end
//! it: what standard error does not take at once is lost, counted and told (`sink`).

mod line;

mod sink;

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

pub(crate) use line::escape;
use sink::Sink;

/// The part of flagman that reads the command line and starts.
pub(crate) const CLI: &str = "flagman.cli";
/// The part that receives signals and runs actions.
pub(crate) const CORE: &str = "flagman.core";
/// The actions that ship.
pub(crate) const ACTIONS: &str = "flagman.actions";
/// The part that tells systemd.
pub(crate) const SYSTEMD: &str = "flagman.systemd";

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// CRITICAL only.
    Critical,
    /// WARNING and up, the default.
    Warning,
    /// INFO and up.
    Info,
    /// DEBUG and up.
    Debug,
}

impl Verbosity {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Critical => LevelFilter::Off,
            Self::Warning => LevelFilter::Warn,
            Self::Info => LevelFilter::Info,
            Self::Debug => LevelFilter::Debug,
        }
    }
}

impl fmt::Display for Verbosity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Critical => "CRITICAL",
            Self::Warning => "WARNING",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        })
    }
}

struct Logger {
    sink: Mutex<Sink>,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

fn logger() -> &'static Logger {
    LOGGER.get_or_init(|| Logger { sink: Mutex::new(Sink::standard_error()) })
}

impl Logger {
    fn line(&self, level: &str, part: &str, message: fmt::Arguments<'_>) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.write(|buffer| line::format(buffer, level, part, message));
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        let level = match record.level() {
            log::Level::Error => "ERROR",
            log::Level::Warn => "WARNING",
            log::Level::Info => "INFO",
            log::Level::Debug | log::Level::Trace => "DEBUG",
        };
        if self.enabled(record.metadata()) {
            self.line(level, record.target(), *record.args());
        }
    }

    fn flush(&self) {}
}

/// Makes this the process's log and says which process it is and how much is shown: the two lines
/// that are printed whatever the level, as they are how a person learns what to `kill`.
pub(crate) fn open(verbosity: Verbosity) {
    // Only a program that embeds flagman can have set a logger before; it then keeps its own.
    let _ = log::set_logger(logger());
    log::set_max_level(verbosity.filter());
    always(format_args!("PID: {}", std::process::id()));
    always(format_args!("Setting loglevel to {verbosity}"));
}

/// Writes a line at the level that is always shown.
pub(crate) fn critical(part: &str, message: fmt::Arguments<'_>) {
    logger().line("CRITICAL", part, message);
}

fn always(message: fmt::Arguments<'_>) {
    logger().line("INFO", CLI, message);
}
