//! The values of options, their bounds, and which of several counts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use flagman_base::Signal;

use super::super::inert::registry;
use super::super::kind::Kind;
use super::super::options::{Choice, OPTIONS, Spelling, by_long};
use super::super::settings::{Levels, Settings};
use super::super::{Mistake, Systemd, WhenEmpty, read};
use super::{bundles, mistake, plan, read_words};
use crate::decider::Grace;
use crate::decider::Overlap::{self, Each, Ignore, Rerun};
use crate::log::{Format, LogTime, Verbosity};

#[test]
fn options_are_understood() {
    let defaults = plan(&["--hup=print x"]);
    assert_eq!(defaults.overlap_of(Signal::HUP), Overlap::Ignore);
    assert_eq!(defaults.grace, Grace(Duration::from_secs(8)));
    assert_eq!(defaults.verbosity, Verbosity::Warning);
    assert_eq!(defaults.systemd, Systemd::Notify);
    assert_eq!(defaults.when_empty, WhenEmpty::Failure);
    let words = ["--overlap=rerun", "--grace", "0.5", "--no-systemd", "--successful-empty", "-qvv"];
    let all = plan(&[&words[..], &["--hup=print x"]].concat());
    assert_eq!(all.overlap_of(Signal::HUP), Overlap::Rerun);
    assert_eq!(all.grace, Grace(Duration::from_millis(500)));
    assert_eq!(all.verbosity, Verbosity::Critical, "--quiet overrides --verbose");
    assert_eq!(all.systemd, Systemd::Silent);
    assert_eq!(all.when_empty, WhenEmpty::Success);
}

#[test]
fn a_form_of_the_log_is_understood_wherever_the_mistake_is() {
    for (word, format) in
        [("text", Format::Text), ("journal", Format::Journal), ("json", Format::Json)]
    {
        let words = ["--nosuch", "--log-format", word].map(OsString::from);
        let reading = read(words, &registry());
        assert_eq!((reading.log_format, reading.request.is_err()), (Some(format), true));
    }
    let words = ["--nosuch", "--log-time"].map(OsString::from);
    assert_eq!(read(words, &registry()).log_time, LogTime::Shown);
    assert_eq!(read([], &registry()).log_time, LogTime::Hidden);
    let should_be = "`--log-format` needs `text`, `journal` or `json`, not `xml`";
    let mistake = read_words(&["--log-format=xml", "--hup=print x"]).unwrap_err().to_string();
    assert!(mistake.contains(should_be), "{mistake}");
}

#[test]
fn a_reload_is_rerun_whatever_the_others_are() {
    let all = plan(&["--notify-reload", "--overlap=ignore", "--hup=print x", "--usr1=print x"]);
    assert_eq!(all.overlap_of(Signal::HUP), Overlap::Rerun);
    assert_eq!(all.overlap_of(Signal::USR1), Overlap::Ignore);
    assert_eq!(plan(&["--hup=print x"]).overlap_of(Signal::HUP), Overlap::Ignore);
    let mistake = read_words(&["--notify-reload", "--usr1=print x"]);
    assert!(matches!(mistake, Err(Mistake::NothingToReload)), "{mistake:?}");
}

#[test]
fn values_outside_their_range_are_told_with_what_they_should_be() {
    for value in
        ["-1", "31536001", "1e3", "inf", "NaN", "", ".", "+1", "1s", "99999999999999999999"]
    {
        let mistake = mistake(&["--grace", value]);
        let text = "`--grace` needs a decimal number of seconds from 0 to 31536000, not";
        assert_eq!(mistake, format!("{text} `{value}`"));
    }
    let maybe =
        "`--overlap` needs `ignore` or `rerun`, for one signal as in `usr1=rerun`, not `maybe`";
    assert_eq!(mistake(&["--overlap", "maybe"]), maybe);
    assert_eq!(
        mistake(&["--overlap"]),
        "`--overlap` needs a value: `ignore` or `rerun`, for one signal as in `usr1=rerun`"
    );
    for value in ["0", "1.5", ".5", "31536000"] {
        plan(&["--grace", value, "--hup=print x"]);
    }
}

