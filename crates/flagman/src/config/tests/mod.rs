//! What a file says, and what is said of its mistakes: through the whole of the command line's reading.

mod mistakes;

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use flagman_base::Signal;

use crate::cli::{Plan, Request, Systemd, WhenEmpty, bundle_lines, read};
use crate::decider::{Grace, OnFailure, Overlap};
use crate::log::{Format, LogTime, Verbosity};
use crate::registry::Registry;

/// Reads a file with this text, and these words after it.
fn request(text: &str, words: &[&str]) -> Result<Request, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("f.toml");
    fs::write(&file, text).expect("a file can be written");
    let config = [OsString::from("--config"), file.clone().into()];
    let words = config.into_iter().chain(words.iter().map(OsString::from));
    let request = read(words, &Registry::standard()).request;
    request.map_err(|mistake| mistake.to_string().replace(file.to_str().expect("UTF-8"), "F"))
}

fn plan_with(text: &str, words: &[&str]) -> Plan {
    match request(text, words) {
        Ok(Request::Start(plan)) => plan,
        other => panic!("{text}: {other:?}"),
    }
}

/// The plan of a file that also has an action.
fn plan(text: &str) -> Plan {
    plan_with(&format!("{text}\n[[action]]\non = 'hup'\nrun = ['print', 'x']\n"), &[])
}

fn bundles(text: &str, words: &[&str]) -> String {
    bundle_lines(&plan_with(text, words))
}

/// The mistake in the file, after its name.
fn mistake(text: &str) -> String {
    let mistake = request(text, &["--hup=print x"]).expect_err(text);
    mistake.strip_prefix("F:").unwrap_or_else(|| panic!("{text}: {mistake}")).to_owned()
}

#[test]
fn every_option_that_may_stand_in_a_file_is_understood() {
    let all = plan(
        "overlap = 'rerun'\nquiet-period = 0.25\ntimeout = 30\ngrace = 0x0A\nsuccessful-empty = true\n\
         pid-file = '/run/f.pid'\nnotify-reload = true\nno-systemd = true\nverbose = 2\n",
    );
    assert_eq!(all.overlap_of(Signal::USR1), Overlap::Rerun);
    assert_eq!(all.quiet_period_of(Signal::USR1), Duration::from_millis(250));
    assert_eq!(all.timeout, Some(Duration::from_secs(30)));
    assert_eq!(all.grace, Grace(Duration::from_secs(10)));
    assert_eq!(all.when_empty, WhenEmpty::Success);
    assert_eq!(all.pid_file, Some("/run/f.pid".into()));
    assert_eq!(all.reload, Some(Signal::HUP));
    assert_eq!(all.systemd, Systemd::Silent);
    assert_eq!(all.verbosity, Verbosity::Debug);
    let none = plan("successful-empty = false\nnotify-reload = false\nno-systemd = false\n");
    assert_eq!((none.when_empty, none.reload), (WhenEmpty::Failure, None));
    assert_eq!(none.systemd, Systemd::Notify);
    for (text, verbosity) in [
        ("verbose = true", Verbosity::Info),
        ("verbose = false", Verbosity::Warning),
        ("verbose = 0", Verbosity::Warning),
        ("verbose = 1", Verbosity::Info),
        ("verbose = 2\nerrors-only = true", Verbosity::Error),
        ("errors-only = true\nquiet = true", Verbosity::Critical),
        ("quiet = false", Verbosity::Warning),
    ] {
        assert_eq!(plan(text).verbosity, verbosity, "{text}");
    }
    assert_eq!(plan("action-dir = '/a'").settings.action_dirs, ["/a"].map(PathBuf::from));
    assert_eq!(
        plan("action-dir = ['/b', '/a']").settings.action_dirs,
        ["/b", "/a"].map(PathBuf::from)
    );
}

#[test]
fn every_option_of_the_table_that_may_stand_in_a_file_is_a_key_and_no_other_is() {
    for option in &crate::cli::options::OPTIONS {
        let said = request(&format!("{} = []\n", option.long), &["--hup=print x"]).err();
        let is_key = option.in_file != crate::cli::options::InFile::Never;
        // An empty list of directories is fine.
        let is_taken = said.as_ref().is_none_or(|said| said.contains(" needs "));
        assert_eq!(is_taken, is_key, "{}: {said:?}", option.long);
    }
}

#[test]
fn the_form_of_the_log_comes_from_the_file_also_for_a_mistake_on_the_command_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("f.toml");
    fs::write(&file, "log-format = 'json'\nlog-time = true\n").expect("a file");
    let words = ["--nosuch".into(), "--config".into(), OsString::from(&file)];
    let reading = read(words.clone(), &Registry::standard());
    assert_eq!((reading.log_format, reading.log_time), (Some(Format::Json), LogTime::Shown));
    assert!(reading.request.is_err());
    let words = words.into_iter().chain(["--log-format=text".into()]);
    assert_eq!(read(words, &Registry::standard()).log_format, Some(Format::Text));
}

