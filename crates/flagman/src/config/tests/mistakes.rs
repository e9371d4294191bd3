//! What is said of each mistake: its line and column, the word, and what to write.

use super::{mistake, plan};

fn all_are_told(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(mistake(text), *expected, "{text}");
    }
}

/// An `[[action]]` with these lines, and what is said of them.
fn all_are_told_of_an_action(cases: &[(&str, &str)]) {
    for (lines, expected) in cases {
        let text = format!("[[action]]\n{lines}\n");
        assert_eq!(mistake(&text), *expected, "{text}");
    }
}

const UNKNOWN_KEYS: &[(&str, &str)] = &[
    ("gracee = 1", "1:1: unknown key `gracee` at the top of the file; did you mean `grace`?"),
    (
        "log_format = 'x'",
        "1:1: unknown key `log_format` at the top of the file; did you mean `log-format`?",
    ),
    ("--grace = 1", "1:1: unknown key `--grace` at the top of the file; did you mean `grace`?"),
    ("[[actions]]", "1:3: unknown key `actions` at the top of the file; did you mean `action`?"),
    ("[signals.usr1]", "1:2: unknown key `signals` at the top of the file; did you mean `signal`?"),
    ("check = true", "1:1: `check` is for the command line only; remove it here"),
    ("config = 'x'", "1:1: `config` is for the command line only; remove it here"),
    ("retries = 1", "1:1: `retries` belongs to an action; write it below a line `[[action]]`"),
    ("on = 'hup'", "1:1: `on` belongs to an action; write it below a line `[[action]]`"),
    (
        "hup = 'print x'",
        "1:1: `hup` is a signal; for an action of SIGHUP, write `[[action]]` and below it on = \"hup\" and \
             run = [...]; for its settings, write `[signal.hup]`",
    ),
    (
        "['rtmin+1']",
        "1:2: `rtmin+1` is a signal; for an action of SIGRTMIN+1, write `[[action]]` and below it on = \
             \"rtmin+1\" and run = [...]; for its settings, write `[signal.\"rtmin+1\"]`",
    ),
    (
        "[signal.usr1]\noverlapp = 'x'",
        "2:1: unknown key `overlapp` below `[signal.NAME]`; did you mean `overlap`?",
    ),
    (
        "[signal.usr1]\nxyz = 'x'",
        "2:1: unknown key `xyz` below `[signal.NAME]`; the keys here are overlap, quiet-period",
    ),
    (
        "[signal.usr1]\ngrace = 1",
        "2:1: `grace` is for all signals and actions; write it at the top of the file, above the first line \
             with brackets",
    ),
    (
        "[signal.usr1]\nrun = ['x']",
        "2:1: `run` belongs to an action; write it below a line `[[action]]`",
    ),
];

const UNKNOWN_KEYS_OF_AN_ACTION: &[(&str, &str)] = &[
    ("signal = 'hup'", "2:1: unknown key `signal` below `[[action]]`; did you mean `on`?"),
    ("command = 'x'", "2:1: unknown key `command` below `[[action]]`; did you mean `run`?"),
    ("retrys = 1", "2:1: unknown key `retrys` below `[[action]]`; did you mean `retries`?"),
    ("overlap = 'x'", "2:1: `overlap` is not for one action; write it below `[signal.NAME]`"),
    (
        "on = 'hup'\nrun = ['print', 'x']\ngrace = 1",
        "4:1: `grace` is for all signals and actions; write it at the top of the file, above the first line \
             with brackets",
    ),
    (
        "xyz = 1",
        "2:1: unknown key `xyz` below `[[action]]`; the keys here are on, run, timeout, retries, \
             retry-delay, give-up, on-failure, name",
    ),
];

#[test]
fn an_unknown_key_is_told_with_the_nearest_one_or_with_its_place() {
    all_are_told(UNKNOWN_KEYS);
    all_are_told_of_an_action(UNKNOWN_KEYS_OF_AN_ACTION);
}

