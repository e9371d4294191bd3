//! The options that a configuration file and the command line have given together, as `--check` prints them.

use flagman_base::Seconds;

use super::quoting::for_shell;
use super::settings::{Levels, Settings, format_word};

/// The options that hold for all signals and actions, as words that can be typed; nothing if no file was
/// given, for then they were typed. What holds for a signal is in its bundle's line.
pub(crate) fn option_line(settings: &Settings) -> String {
    let words = words(settings);
    if settings.config.is_none() || words.is_empty() {
        return String::new();
    }
    format!("options: {}\n", crate::log::escape(&for_shell(&words)))
}

fn words(settings: &Settings) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| [format!("--{name}"), value]).into_iter().flatten());
    };
    add("timeout", settings.timeout.map(|time| Seconds(time).to_string()));
    add("grace", settings.grace.map(|time| Seconds(time).to_string()));
    for directory in &settings.action_dirs {
        add("action-dir", Some(directory.display().to_string()));
    }
    add("pid-file", settings.pid_file.as_ref().map(|file| file.display().to_string()));
    add("log-format", settings.log_format.map(|format| format_word(format).to_owned()));
    words.extend(flags(settings).into_iter().map(|name| format!("--{name}")));
    words
}

fn flags(settings: &Settings) -> Vec<&'static str> {
    let Levels { quiet, errors_only, verbose } = settings.levels.unwrap_or_default();
    let is_set = |flag: Option<bool>| flag.unwrap_or(false);
    let flags = [
        ("log-time", is_set(settings.log_time)),
        ("successful-empty", is_set(settings.successful_empty)),
        ("notify-reload", is_set(settings.notify_reload)),
        ("no-systemd", is_set(settings.no_systemd)),
        ("quiet", quiet),
        ("errors-only", errors_only),
        ("verbose", verbose > 0),
        ("verbose", verbose > 1),
    ];
    flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::{Request, read};
    use super::option_line;
    use crate::cli::Settings;
    use crate::registry::Registry;

    fn settings(words: &[String]) -> Settings {
        let action = ["--hup=print x".to_owned()];
        let words = words.iter().chain(&action).map(OsString::from);
        match read(words, &Registry::standard()).request {
            Ok(Request::Start(plan)) => plan.settings,
            other => panic!("it does not start: {other:?}"),
        }
    }

    #[test]
    fn options_are_shown_as_words_that_give_the_same_options() {
        let all = "--timeout 30 --grace 0.5 --action-dir /a --action-dir /b --pid-file /run/f.pid --log-format \
                   json --log-time --successful-empty --notify-reload --no-systemd --verbose --verbose";
        for line in [all, "--quiet", "--errors-only", "--grace 0"] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let mut given = settings(&words);
            assert_eq!(option_line(&given), "", "without a file");
            given.config = Some("f.toml".into());
            assert_eq!(option_line(&given), format!("options: {line}\n"));
        }
        let none = Settings { config: Some("f.toml".into()), ..Settings::default() };
        assert_eq!(option_line(&none), "");
    }
}
