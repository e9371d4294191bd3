//! Sends what the action logs through the `log` crate to flagman's log.
//!
//! Only flagman knows how much is shown, so every record of the action is sent. Debug and trace records
//! of the libraries that it uses are not.

use std::sync::{Arc, OnceLock};

use log::{Level, LevelFilter, Log, Metadata, Record};

use super::connection::{Connection, shortened};
use crate::protocol::FromProgram;

struct Logger {
    connection: Arc<Connection>,
    /// The crate that defines the action.
    author: &'static str,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Makes the connection the logger of the process, unless the author has set another one.
pub(super) fn install<A>(connection: &Arc<Connection>) {
    let author = crate_of(std::any::type_name::<A>());
    let logger = LOGGER.get_or_init(|| Logger { connection: Arc::clone(connection), author });
    if log::set_logger(logger).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

fn crate_of(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug
    }

    fn log(&self, record: &Record<'_>) {
        let is_authors = record.module_path().is_none_or(|path| crate_of(path) == self.author);
        if record.level() <= Level::Info || is_authors {
            let message = shortened(record.args().to_string());
            self.connection.say(&FromProgram::Log { level: record.level().into(), message });
        }
    }

    fn flush(&self) {}
}
