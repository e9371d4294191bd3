//! How the names of options are spread among other programs, which tells what a word was meant for.

use super::options::{Choice, Setting};

/// How a long option's name is spread among other programs: how likely it is that somebody who
/// writes it among the words of a command means flagman.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Hardly any other program has it.
    Ours,
    /// Other programs have it, with a value.
    SharedValue,
    /// Many other programs have it, as a flag.
    SharedFlag,
}

impl Choice {
    pub(super) fn usage(self) -> Usage {
        match self {
            Self::Action(_) | Self::On => Usage::Ours,
            Self::List | Self::Check | Self::Help | Self::Version => Usage::SharedFlag,
            Self::Set(setting) => setting.usage(),
        }
    }
}

impl Setting {
    fn usage(self) -> Usage {
        match self {
            Self::SuccessfulEmpty
            | Self::Overlap
            | Self::QuietPeriod
            | Self::Grace
            | Self::ActionDir
            | Self::LogFormat
            | Self::LogTime
            | Self::NotifyReload
            | Self::NoSystemd
            | Self::ErrorsOnly => Usage::Ours,
            Self::Timeout | Self::Config | Self::PidFile => Usage::SharedValue,
            Self::Quiet | Self::Verbose => Usage::SharedFlag,
        }
    }
}
