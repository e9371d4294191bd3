//! Each bundle as it was understood: what `--check` prints, and what the first line of a JSON log says.

use flagman_base::Signal;

use super::quoting::for_shell;
use super::signal::bare;
use super::{Plan, Planned};
use crate::log::Fields;

/// A line for each bundle: its signal, with the options that hold for it alone, and its actions with their
/// policies and words, quoted as for a shell.
pub(crate) fn bundle_lines(plan: &Plan) -> String {
    plan.bundles.iter().map(|(signal, actions)| bundle_line(plan, *signal, actions)).collect()
}

fn bundle_line(plan: &Plan, signal: Signal, actions: &[Planned]) -> String {
    let actions: Vec<String> =
        actions.iter().map(|planned| for_shell(&planned.all_words())).collect();
    let options = options(plan, signal);
    format!("{signal}{options}: {}\n", crate::log::escape(&actions.join("; ")))
}

/// The options that hold for `signal`, where they are not the default: ` (--overlap USR1=rerun)`.
fn options(plan: &Plan, signal: Signal) -> String {
    let bare = bare(signal);
    let own = plan.own_settings(signal);
    let own: Vec<String> =
        own.iter().map(|(name, value)| format!("--{name} {bare}={value}")).collect();
    if own.is_empty() { String::new() } else { format!(" ({})", own.join(" ")) }
}

/// flagman's version, and for each signal its options, and the names and policies of its actions. Their
/// words may hold what not every reader of the log should see.
pub(crate) fn start_fields(plan: &Plan, fields: &mut Fields<'_>) {
    fields.text("version", env!("CARGO_PKG_VERSION"));
    fields.list("bundles", &plan.bundles, |(signal, actions), bundle| {
        bundle.text("signal", &signal.to_string());
        for (name, value) in plan.own_settings(*signal) {
            bundle.text(&name.replace('-', "_"), &value);
        }
        bundle.list("actions", actions, |action, fields| {
            fields.text("name", &action.known.name);
            let mut policies = action.policies.pairs().peekable();
            if policies.peek().is_some() {
                fields.object("policies", |fields| {
                    policies.for_each(|(name, value)| fields.text(&name.replace('-', "_"), &value));
                });
            }
        });
    });
}