#[test]
fn a_timeout_of_nothing_is_refused_with_how_to_have_no_limit() {
    for zero in ["0", "0.0", ".0", "0.0000000001"] {
        let expected =
            "`--timeout 0` would leave a run no time; for no limit, leave `--timeout` out";
        assert_eq!(mistake(&["--timeout", zero, "--hup=print x"]), expected, "{zero}");
    }
    for (value, milliseconds) in [("0.001", 1), ("1.5", 1500)] {
        let timeout = plan(&["--timeout", value, "--hup=print x"]).timeout;
        assert_eq!(timeout, Some(Duration::from_millis(milliseconds)));
    }
    assert_eq!(plan(&["--hup=print x"]).timeout, None);
    let range =
        "`--timeout` needs a decimal number of seconds above 0 and up to 31536000, not `-1`";
    assert_eq!(mistake(&["--timeout=-1", "--hup=print x"]), range);
    assert_eq!(plan(&["--grace=0", "--hup=print x"]).grace, Grace(Duration::ZERO));
}

#[test]
fn a_pid_file_is_named_by_the_last_word_that_is_given_for_it() {
    assert_eq!(plan(&["--hup=print x"]).pid_file, None);
    let words = ["--pid-file", "a", "--pid-file=/run/b", "--hup=print x"];
    assert_eq!(plan(&words).pid_file, Some("/run/b".into()));
    assert_eq!(
        mistake(&["--pid-file=", "--hup=print x"]),
        "`--pid-file` needs the path of a file, not ``"
    );
    assert_eq!(mistake(&["--pid-file"]), "`--pid-file` needs a value: the path of a file");
}

#[test]
fn of_the_options_for_the_level_the_one_that_asks_for_less_wins_in_any_order() {
    for (options, verbosity) in [
        (&["--errors-only"][..], Verbosity::Error),
        (&["--errors-only", "-vv"], Verbosity::Error),
        (&["-v", "--errors-only", "-v"], Verbosity::Error),
        (&["-q", "--errors-only"], Verbosity::Critical),
        (&["--errors-only", "-qv"], Verbosity::Critical),
    ] {
        let words = [options, &["--hup=print x"]].concat();
        assert_eq!(plan(&words).verbosity, verbosity, "{options:?}");
    }
}

#[test]
fn an_overlap_of_one_signal_wins_over_that_of_all_wherever_it_stands() {
    let overlaps = |words: &[&str]| {
        let words = [words, &["--usr1=print x", "--hup=print x", "--on", "rtmin=print x"]].concat();
        let plan = plan(&words);
        [Signal::USR1, Signal::HUP, rtmin()].map(|signal| plan.overlap_of(signal))
    };
    assert_eq!(overlaps(&[]), [Ignore, Ignore, Each]);
    assert_eq!(overlaps(&["--overlap=rerun"]), [Rerun, Rerun, Each]);
    assert_eq!(overlaps(&["--overlap", "usr1=rerun", "--overlap=ignore"]), [Rerun, Ignore, Each]);
    assert_eq!(overlaps(&["--overlap=rerun", "--overlap=SIGUSR1=ignore"]), [Ignore, Rerun, Each]);
    assert_eq!(overlaps(&["--overlap=rerun", "--overlap=ignore"]), [Ignore, Ignore, Each]);
    let later = ["--overlap=10=rerun", "--overlap=usr1=ignore", "--overlap", "rtmin=rerun"];
    assert_eq!(overlaps(&later), [Ignore, Ignore, Rerun]);
    assert_eq!(overlaps(&["--overlap=rtmin=each"]), [Ignore, Ignore, Each]);
}

fn rtmin() -> Signal {
    Signal::parse("rtmin").expect("it is known")
}

