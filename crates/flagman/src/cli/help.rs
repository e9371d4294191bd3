//! What `--help` and `--version` print.

use textwrap::Options;

use super::options::{OPTIONS, Spelling};

/// Where the explanations begin, and where lines end.
const COLUMN: usize = 28;
const WIDTH: usize = 80;

const ABOUT: &str = "\
Performs actions on signals: waits for SIGHUP, SIGUSR1 or SIGUSR2 and runs, in
order, the actions given for it. Actions keep their state in memory between
signals.

Usage: flagman [OPTIONS]

Options:
";

/// How the words of an action are told from flagman's own.
pub(super) const WORDS: &str = "\
An action declares its arguments (see --list), and exactly so many words
follow its name, whatever they look like; a signal option or a lone `;` ends
them. An optional argument is taken unless an option of flagman's stands
there. If the last argument repeats, all words up to the next signal option,
a lone `;` or the end are the action's: give flagman's own options before it
or after the `;`. The one-word form carries any word, with quotes and
backslashes as in a shell:
  --usr1='print \"a message; with anything in it\"'
";

const SIGNALS: &str = "\
A signal that is given several actions runs them in the order in which they
stand. Different signals are served one after the other. A signal without
actions does what it did when flagman was started, and so may end flagman.
SIGTERM and SIGINT end it in order: what runs is left to end, then every
action is torn down, the last one first. A second one forces it out.
";

/// A line for each: the number, and what it means.
pub(super) const EXIT_STATUSES: &str = "\
0   ended on request (SIGTERM or SIGINT)
1   no actions are left (0 with --successful-empty)
2   could not start: a mistake on the command line, or a set-up failed
3   forced out: the grace was over, or shutdown was asked for twice
70  a defect in flagman itself
";

const EXAMPLE: &str = "\
flagman --usr1 print 'a fun message' --usr2 print_once 'only once'
";

/// The help text.
pub(crate) fn help() -> String {
    let options: String = OPTIONS.iter().map(entry).collect();
    let sections = [
        ("Which words are an action's", WORDS),
        ("Signals", SIGNALS),
        ("Exit statuses", EXIT_STATUSES),
        ("Example", EXAMPLE),
    ];
    let indented = |text| textwrap::indent(text, "  ");
    let sections = sections.map(|(title, text)| format!("\n{title}:\n{}", indented(text)));
    format!("{ABOUT}{options}{}", sections.concat())
}

/// The version line.
pub(crate) fn version() -> String {
    format!("flagman {}\n", env!("CARGO_PKG_VERSION"))
}

fn entry(option: &Spelling) -> String {
    let spelled = format!("  {}", option.shown());
    let indent = " ".repeat(COLUMN);
    let wrapped = Options::new(WIDTH).initial_indent(&indent).subsequent_indent(&indent);
    let help = textwrap::fill(option.help, wrapped);
    if spelled.len() + 2 > COLUMN {
        return format!("{spelled}\n{help}\n");
    }
    format!("{spelled:COLUMN$}{}\n", help.trim_start())
}

#[cfg(test)]
mod tests {
    use super::super::options::OPTIONS;
    use super::help;

    #[test]
    fn every_option_is_in_the_help_and_no_line_is_too_long() {
        let help = help();
        for option in &OPTIONS {
            assert!(help.contains(&option.shown()), "{}", option.long);
        }
        assert!(help.lines().all(|line| line.len() <= 80));
    }
}