const WRONG_TYPES: &[(&str, &str)] = &[
    ("overlap = 1", "1:11: `overlap` needs a text, not a whole number; write overlap = \"rerun\""),
    (
        "quiet-period = '2'",
        "1:16: `quiet-period` needs a number of seconds, not a text; write quiet-period = 2",
    ),
    (
        "timeout = true",
        "1:11: `timeout` needs a number of seconds, not `true` or `false`; write timeout = 10",
    ),
    ("grace = '10'", "1:9: `grace` needs a number of seconds, not a text; write grace = 10"),
    (
        "grace = 07:32:00",
        "1:9: `grace` needs a number of seconds, not a date or a time; write grace = 10",
    ),
    (
        "action-dir = 1",
        "1:14: `action-dir` needs a text or a list of texts, not a whole number; write action-dir = \
             \"/usr/local/lib/flagman/actions\"",
    ),
    (
        "action-dir = ['/a', 1]",
        "1:21: `action-dir` needs a text or a list of texts, not a whole number; write action-dir = \
             \"/usr/local/lib/flagman/actions\"",
    ),
    (
        "pid-file = true",
        "1:12: `pid-file` needs a text, not `true` or `false`; write pid-file = \"/run/flagman.pid\"",
    ),
    (
        "log-format = 1.5",
        "1:14: `log-format` needs a text, not a number with a fraction; write log-format = \"json\"",
    ),
    (
        "log-time = 1",
        "1:12: `log-time` needs `true` or `false`, not a whole number; write log-time = true",
    ),
    ("quiet = 'false'", "1:9: `quiet` needs `true` or `false`, not a text; write quiet = false"),
    (
        "notify-reload = []",
        "1:17: `notify-reload` needs `true` or `false`, not a list; write notify-reload = true",
    ),
    (
        "no-systemd = {}",
        "1:14: `no-systemd` needs `true` or `false`, not a table; write no-systemd = true",
    ),
    (
        "errors-only = 0",
        "1:15: `errors-only` needs `true` or `false`, not a whole number; write errors-only = true",
    ),
    (
        "successful-empty = 'yes'",
        "1:20: `successful-empty` needs `true` or `false`, not a text; write successful-empty = true",
    ),
    (
        "verbose = 'a'",
        "1:11: `verbose` needs `true`, `false` or a whole number, not a text; write verbose = 1",
    ),
    (
        "signal = 1",
        "1:10: `signal` needs a table, not a whole number; write signal = { usr1 = { overlap = \"rerun\" } }, \
             or a line `[signal.usr1]`",
    ),
    (
        "[signal]\nusr1 = 'rerun'",
        "2:8: `usr1` needs a table, not a text; write usr1 = { overlap = \"rerun\" }",
    ),
    (
        "[signal.usr1]\noverlap = true",
        "2:11: `overlap` needs a text, not `true` or `false`; write overlap = \"rerun\"",
    ),
    (
        "[signal.usr1]\nquiet-period = '1'",
        "2:16: `quiet-period` needs a number of seconds, not a text; write quiet-period = 1",
    ),
    ("[[signal.usr1]]", "1:10: `usr1` has one bracket on each side; write `[signal.usr1]`"),
    ("[action]\non = 'hup'", "1:2: `[action]` needs two brackets on each side: `[[action]]`"),
    ("action = 1", "1:1: `action` begins an action with its keys; write `[[action]]`"),
    ("action = [1]", "1:11: an action is a table; write `[[action]]` and its keys below it"),
];

#[test]
fn a_wrong_type_is_told_at_each_key_with_what_to_write() {
    all_are_told(WRONG_TYPES);
}