#[test]
fn what_is_said_of_one_signal_wins_over_what_is_said_of_all_and_the_command_line_over_the_file() {
    let text = "overlap = 'rerun'\ngrace = 3\nverbose = 2\n[signal.usr1]\noverlap = 'ignore'\nquiet-period = 0.5\n\
                [signal.'RTMIN+1']\noverlap = 'each'\n[[action]]\non = 'usr1'\nrun = ['print', 'x']\n";
    let file = plan_with(text, &[]);
    assert_eq!(file.overlap_of(Signal::USR1), Overlap::Ignore);
    assert_eq!(file.overlap_of(Signal::USR2), Overlap::Rerun);
    assert_eq!(file.quiet_period_of(Signal::USR1), Duration::from_millis(500));
    assert_eq!(file.quiet_period_of(Signal::USR2), Duration::ZERO);
    let both = plan_with(text, &["--overlap=ignore", "--grace=4", "-v", "--overlap=usr2=rerun"]);
    assert_eq!(both.overlap_of(Signal::USR1), Overlap::Ignore, "the file's for this signal");
    assert_eq!(both.overlap_of(Signal::USR2), Overlap::Rerun);
    assert_eq!(both.overlap_of(Signal::HUP), Overlap::Ignore);
    assert_eq!(both.grace, Grace(Duration::from_secs(4)));
    assert_eq!(both.verbosity, Verbosity::Info);
    let own = plan_with(text, &["--overlap=SIGUSR1=rerun"]);
    assert_eq!(own.overlap_of(Signal::USR1), Overlap::Rerun);
}

#[test]
fn actions_are_in_the_order_of_the_file_and_those_of_the_command_line_follow() {
    let text = "[[action]]\non = ['usr2', 'hup']\nrun = ['print', 'a b']\n\
                [[action]]\non = 'SIGHUP'\nrun = ['exec', 'true', '--hup', ';', '--']\n";
    let words = ["--hup", "print", "c", "--usr1=print d"];
    let lines = "SIGHUP: print 'a b'; exec true --hup ';' --; print c\nSIGUSR1: print d\n\
                 SIGUSR2: print 'a b'\n";
    assert_eq!(bundles(text, &words), lines);
    assert_eq!(plan_with(text, &words).warnings, [""; 0]);
    let inline = "action = [{ on = 'hup', run = ['print', 'x'] }]\nsignal = { hup = { overlap = 'rerun' } }\n";
    assert_eq!(bundles(inline, &[]), "SIGHUP (--overlap HUP=rerun): print x\n");
    assert_eq!(request("", &[]).expect_err("no action"), "No actions configured; exiting");
}

#[test]
fn policies_are_keys_of_an_action() {
    let text = "[[action]]\non = 'hup'\nrun = ['exec', 'true']\ntimeout = 1.5\nretries = 3\nretry-delay = 2\n\
                give-up = 60\non-failure = 'stop'\nname = 'the check'\n\
                [[action]]\non = 'hup'\nrun = ['exec', 'true']\ntimeout = 'none'\n";
    let plan = plan_with(text, &["--timeout=9"]);
    let [first, second] = &plan.bundles[0].1[..] else { panic!("two actions") };
    assert_eq!(plan.timeout_of(first), Some(Duration::from_millis(1500)));
    assert_eq!(plan.timeout_of(second), None);
    let run = first.policies.on_failed_run;
    assert_eq!((run.retries, run.on_failure), (3, OnFailure::Stop));
    assert_eq!(run.retry_delay, Duration::from_secs(2));
    assert_eq!(run.give_up, Duration::from_mins(1));
    assert_eq!(first.policies.name.as_deref(), Some("the check"));
}

#[test]
fn of_several_mistakes_the_first_in_the_file_is_told_and_the_command_lines_before_it() {
    let text = "[[action]]\non = 'hup'\nrun = 1\n[signal.usr3]\n[[action]]\nx = 1\n";
    assert!(mistake(text).starts_with("3:7: "), "{}", mistake(text));
    let said = request(text, &["--nosuch"]).expect_err("a mistake");
    assert!(said.starts_with("unknown option `--nosuch`"), "{said}");
    assert!(matches!(request(text, &["--help"]), Ok(Request::Help)));
}

#[test]
fn the_last_file_that_is_named_is_read_and_one_that_is_missing_is_told() {
    assert_eq!(bundles("[[action]]\non = 'hup'\nrun = ['print', 'x']\n", &[]), "SIGHUP: print x\n");
    let said = request("", &["--config=/nonexistent/x.toml"]).expect_err("it is missing");
    let expected = "cannot read the configuration file `/nonexistent/x.toml`: there is no such file; check the path";
    assert_eq!(said, expected);
    let said = request("", &["--config=-"]).expect_err("it is missing");
    assert!(
        said.contains("cannot read the configuration file `-`: it would be standard input"),
        "{said}"
    );
}
