//! What `--list` prints: the known actions, in two columns.

use textwrap::Options;

use super::width::Width;
use crate::registry::Known;

/// Whether names are printed bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emphasis {
    /// They are: standard output is a terminal that wants it.
    Bold,
    /// They are not.
    Plain,
}

/// How far a line is indented that goes on below, where the names leave less than half of the width.
const BELOW: usize = 8;

/// The list, sorted by name, with a line of its own for the arguments of each.
pub(crate) fn list(all: &[Known], width: Width, emphasis: Emphasis) -> String {
    let names = all.iter().map(|known| known.name.len()).max().unwrap_or_default();
    let heading = format!("{:names$} - description [(argument: type, ...)]", "name");
    let heading = textwrap::fill(&heading, width.columns()) + "\n";
    let rule = format!("{}\n", "-".repeat(width.columns()));
    let entries = all.iter().map(|known| entry(known, names, width, emphasis));
    heading + &rule + &entries.collect::<String>()
}

fn entry(known: &Known, names: usize, width: Width, emphasis: Emphasis) -> String {
    let text = names + " - ".len();
    let indent = " ".repeat(if text > width.columns() / 2 { BELOW } else { text });
    let options = Options::new(width.columns()).subsequent_indent(&indent);
    let first = format!("{:names$} - {}", known.name, known.description);
    let mut text = textwrap::fill(&first, options) + "\n";
    if emphasis == Emphasis::Bold && text.starts_with(&*known.name) {
        text.replace_range(..known.name.len(), &format!("\x1b[1m{}\x1b[0m", known.name));
    }
    text + &arguments(known, &indent, width)
}

fn arguments(known: &Known, indent: &str, width: Width) -> String {
    if known.declared.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = known.declared.iter().map(ToString::to_string).collect();
    let options = Options::new(width.columns()).initial_indent(indent).subsequent_indent(indent);
    textwrap::fill(&format!("({})", shown.join(", ")), options) + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::width::Width;
    use super::{Emphasis, list};
    use crate::registry::{Known, Registry};

    fn standard() -> Vec<Known> {
        Registry::standard().all().to_vec()
    }

    #[test]
    fn the_list_has_every_action_with_its_arguments() {
        let expected = "\
name        - description [(argument: type, ...)]
--------------------------------------------------------------------------------
delay_print - An action that prints a message, waits for a number of seconds,
              and says that it has.
              (message: str, delay: int)
exec        - An action that runs a program and waits for it; a status other
              than 0 is a failure.
              (command: str, argument: str ...)
print       - A simple action that prints a message at each stage of its life.
              (message: str)
print_once  - An action that prints a message once, and then closes.
              (message: str)
reload      - An action that reads the configuration file again and carries out
              what has changed.
";
        assert_eq!(list(&standard(), Width::of(None), Emphasis::Plain), expected);
    }

    #[test]
    fn on_a_terminal_the_names_are_bold() {
        let list = list(&standard(), Width::of(None), Emphasis::Bold);
        assert!(list.contains("\n\x1b[1mprint\x1b[0m       - A simple"), "{list}");
    }
    #[test]
    fn on_a_narrow_terminal_lines_are_wrapped_there() {
        let list = list(&standard(), Width::of(Some(40)), Emphasis::Plain);
        let expected = "\
exec        - An action that runs a
              program and waits for it;
              a status other than 0 is a
              failure.
              (command: str, argument:
              str ...)
";
        assert!(list.contains(expected), "{list}");
        assert!(list.lines().all(|line| line.len() <= 40), "{list}");
    }

    #[test]
    fn a_name_that_takes_more_than_half_of_the_width_leaves_room_for_the_text() {
        let mut all = standard();
        all[0].name = "an_action_with_quite_a_long_name".into();
        let list = list(&all, Width::of(Some(40)), Emphasis::Bold);
        assert!(list.lines().all(|line| line.len() <= 40 + "\x1b[1m\x1b[0m".len()), "{list}");
        assert!(list.contains("\n        (message: str, delay: int)\n"), "{list}");
    }
}