#[test]
fn each_is_for_real_time_signals_alone() {
    for (value, text) in [
        (
            "each",
            "`--overlap each` is possible for a real-time signal only, as in `rtmin=each`; for all signals, \
             write `ignore` or `rerun`",
        ),
        (
            "usr1=each",
            "`--overlap`: SIGUSR1 cannot have `each`, because the kernel queues only real-time signals; write \
             `ignore` or `rerun`",
        ),
        ("usr1=often", "`--overlap` needs `ignore` or `rerun` for SIGUSR1, not `often`"),
        ("usr1=", "`--overlap` needs `ignore` or `rerun` for SIGUSR1, not ``"),
        ("rtmin+1=x", "`--overlap` needs `ignore`, `rerun` or `each` for SIGRTMIN+1, not `x`"),
        ("usr9=rerun", "`--overlap`: unknown signal `usr9`; did you mean `USR1`?"),
        ("kill=rerun", "`--overlap`: `kill` (SIGKILL) cannot be given actions, because no process"),
        (
            "term=rerun",
            "`--overlap` does not apply to SIGTERM, which shuts flagman down: its actions run once; remove \
             `term=rerun`",
        ),
    ] {
        let mistake = mistake(&["--overlap", value, "--usr1=print x"]);
        assert!(mistake.starts_with(text), "{mistake}");
    }
}

#[test]
fn a_quiet_period_is_that_of_a_signal_or_that_of_all() {
    let periods = |words: &[&str]| {
        let words = [words, &["--usr1=print x", "--on", "term=print x", "--on", "rtmin=print x"]];
        let plan = plan(&words.concat());
        [Signal::USR1, Signal::TERM, rtmin()].map(|signal| plan.quiet_period_of(signal).as_millis())
    };
    assert_eq!(periods(&[]), [0, 0, 0]);
    assert_eq!(periods(&["--quiet-period", "0.5"]), [500, 0, 0]);
    assert_eq!(periods(&["--quiet-period=usr1=2", "--quiet-period=0.5"]), [2000, 0, 0]);
    assert_eq!(periods(&["--quiet-period=2", "--quiet-period=usr1=0"]), [0, 0, 0]);
    assert_eq!(periods(&["--quiet-period=2", "--overlap=rtmin=rerun"]), [2000, 0, 2000]);
    let own = ["--quiet-period=rtmin=1", "--overlap=rtmin=ignore"];
    assert_eq!(periods(&own), [0, 0, 1000]);
    assert_eq!(periods(&["--quiet-period=rtmin=0"]), [0, 0, 0]);
}

#[test]
fn a_quiet_period_is_refused_where_it_cannot_hold() {
    let signals = ["--usr1=print x", "--on", "rtmin=print x"];
    let mistake = |words: &[&str]| mistake(&[words, &signals].concat());
    let each = "SIGRTMIN cannot have a quiet period, because each of its arrivals has a run of its own; write \
                `--overlap RTMIN=rerun` too, or leave `--quiet-period RTMIN=` out";
    assert_eq!(mistake(&["--quiet-period", "rtmin=1"]), each);
    assert_eq!(mistake(&["--overlap", "rtmin=each", "--quiet-period", "rtmin=1"]), each);
    for signal in ["term", "int"] {
        let word = format!("{signal}=1");
        let text = format!("which shuts flagman down: its actions run once; remove `{word}`");
        assert!(mistake(&["--quiet-period", &word]).ends_with(&text));
    }
    let range = "`--quiet-period` needs a decimal number of seconds from 0 to 31536000, not `-1`";
    assert_eq!(mistake(&["--quiet-period", "-1"]), range);
    assert_eq!(mistake(&["--quiet-period", "usr1=-1"]), range);
}

