//! A custom flagman whose action keeps state between signals.

use nix::sys::signal::Signal;

use super::harness::Program;

#[test]
fn an_action_of_ones_own_keeps_its_state_from_one_signal_to_the_next() {
    let words = ["--overlap", "rerun", "--usr1", "count", "signals", "--usr2", "count", "others"];
    let flagman = Program::Count.serve(&words);
    for seen in ["signals: 1", "signals: 2", "signals: 3"] {
        flagman.signal(Signal::SIGUSR1);
        assert_eq!(flagman.stdout.next().as_deref(), Some(seen));
    }
    flagman.signal(Signal::SIGUSR2);
    assert_eq!(flagman.stdout.next().as_deref(), Some("others: 1"));
    flagman.end();
}

#[test]
fn an_action_of_ones_own_is_in_the_list_with_what_it_says_of_itself() {
    let list = Program::Count.output(&["--list"]);
    let list = String::from_utf8(list.stdout).expect("the list is UTF-8");
    let entry = "count       - Says how many signals it has seen since it was set up.\n\
                 \x20             (label: str)\n";
    assert!(list.contains(entry), "{list}");
}
