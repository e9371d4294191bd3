//! Log lines on standard error, one line each: `LEVEL:flagman.part:message`, or as the journal or a
//! collector of JSON wants them.
//!
//! The `log` crate's macros are the way in, for flagman and for authors of actions alike;
//! [`critical`] adds the level that the crate does not have, and [`record`] the fields of a JSON line. A line must never block flagman or end
//! it: what standard error does not take at once is lost, counted and told (`sink`).

mod fields;

mod format;

mod line;

mod sink;

mod speaker;

mod stream;

mod writer;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use flagman_base::protocol::Level;
use log::{LevelFilter, Log, Metadata, Record};

pub(crate) use fields::Fields;
pub(crate) use format::{Format, LogTime};
pub(crate) use line::escape;
use sink::Sink;
pub(crate) use speaker::{part_of, speaking};

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
    /// CRITICAL only, and the two start lines.
    Critical,
    /// ERROR and up, without the two start lines.
    Error,
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
            Self::Error => LevelFilter::Error,
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
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        })
    }
}

/// How often, and after which wait, the last words are tried.
const LAST_TRIES: u32 = 50;
const LAST_WAIT: Duration = Duration::from_millis(2);

static FORMAT: OnceLock<Format> = OnceLock::new();

/// Whether the process's log is ours.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Says in which form lines are written, else it is what standard error wants, and whether text has
/// the time. Only the first call counts, and none after the first line.
pub(crate) fn choose(format: Option<Format>, time: LogTime) {
    let format = format.unwrap_or_else(Format::of_standard_error);
    // A second call can only come from a program that starts flagman twice.
    let _ = FORMAT.set(format.with_time(time));
}

fn format() -> Format {
    *FORMAT.get_or_init(Format::of_standard_error)
}

struct Logger {
    sink: Mutex<Sink>,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

fn logger() -> &'static Logger {
    LOGGER.get_or_init(|| Logger { sink: Mutex::new(Sink::standard_error(format())) })
}

impl Logger {
    /// The text is made before the lock is taken: it may come from an author's `Display`, which can
    /// do anything, log a line itself too.
    fn line(
        &self,
        level: Level,
        part: &str,
        message: fmt::Arguments<'_>,
        fields: &dyn Fn(&mut Fields<'_>),
    ) {
        let line = line::with_fields(format(), level, part, message, fields);
        self.sink.lock().unwrap_or_else(PoisonError::into_inner).write(&line);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.line(record.level().into(), &speaker::part(record), *record.args(), &|_| {});
        }
    }

    fn flush(&self) {}
}

/// Makes this the process's log and writes the two start lines: which process this is, and how much
/// is shown. They are how a person at a terminal learns what to `kill`, so only
/// [`Verbosity::Error`] leaves them out, which asks for errors and nothing else. `start` writes what
/// else there is to know of a start, for JSON.
pub(crate) fn open(verbosity: Verbosity, start: &dyn Fn(&mut Fields<'_>)) {
    set(verbosity);
    if verbosity == Verbosity::Error {
        return;
    }
    let pid = std::process::id();
    always(format_args!("PID: {pid}"), &|fields| {
        fields.text("event", "start");
        fields.number("pid", pid);
        start(fields);
    });
    always(format_args!("Setting loglevel to {verbosity}"), &|_| {});
}

/// Makes this the process's log.
pub(crate) fn set(verbosity: Verbosity) {
    // Only a program that embeds flagman can have set a logger before; it then keeps its own.
    if log::set_logger(logger()).is_ok() {
        IS_OURS.store(true, Ordering::Relaxed);
    }
    log::set_max_level(verbosity.filter());
}

/// Writes a line at the level that is always shown.
pub(crate) fn critical(part: &str, message: fmt::Arguments<'_>) {
    logger().line(Level::Critical, part, message, &|_| {});
}

/// Writes a line of flagman's own at `level`, if that is shown, with what a program that reads the log
/// in JSON wants to know beside the message. `fields` is not called where nobody would see them.
pub(crate) fn record(
    level: log::Level,
    part: &str,
    message: fmt::Arguments<'_>,
    fields: &dyn Fn(&mut Fields<'_>),
) {
    if format() == Format::Json && IS_OURS.load(Ordering::Relaxed) {
        if level <= log::max_level() {
            logger().line(level.into(), part, message, fields);
        }
    } else {
        log::log!(target: part, level, "{message}");
    }
}

/// Writes the last line before the process is forced out. It never waits for long; a thread that wants to
/// write after it waits for ever.
pub(crate) fn last_words(part: &str, message: fmt::Arguments<'_>) {
    let line = line::of(format(), Level::Critical, part, message);
    for _ in 0..LAST_TRIES {
        let mut sink = match logger().sink.try_lock() {
            Ok(sink) => sink,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                thread::sleep(LAST_WAIT);
                continue;
            }
        };
        sink.write(&line);
        sink.flush();
        // Its lock is never released.
        std::mem::forget(sink);
        return;
    }
}

/// Waits a little for lines that are on their way.
pub(crate) fn flush() {
    logger().sink.lock().unwrap_or_else(PoisonError::into_inner).flush();
}

fn always(message: fmt::Arguments<'_>, fields: &dyn Fn(&mut Fields<'_>)) {
    logger().line(Level::Info, CLI, message, fields);
}

#[cfg(test)]
mod tests {
    use super::{CORE, flush, last_words, logger};

    #[test]
    fn the_last_words_are_not_written_while_somebody_else_writes_for_ever() {
        let writing = logger().sink.lock().expect("nobody has panicked");
        // It comes back.
        last_words(CORE, format_args!("nobody reads this"));
        drop(writing);
        // Had it taken the lock all the same, it would be taken for ever.
        flush();
    }
}