#[test]
fn check_shows_what_holds_for_one_signal_in_words_that_can_be_typed() {
    let words = ["--overlap=rerun", "--quiet-period", "usr1=0.5", "--overlap", "rtmin=ignore"];
    let actions =
        ["--usr1=print x", "--hup=print y", "--on", "rtmin=print z", "--on", "term=print t"];
    assert_eq!(
        bundles(&[&words[..], &actions].concat()),
        "SIGHUP (--overlap HUP=rerun): print y\n\
         SIGUSR1 (--overlap USR1=rerun --quiet-period USR1=0.5): print x\n\
         SIGTERM: print t\n\
         SIGRTMIN (--overlap RTMIN=ignore): print z"
    );
    assert_eq!(bundles(&["--overlap=ignore", "--hup=print y"]), "SIGHUP: print y");
}

/// What `words` set, each the name of an option and its value.
fn settings(words: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in words {
        let Some(Spelling { choice: Choice::Set(setting), .. }) = by_long(name) else {
            panic!("{name} has no value")
        };
        settings.set(*setting, value).unwrap_or_else(|error| panic!("{}", error.sentence(name)));
    }
    settings
}

#[test]
fn what_is_said_of_one_signal_comes_first_and_then_the_command_line_before_the_file() {
    let file = settings(&[
        ("overlap", "ignore"),
        ("overlap", "usr1=ignore"),
        ("overlap", "usr2=rerun"),
        ("quiet-period", "usr1=3"),
        ("grace", "5"),
        ("timeout", "6"),
        ("action-dir", "/file"),
        ("quiet", "true"),
        ("log-time", "true"),
        ("no-systemd", "true"),
    ]);
    let line = settings(&[
        ("overlap", "rerun"),
        ("overlap", "usr2=ignore"),
        ("quiet-period", "4"),
        ("grace", "7"),
        ("action-dir", "/line"),
        ("verbose", "true"),
        ("verbose", "true"),
        ("log-time", "false"),
    ]);
    let both = line.over(file);
    let signals = [Signal::HUP, Signal::USR1, Signal::USR2];
    assert_eq!(both.overlap, Some(Overlap::Rerun));
    let own = [None, Some(Overlap::Ignore), Some(Overlap::Ignore)];
    assert_eq!(signals.map(|signal| both.own_overlap(signal)), own);
    assert_eq!(both.quiet_period, Some(Duration::from_secs(4)));
    assert_eq!(both.own_quiet_period(Signal::USR1), Some(Duration::from_secs(3)));
    assert_eq!(both.grace, Some(Duration::from_secs(7)));
    assert_eq!(both.timeout, Some(Duration::from_secs(6)));
    assert_eq!(both.action_dirs, [PathBuf::from("/line"), "/file".into()]);
    assert_eq!(both.verbosity(), Verbosity::Debug, "the level is one value");
    assert_eq!((both.log_time, both.no_systemd), (Some(false), Some(true)));
}

#[test]
fn every_option_with_a_value_refuses_what_is_none_and_says_what_it_should_be() {
    for spelling in &OPTIONS {
        let Choice::Set(setting) = spelling.choice else { continue };
        let mut settings = Settings::default();
        let error = settings.set(setting, "").expect_err("an empty word is no value");
        let sentence = error.sentence(spelling.long);
        assert!(sentence.starts_with(&format!("`{}` needs ", spelling.long)), "{sentence}");
        assert_eq!(settings.levels.unwrap_or_default(), Levels::default());
        let flag = settings.set(setting, "true");
        assert_eq!(
            flag.is_ok(),
            !spelling.has_value()
                || spelling.kind == Kind::File
                || spelling.kind == Kind::Directory,
            "{}",
            spelling.long
        );
        match spelling.kind {
            Kind::OneOf(words) | Kind::WordOfSignal { all: words, .. } => {
                for word in words {
                    settings.set(setting, word).expect("a word of the table");
                }
            }
            Kind::Counted { most } => {
                settings.set(setting, &most.to_string()).expect("the most");
                settings.set(setting, &(most + 1).to_string()).expect_err("more than the most");
            }
            _ => {}
        }
    }
}