const WRONG_TYPES_OF_AN_ACTION: &[(&str, &str)] = &[
    ("on = 1", "2:6: `on` needs a text, not a whole number; write on = \"1\""),
    (
        "on = ['hup', true]",
        "2:14: `on` needs texts in its list, not `true` or `false`; write \"true\" there",
    ),
    (
        "run = 'exec check --all'",
        "2:7: `run` needs a list of words, the action's name first, not a text; write run = [\"exec\", \
             \"check\", \"--all\"]",
    ),
    (
        "run = 1",
        "2:7: `run` needs a list of words, the action's name first, not a whole number; write run = \
             [\"exec\", \"true\"]",
    ),
    (
        "run = ['delay_print', 'x', 1]",
        "2:28: `run` needs texts in its list, not a whole number; write \"1\" there",
    ),
    ("run = [['a']]", "2:8: `run` needs texts in its list, not a list; write \"...\" there"),
    (
        "timeout = '1'",
        "2:11: `timeout` needs a number of seconds or \"none\", not a text; write timeout = 1",
    ),
    (
        "retries = 1.5",
        "2:11: `retries` needs a whole number, not a number with a fraction; write retries = 3",
    ),
    ("retries = '4'", "2:11: `retries` needs a whole number, not a text; write retries = 4"),
    (
        "retry-delay = []",
        "2:15: `retry-delay` needs a number of seconds, not a list; write retry-delay = 10",
    ),
    (
        "give-up = true",
        "2:11: `give-up` needs a number of seconds, not `true` or `false`; write give-up = 10",
    ),
    (
        "on-failure = 1",
        "2:14: `on-failure` needs a text, not a whole number; write on-failure = \"exit\"",
    ),
    ("name = 7", "2:8: `name` needs a text, not a whole number; write name = \"7\""),
];

#[test]
fn a_wrong_type_is_told_at_each_key_of_an_action() {
    all_are_told_of_an_action(WRONG_TYPES_OF_AN_ACTION);
}

const OUT_OF_BOUNDS: &[(&str, &str)] = &[
    ("grace = -1", "1:9: `grace` needs a decimal number of seconds from 0 to 31536000, not `-1`"),
    (
        "grace = 31536001",
        "1:9: `grace` needs a decimal number of seconds from 0 to 31536000, not `31536001`",
    ),
    ("grace = inf", "1:9: `grace` needs a decimal number of seconds from 0 to 31536000, not `inf`"),
    (
        "timeout = 0",
        "1:11: `timeout` = 0 would leave a run no time; for no limit, remove `timeout`",
    ),
    ("verbose = 3", "1:11: `verbose` needs `true`, `false` or a number from 0 to 2, not `3`"),
    ("log-format = 'xml'", "1:14: `log-format` needs `text`, `journal` or `json`, not `xml`"),
    ("pid-file = ''", "1:12: `pid-file` needs the path of a file, not ``"),
    (
        "overlap = 'each'",
        "1:11: `overlap` = \"each\" is for one real-time signal, below a line as `[signal.rtmin]`; write \
             \"ignore\" or \"rerun\" for all",
    ),
    (
        "overlap = 'usr1=rerun'",
        "1:11: `overlap` takes no signal here; write it below `[signal.NAME]`",
    ),
    (
        "pid-file = \"a\\u0000\"",
        "1:12: `pid-file` has the character U+0000, which no word can have; remove it",
    ),
    (
        "[signal.rtmin]\noverlap = 'x'",
        "2:11: `overlap` needs `ignore`, `rerun` or `each` for SIGRTMIN, not `x`",
    ),
    (
        "[signal.usr1]\noverlap = 'x'",
        "2:11: `overlap` needs `ignore` or `rerun` for SIGUSR1, not `x`",
    ),
    (
        "[signal.usr1]\noverlap = 'each'",
        "2:11: `overlap`: SIGUSR1 cannot have `each`, because the kernel queues only real-time signals; write \
             `ignore` or `rerun`",
    ),
    (
        "[signal.term]\nquiet-period = 1",
        "2:1: `quiet-period` does not apply to SIGTERM, which shuts flagman down: its actions run once; \
             remove `quiet-period`",
    ),
    (
        "[signal.rtmin]\nquiet-period = 1",
        "2:1: `quiet-period` is not possible for SIGRTMIN, each arrival of which has a run of its own; write \
             overlap = \"rerun\" too, or remove `quiet-period`",
    ),
];

const OUT_OF_BOUNDS_OF_AN_ACTION: &[(&str, &str)] = &[
    ("retries = 101", "2:11: `retries` needs a whole number from 0 to 100, not `101`"),
    ("retries = -1", "2:11: `retries` needs a whole number from 0 to 100, not `-1`"),
    (
        "retry-delay = 61",
        "2:15: `retry-delay` needs a decimal number of seconds from 0 to 60, not `61`",
    ),
    ("on-failure = 'stopp'", "2:14: `on-failure` needs `continue`, `stop` or `exit`, not `stopp`"),
    (
        "timeout = 0",
        "2:11: `timeout` = 0 would leave a run no time; for no limit, write timeout = \"none\"",
    ),
    (
        "on = 'hup'\nrun = ['print', 'x']\ntimeout = 1",
        "4:1: `print` cannot have `timeout`: it runs inside flagman, where nothing can stop it; \
             remove `timeout`",
    ),
];

