//! What `--list` prints: the known actions, in two columns.

use textwrap::Options;

use crate::registry::Known;

/// Whether names are printed bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emphasis {
    /// They are: standard output is a terminal that wants it.
    Bold,
    /// They are not.
    Plain,
}

/// The width at which lines are wrapped.
const WIDTH: usize = 80;

/// The list, sorted by name, with a line of its own for the arguments of each.
pub(crate) fn list(all: &[Known], emphasis: Emphasis) -> String {
    let width = all.iter().map(|known| known.name.len()).max().unwrap_or_default();
    let heading = format!("{:width$} - description [(argument: type, ...)]\n", "name");
    let rule = format!("{}\n", "-".repeat(WIDTH));
    let entries = all.iter().map(|known| entry(known, width, emphasis));
    heading + &rule + &entries.collect::<String>()
}

fn entry(known: &Known, width: usize, emphasis: Emphasis) -> String {
    let indent = " ".repeat(width + 3);
    let options = Options::new(WIDTH).subsequent_indent(&indent);
    let first = format!("{:width$} - {}", known.name, known.description);
    let mut text = textwrap::fill(&first, options) + "\n";
    if emphasis == Emphasis::Bold {
        text.replace_range(..known.name.len(), &format!("\x1b[1m{}\x1b[0m", known.name));
    }
    text + &arguments(known, &indent)
}

fn arguments(known: &Known, indent: &str) -> String {
    if known.declared.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = known.declared.iter().map(ToString::to_string).collect();
    let options = Options::new(WIDTH).initial_indent(indent).subsequent_indent(indent);
    textwrap::fill(&format!("({})", shown.join(", ")), options) + "\n"
}

#[cfg(test)]
mod tests {
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
";
        assert_eq!(list(&standard(), Emphasis::Plain), expected);
    }

    #[test]
    fn on_a_terminal_the_names_are_bold() {
        let list = list(&standard(), Emphasis::Bold);
        assert!(list.contains("\n\x1b[1mprint\x1b[0m       - A simple"), "{list}");
    }
}
