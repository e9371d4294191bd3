//! The forms that a log line can have, and which of them standard error wants.

use std::os::fd::AsFd;

use flagman_base::protocol::Level;
use nix::sys::stat::fstat;

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `LEVEL:part:message`.
    Text,
    /// The same after the time (RFC 3339) and a blank.
    TimedText,
    /// `<N>part:message`, with the priority of `syslog(3)`: the journal takes it for the line's own
    /// (`sd-daemon(3)`).
    Journal,
    /// A JSON object with `time`, `level`, `part`, `message`, and the fields of the line.
    Json,
}

/// Whether lines of text have the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogTime {
    /// They begin with it.
    Shown,
    /// They do not.
    Hidden,
}

impl Format {
    /// This form with the time, if that is wanted and the form has it not already.
    pub(super) fn with_time(self, time: LogTime) -> Self {
        match (self, time) {
            (Self::Text, LogTime::Shown) => Self::TimedText,
            (Self::Text | Self::TimedText | Self::Journal | Self::Json, _) => self,
        }
    }

    /// What standard error wants if nobody says.
    pub(super) fn of_standard_error() -> Self {
        let stream = std::env::var("JOURNAL_STREAM").ok();
        let ours = fstat(std::io::stderr().as_fd()).ok().map(|stat| (stat.st_dev, stat.st_ino));
        match (stream.as_deref().and_then(device_and_inode), ours) {
            (Some(journal), Some(ours)) if journal == ours => Self::Journal,
            (Some(_) | None, Some(_) | None) => Self::Text,
        }
    }
}

/// The socket of the journal, which `JOURNAL_STREAM` names by `DEVICE:INODE` (`systemd.exec(5)`). A
/// process further down may have it in its environment and something else as its standard error.
fn device_and_inode(stream: &str) -> Option<(u64, u64)> {
    let (device, inode) = stream.split_once(':')?;
    Some((device.parse().ok()?, inode.parse().ok()?))
}

/// A level as the text says it.
pub(super) fn name(level: Level) -> &'static str {
    match level {
        Level::Critical => "CRITICAL",
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Info => "INFO",
        Level::Debug => "DEBUG",
    }
}

/// The priority of `syslog(3)` for a level.
pub(super) fn priority(level: Level) -> u8 {
    match level {
        Level::Critical => 2,
        Level::Error => 3,
        Level::Warning => 4,
        Level::Info => 6,
        Level::Debug => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Level, LogTime, device_and_inode, name, priority};

    #[test]
    fn only_text_has_the_time_when_that_is_wanted() {
        for (format, timed) in [
            (Format::Text, Format::TimedText),
            (Format::Journal, Format::Journal),
            (Format::Json, Format::Json),
        ] {
            assert_eq!(format.with_time(LogTime::Shown), timed);
            assert_eq!(format.with_time(LogTime::Hidden), format);
        }
    }

    #[test]
    fn a_stream_is_a_device_and_an_inode() {
        assert_eq!(device_and_inode("8:123456"), Some((8, 123_456)));
        for nonsense in ["", "8", "8:", ":8", "8:x", "-1:2", "8:1:2"] {
            assert_eq!(device_and_inode(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn each_level_has_its_name_and_the_priority_of_syslog() {
        let levels = [
            (Level::Critical, "CRITICAL", 2),
            (Level::Error, "ERROR", 3),
            (Level::Warning, "WARNING", 4),
            (Level::Info, "INFO", 6),
            (Level::Debug, "DEBUG", 7),
        ];
        for (level, word, number) in levels {
            assert_eq!((name(level), priority(level)), (word, number));
        }
    }
}
