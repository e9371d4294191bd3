//! What `--check` prints: each bundle as it was understood.

use flagman_base::Signal;

use super::Planned;
use super::quoting::for_shell;

/// A line for each bundle: its signal, and its actions with their words quoted as for a shell.
pub(crate) fn bundle_lines(bundles: &[(Signal, Vec<Planned>)]) -> String {
    bundles.iter().map(|(signal, actions)| bundle_line(*signal, actions)).collect()
}

fn bundle_line(signal: Signal, actions: &[Planned]) -> String {
    let actions: Vec<String> = actions.iter().map(quoted).collect();
    format!("{signal}: {}\n", crate::log::escape(&actions.join("; ")))
}

fn quoted(planned: &Planned) -> String {
    let name = planned.known.name.to_string();
    for_shell(&[&[name], planned.words.as_slice()].concat())
}
