//! What `--help` and `--version` print.

use textwrap::{Options, WordSplitter};

use super::options::{OPTIONS, POLICIES, PolicyRow};
use super::signal::{bare_names, last_real_time};
use super::width::Width;

/// Where the explanations of options begin, if lines are long enough for that; else below the option.
const COLUMN: usize = 28;
const LONG_ENOUGH: usize = 64;
const BELOW: usize = 8;

const ABOUT: &str = "\
Performs actions on signals: waits for SIGHUP, SIGUSR1, SIGUSR2 or any other signal that can be \
caught, and runs, in order, the actions given for it. Actions keep their state in memory between \
signals.
";

const USAGE: &str = "\nUsage: flagman [OPTIONS]\n\nOptions:\n";

/// How the words of an action are told from flagman's own: a paragraph, then an example.
pub(super) const WORDS: &str = "\
An action declares its arguments (see --list). flagman takes one word for each of them after the \
action's name, even a word that looks like an option; a signal option, a lone `;` or a lone `--` \
always ends the action. An option of flagman's is not taken for an optional argument. If the last argument \
repeats, as for exec, every word up to the next such word or the end belongs to the action: write flagman's own options before it, or after a `;`. To pass any word at all, write the \
whole action in one word, with quotes and backslashes as in a shell:
  --usr1='print \"a message; with anything in it\"'
";

/// What the policies are, before they are listed.
pub(super) const POLICY_WORDS: &str = "\
Words of the form NAME=VALUE before an action's name are its policies, as in --usr1 retries=3 exec \
/usr/local/bin/check, and in the one-word form too.";

const SIGNALS: &str = "\
The actions of one signal run in the order of the command line. Different signals are served one \
after the other. A signal without actions keeps the effect that it had when flagman was started, \
and so may end flagman.
SIGTERM and SIGINT shut flagman down: what runs may finish, then the actions of SIGTERM run (for \
SIGINT, its own if it has any), then every action is torn down, the last one first. All of that may \
take as long as --grace says. A second one forces flagman out at once.
";

/// Which signals can be given actions, and how they are named.
pub(super) fn signals() -> String {
    format!(
        "SIGNAL is {}, or a real-time signal: RTMIN to {}, or RTMAX. It may begin with SIG, in any case, or \
         be a number as `kill -l` gives it. No program can catch KILL and STOP; SEGV and other reports of faults, CHLD and \
         PIPE are refused too.",
        bare_names().join(" "),
        last_real_time()
    )
}

/// A line for each: the number, and what it means.
pub(super) const EXIT_STATUSES: &str = "\
0   ended on request (SIGTERM or SIGINT)
1   no actions are left (0 with --successful-empty)
2   could not start: a mistake on the command line or in the configuration file, a pid file that is \
in use, or a failed set-up
3   forced out: the grace was over, or shutdown was asked for twice
4   an action with on-failure=exit failed
70  a defect in flagman itself
";

const EXAMPLE: &str = "\
flagman --usr1 print 'a fun message' --usr2 print_once 'only once'
";

/// The help text, with lines of this width; examples are not wrapped.
pub(crate) fn help(width: Width) -> String {
    let options: String =
        OPTIONS.iter().map(|option| entry(&option.shown(), option.help, width)).collect();
    let paragraphs = |text: &str, hanging| {
        let lines = text.lines().map(|line| wrapped(line, width, ("  ", hanging)));
        lines.collect::<String>()
    };
    let policies: String = POLICIES
        .iter()
        .map(|row| entry(&shown(row), &format!("{} (default: {})", row.help, row.default), width))
        .collect();
    let sections = [
        ("Which words are an action's", paragraphs(WORDS, "  ")),
        ("Policies of an action", paragraphs(POLICY_WORDS, "  ") + &policies),
        ("Signals", paragraphs(&format!("{SIGNALS}{}", signals()), "  ")),
        ("Exit statuses", paragraphs(EXIT_STATUSES, "      ")),
        ("Example", paragraphs(EXAMPLE, "  ")),
    ];
    let sections = sections.map(|(title, text)| format!("\n{title}:\n{text}"));
    format!("{}{USAGE}{options}{}", wrapped(ABOUT.trim_end(), width, ("", "")), sections.concat())
}

/// A policy as it is written: `retries=NUMBER`.
pub(super) fn shown(row: &PolicyRow) -> String {
    format!("{}={}", row.name, row.kind.placeholder())
}

/// The version line.
pub(crate) fn version() -> String {
    format!("flagman {}\n", env!("CARGO_PKG_VERSION"))
}

/// A paragraph with the indents of its first and its other lines. What is indented already, or is the
/// example of a command, stays one line.
fn wrapped(text: &str, width: Width, (first, other): (&str, &str)) -> String {
    if text.starts_with(' ') || text == EXAMPLE.trim_end() {
        return format!("{first}{text}\n");
    }
    // An option must not be broken at its dashes.
    let options = Options::new(width.columns()).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options.initial_indent(first).subsequent_indent(other)) + "\n"
}

fn entry(spelled: &str, help: &str, width: Width) -> String {
    let spelled = format!("  {spelled}");
    let column = if width.columns() < LONG_ENOUGH { BELOW } else { COLUMN };
    let indent = " ".repeat(column);
    let help = wrapped(help, width, (&indent, &indent));
    if spelled.len() + 2 > column {
        return format!("{spelled}\n{help}");
    }
    format!("{spelled:column$}{}", help.trim_start())
}

#[cfg(test)]
mod tests {
    use flagman_base::Signal;

    use super::super::options::{OPTIONS, POLICIES};
    use super::super::signal::bare;
    use super::super::width::Width;
    use super::{EXAMPLE, help, shown};

    #[test]
    fn every_option_policy_and_signal_is_in_the_help_and_no_line_is_longer_than_the_width() {
        for columns in [40, 63, 64, 80, 100] {
            let help = help(Width::of(Some(columns)));
            for option in &OPTIONS {
                assert!(help.contains(&option.shown()), "{}", option.long);
            }
            for row in &POLICIES {
                assert!(help.contains(&format!("\n  {}", shown(row))), "{}", row.name);
            }
            for signal in Signal::with_actions().filter(|signal| !signal.is_real_time()) {
                assert!(
                    help.split_whitespace().any(|word| word.trim_end_matches(',') == bare(signal))
                );
            }
            let is_example =
                |line: &str| line.trim() == EXAMPLE.trim_end() || line.starts_with("    --");
            for line in help.lines().filter(|line| !is_example(line)) {
                assert!(line.len() <= usize::from(columns), "{columns}: {line}");
            }
        }
    }
}
