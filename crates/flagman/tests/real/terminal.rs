//! What is printed on a terminal, as wide as it is.

use std::fs::File;
use std::io::Read;

use nix::pty::{Winsize, openpty};

use super::harness::Program;

/// The lines that flagman prints on a terminal of so many columns.
fn on_a_terminal(words: &[&str], ws_col: u16) -> Vec<String> {
    let size = Winsize { ws_row: 24, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(Some(&size), None).expect("a terminal");
    let mut command = Program::Flagman.command(words);
    command.stdout(terminal.slave).env("NO_COLOR", "1").env("COLUMNS", "200");
    let mut child = command.spawn().expect("flagman starts");
    // Once this is dropped only flagman has the terminal open, and reading it ends with flagman.
    drop(command);
    let mut printed = Vec::new();
    // The end of a terminal is an error (EIO).
    let _ = File::from(terminal.master).read_to_end(&mut printed);
    assert!(child.wait().expect("flagman ends").success());
    let printed = String::from_utf8(printed).expect("text");
    printed.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// What the same words print where there is no terminal.
fn elsewhere(words: &[&str]) -> Vec<String> {
    let output = Program::Flagman.output(words);
    let printed = String::from_utf8(output.stdout).expect("text");
    printed.lines().map(str::to_owned).collect()
}

fn longest(lines: &[String]) -> usize {
    // The examples of commands are not wrapped.
    let prose = lines.iter().filter(|line| !line.trim_start().starts_with("flagman --usr1"));
    let prose = prose.filter(|line| !line.trim_start().starts_with("--usr1="));
    prose.map(String::len).max().unwrap_or_default()
}

#[test]
fn the_help_and_the_list_are_as_wide_as_the_terminal_from_40_to_100_columns() {
    for words in [["--help"], ["--list"]] {
        for (columns, width) in [(20, 40), (40, 40), (57, 57), (100, 100), (300, 100)] {
            let lines = on_a_terminal(&words, columns);
            let longest = longest(&lines);
            assert!((width - 6..=width).contains(&longest), "{columns}: {longest}: {lines:#?}");
        }
        assert_eq!(on_a_terminal(&words, 80), elsewhere(&words));
        // A terminal that does not know its width.
        assert_eq!(on_a_terminal(&words, 0), elsewhere(&words));
        assert!((75..=80).contains(&longest(&elsewhere(&words))));
    }
}
