//! Each bundle as it was understood: what `--check` prints, and what the first line of a JSON log says.

use flagman_base::Signal;

use super::Planned;
use super::quoting::for_shell;
use crate::log::Fields;

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

/// flagman's version, and the names of the actions of each signal. Their words may hold what not every
/// reader of the log should see.
pub(crate) fn start_fields(bundles: &[(Signal, Vec<Planned>)], fields: &mut Fields<'_>) {
    fields.text("version", env!("CARGO_PKG_VERSION"));
    fields.list("bundles", bundles, |(signal, actions), bundle| {
        bundle.text("signal", &signal.to_string());
        bundle.list("actions", actions, |action, fields| fields.text("name", &action.known.name));
    });
}
