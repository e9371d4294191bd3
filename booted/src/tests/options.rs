//! How the words of `FLAGMAN_OPTIONS` are split.

use crate::machine::{Machine, Setting};

/// The options of an instance, and the arguments that its command must get.
type Line = (&'static str, &'static [&'static str]);

const LINES: &[Line] = &[
    (
        r#"--usr1 exec words 'it; is' "it's" '"so"' "" '$HOME ${HOME} $$ %i %% # *' a\\\\b"#,
        &["it; is", "it's", "\"so\"", "", "$HOME ${HOME} $$ %i %% # *", "a\\b"],
    ),
    (
        r#"--usr1='exec words "it; is" ";" --hup "" --verbose "two words"' --usr2 print done"#,
        &["it; is", ";", "--hup", "", "--verbose", "two words"],
    ),
    ("--usr1 exec words one \\\n    'two words' \\\n    three", &["one", "two words", "three"]),
];

/// A command that prints each of its arguments in brackets, and then a line without brackets.
const WORDS: &str = "#!/bin/sh\nfor word; do printf '[%s]\\n' \"$word\"; done\necho all words\n";

pub(super) fn words_with_quotes_and_semicolons_arrive_unharmed(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.add_command("words", WORDS);
    for (number, (line, words)) in LINES.iter().enumerate() {
        let mut instance = machine.start(&format!("line{number}"), line);
        instance.signal("USR1");
        let printed = instance.journal.until("all words");
        let printed: Vec<&String> = printed.iter().filter(|line| line.starts_with('[')).collect();
        let expected: Vec<String> = words.iter().map(|word| format!("[{word}]")).collect();
        assert_eq!(printed, expected.iter().collect::<Vec<_>>(), "{line}");
    }
}

pub(super) fn the_words_can_be_checked_without_starting_anything(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    machine.configure("check", r#"--usr1='print "a; b"' --usr2 prnt"#);
    // As in /etc/flagman/README.
    let check = "systemd-run --pipe --wait --quiet \
        --property=EnvironmentFile=/etc/flagman/check.conf \
        /usr/bin/flagman --check '$FLAGMAN_OPTIONS'";
    let (status, said) = machine.fail(&["sh", "-c", check]);
    assert_eq!(status, Some(2));
    assert!(said.contains("`prnt`"), "{said}");
    machine.configure("check", r#"--usr1='print "a; b"'"#);
    let understood = machine.shell(check);
    assert!(understood.contains("SIGUSR1") && understood.contains("a; b"), "{understood}");
}
