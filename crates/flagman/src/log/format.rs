//! The forms that a log line can have, and which of them standard error wants.

use std::os::fd::AsFd;

use nix::sys::stat::fstat;

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `LEVEL:part:message`.
    Text,
    /// `<N>part:message`, with the priority of `syslog(3)`: the journal takes it for the line's own
    /// (`sd-daemon(3)`).
    Journal,
    /// A JSON object with `time`, `level`, `part` and `message`.
    Json,
}

impl Format {
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

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Critical,
    Error,
    Warning,
    Info,
    Debug,
}

impl Level {
    /// As the text says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }

    /// The priority of `syslog(3)`.
    pub(super) fn priority(self) -> u8 {
        match self {
            Self::Critical => 2,
            Self::Error => 3,
            Self::Warning => 4,
            Self::Info => 6,
            Self::Debug => 7,
        }
    }
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Error => Self::Error,
            log::Level::Warn => Self::Warning,
            log::Level::Info => Self::Info,
            log::Level::Debug | log::Level::Trace => Self::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::device_and_inode;

    #[test]
    fn a_stream_is_a_device_and_an_inode() {
        assert_eq!(device_and_inode("8:123456"), Some((8, 123_456)));
        for nonsense in ["", "8", "8:", ":8", "8:x", "-1:2", "8:1:2"] {
            assert_eq!(device_and_inode(nonsense), None, "{nonsense}");
        }
    }
}