#[test]
fn a_value_out_of_bounds_is_told_in_the_words_of_the_command_line() {
    all_are_told(OUT_OF_BOUNDS);
    plan("[signal.rtmin]\nquiet-period = 1\noverlap = 'rerun'");
    all_are_told_of_an_action(OUT_OF_BOUNDS_OF_AN_ACTION);
}

const SIGNALS: &[(&str, &str)] = &[
    ("[signal.usr3]", "1:9: unknown signal `usr3`; did you mean `USR1`?"),
    (
        "[signal.kill]",
        "1:9: `kill` (SIGKILL) cannot be given actions, because no process can catch it; to act when \
             flagman is stopped, write TERM",
    ),
    (
        "[signal.usr1]\n[signal.SIGUSR1]",
        "2:9: `SIGUSR1` is SIGUSR1, and so is `usr1`; put all of it below one `[signal.usr1]`",
    ),
];

const SIGNALS_OF_AN_ACTION: &[(&str, &str)] = &[
    ("on = 'huup'", "2:6: unknown signal `huup`; did you mean `HUP`?"),
    ("on = []", "2:6: `on` names no signal; write for example on = [\"hup\", \"usr1\"]"),
    (
        "on = ['hup', 'usr1', '1']",
        "2:22: `1` is SIGHUP, which `on` names already; for two actions, write `[[action]]` twice",
    ),
    ("run = ['print', 'x']", "1:1: this action has no signal; write for example on = \"usr1\""),
    (
        "on = 'hup'",
        "1:1: this action has nothing to do; write for example run = [\"exec\", \"true\"]",
    ),
];

#[test]
fn a_signal_that_is_unknown_refused_or_named_twice_is_told() {
    all_are_told(SIGNALS);
    all_are_told_of_an_action(SIGNALS_OF_AN_ACTION);
}

#[test]
fn the_words_of_an_action_are_checked_as_those_of_the_command_line() {
    let told = |run: &str, expected: &str| {
        let text = format!("[[action]]\non = 'hup'\nrun = {run}\n");
        assert_eq!(mistake(&text), expected, "{text}");
    };
    told(
        "['timeout=3', 'exec', 'true']",
        "3:8: `timeout=3` is a policy and not an action; write timeout = 3 in a line of its own",
    );
    told(
        "['on-failure=stop', 'exec', 'true']",
        "3:8: `on-failure=stop` is a policy and not an action; write on-failure = \"stop\" in a line of its own",
    );
    told("[]", "3:7: `run` needs an action's name; write for example run = [\"exec\", \"true\"]");
    told("['']", "3:8: `run` needs an action's name, not an empty word");
    told("['prnt', 'x']", "3:8: unknown action `prnt`; did you mean `print`?");
    told("['nosuch']", "3:8: unknown action `nosuch`; `flagman --list` lists all actions");
    told(
        "['print x']",
        "3:8: unknown action `print x`; to give each word quotes of its own, write run = [\"print\", \"x\"]",
    );
    told(
        "['true', 'a \"b']",
        "3:8: unknown action `true`; to run the program `true`, write run = [\"exec\", \"true\", \"a \\\"b\"]",
    );
    told(
        "['print']",
        "3:8: `print` needs its argument `message: str`; write run = [\"print\", \"MESSAGE\"]",
    );
    told(
        "['print', 'a', 'b']",
        "3:22: unexpected word `b`: `print` takes 1 word; a text with spaces needs quotes; write run = \
         [\"print\", \"a b\"]",
    );
    told(
        "['delay_print', 'x', 'soon']",
        "3:28: `delay_print`: its argument `delay` must be an int from 0 to 31536000 (seconds), not `soon`",
    );
    told(
        "['exec', \"a\\u0000\"]",
        "3:16: `run` has the character U+0000, which no word can have; remove it",
    );
}
