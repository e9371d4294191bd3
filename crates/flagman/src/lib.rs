//! flagman runs actions when signals arrive.
//!
//! This library is the whole program. To add an action of your own to its command line, implement
//! [`Action`] and pass it to the registry in [`main`]:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use flagman::{Action, Arguments, Arrival, Completion, Error, Registry, print_line};
//!
//! /// Prints how many signals it has seen.
//! #[derive(Arguments)]
//! struct CountArguments;
//!
//! struct Count(u64);
//!
//! impl Action for Count {
//!     const NAME: &'static str = "count";
//!     type Arguments = CountArguments;
//!
//!     fn set_up(_: CountArguments) -> Result<Self, Error> {
//!         Ok(Self(0))
//!     }
//!
//!     fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
//!         self.0 += arrival.count;
//!         print_line(format_args!("{} so far", self.0))?;
//!         Ok(Completion::Done)
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     flagman::main(Registry::with::<Count>)
//! }
//! ```
//!
//! The modules are listed in the order in which the data flows: from the words on the command line to
//! the actions, from a signal to the decision and the step that carries it out, and from there to the
//! log and systemd.

mod cli;

mod config;

mod registry;

mod limits;

mod discovery;

mod actions;

mod signals;

mod listen;

mod pid_file;

mod roles;

mod decider;

mod threads;

mod pulse;

mod shared;

mod event_loop;

mod token;

mod table;

mod stage;

mod actor;

mod watcher;

mod alarm;

mod orphans;

mod outcome;

mod record;

mod report;

mod arrivals;

mod rate;

mod log;

mod systemd;

mod streams;

mod exit;

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

// Only the trait: the derive macro of the same name comes from `flagman_derive`, as the variant whose
// code refers to this crate.
pub use flagman_base::arguments::Arguments;
pub use flagman_base::{
    Action, Arity, Arrival, Completion, Declared, Error, Field, Kind, Sender, Signal, Value, Words,
    WrongArgument, only_the_last_varies, print_line,
};
pub use flagman_derive::ArgumentsInFlagman as Arguments;
pub use registry::Registry;

/// How actions start other programs.
///
/// ```
/// use flagman::{Arrival, Error, process};
///
/// fn reload(arrival: &Arrival) -> Result<(), Error> {
///     process::run(&["true", "--fast"], arrival, None)?;
///     Ok(())
/// }
/// ```
pub mod process {
    pub use flagman_action::process::{Ended, FindError, RunError, SpawnError, run};
}

use registry::{Known, Source};

use ::log::{Level, warn};
use actor::{Actor, Exec, InProcess, Program};
use cli::{Emphasis, Plan, Planned, Request, Systemd, Width};
use decider::{Bundle, BundleId, Decider, Ending};
use discovery::Catalog;
use event_loop::EventLoop;
use exit::{CannotStart, ExitStatus};
use flagman_base::failure;
use flagman_base::process::{Strangers, probe};
use log::{CLI, CORE, Verbosity, critical};
use pid_file::{PidFile, Removal};
use pulse::Pulse;
use roles::{Role, Roles};
use shared::{Parts, Shared};
use signals::{Held, Pending};
use stage::{Player, Stage};
use systemd::Notifier;
use table::Table;

/// What the fuzz targets in `fuzz/` call. A panic means that a property does not hold.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    /// Words separated by zero bytes.
    pub fn command_line(bytes: &[u8]) {
        crate::cli::properties::command_line(bytes);
    }

    /// An action in one word.
    pub fn one_word(text: &str) {
        crate::cli::properties::one_word(text);
    }

    /// A configuration file.
    pub fn configuration(text: &str) {
        crate::config::properties::configuration(text);
    }
}

/// Runs flagman on this process's command line, with the standard actions and those that `register`
/// adds. Blocks until flagman ends, and returns its exit status.
///
/// It must be the first statement of `main`: its own first statement blocks flagman's signals, in this
/// thread and in all that it starts.
pub fn main(register: impl FnOnce(Registry) -> Registry) -> ExitCode {
    let held = signals::hold();
    streams::survive_size_limits();
    // Otherwise the watcher could end flagman because it cannot get a heap of its own.
    flagman_sys::keep_to_one_heap();
    failure::install();
    let status = match failure::catch(|| start(held, register)) {
        Ok(Ok(status)) => status,
        Ok(Err(cannot_start)) => {
            critical(CLI, format_args!("{cannot_start}"));
            cannot_start.status()
        }
        Err(panic) => {
            critical(CORE, format_args!("a defect in flagman: {panic}"));
            ExitStatus::Defect
        }
    };
    streams::flush();
    log::flush();
    status.into()
}

fn start(
    held: io::Result<Held>,
    register: impl FnOnce(Registry) -> Registry,
) -> Result<ExitStatus, CannotStart> {
    let held = held?;
    listen::keep_to_ourselves();
    let registry = register(Registry::standard());
    let reading = cli::read(std::env::args_os().skip(1), &registry);
    log::choose(reading.log_format, reading.log_time);
    match reading.request? {
        Request::Help => print(&cli::help(Width::of_standard_output()), &held),
        Request::Version => print(&cli::version(), &held),
        Request::List(directories) => list(&Catalog::new(&registry, &directories), &held),
        Request::Check(plan) => check(&plan, &held),
        Request::Start(plan) => serve(&held, plan),
    }
}

/// Prints what was asked for. Any signal may interrupt it.
fn print(text: &str, held: &Held) -> Result<ExitStatus, CannotStart> {
    held.release()?;
    streams::print(text)
}

/// Prints all actions, and warns about programs that should be listed but cannot be used.
fn list(catalog: &Catalog<'_>, held: &Held) -> Result<ExitStatus, CannotStart> {
    held.release()?;
    let (all, warnings) = catalog.all();
    log::set(Verbosity::Warning);
    for warning in warnings {
        warn!(target: CLI, "{warning}");
    }
    print(&cli::list(&all, Width::of_standard_output(), emphasis()), held)
}

/// Prints how the command line was understood, and warns about what is probably a mistake.
fn check(plan: &Plan, held: &Held) -> Result<ExitStatus, CannotStart> {
    log::set(plan.verbosity);
    warn_of(plan);
    print(&(cli::option_line(&plan.settings) + &cli::bundle_lines(plan)), held)
}

fn warn_of(plan: &Plan) {
    for warning in &plan.warnings {
        warn!(target: CLI, "{warning}");
    }
}

/// Bold names on a terminal only, unless `NO_COLOR` is set (<https://no-color.org>).
fn emphasis() -> Emphasis {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if io::stdout().is_terminal() && !plain { Emphasis::Bold } else { Emphasis::Plain }
}

fn serve(held: &Held, mut plan: Plan) -> Result<ExitStatus, CannotStart> {
    let pid_file = plan.pid_file.take().map(|path| PidFile::claim(&path)).transpose()?;
    let pid_file = pid_file.map(|pid_file| Removal::of(Arc::new(pid_file)));
    log::open(plan.verbosity, &|fields| cli::start_fields(&plan, fields));
    streams::warn_of_missing();
    warn_of(&plan);
    let when_empty = plan.when_empty;
    let mut event_loop = prepare(held, plan)?;
    if let Some(pid_file) = &pid_file {
        let (at_start, at_forced_end) = (pid_file.file(), pid_file.file());
        event_loop.when_ready(move || at_start.announce());
        event_loop.at_forced_end(move || at_forced_end.remove());
    }
    let ending = event_loop.run();
    // Everything has been torn down; dropping it removes the file.
    drop(pid_file);
    match ending {
        Ok(ending) => {
            if ending == Ending::NoActions {
                let message = format_args!("No actions remain active; exiting event loop");
                log::record(Level::Warn, CORE, message, &|fields| {
                    fields.text("event", "no_actions");
                });
            }
            Ok(ExitStatus::of(ending, when_empty))
        }
        Err(errno) => {
            let error = io::Error::from(errno);
            critical(CORE, format_args!("a defect in flagman: cannot receive signals: {error}"));
            Ok(ExitStatus::Defect)
        }
    }
}

/// Creates everything that receives signals, and starts the watcher. No action is set up yet.
fn prepare(held: &Held, mut plan: Plan) -> Result<EventLoop, CannotStart> {
    if starts_programs(&plan) {
        probe()?;
    }
    let planned = std::mem::take(&mut plan.bundles);
    let mut labels = cli::labels(&planned).into_iter();
    let mut actions = Table::default();
    let mut bundles = Vec::new();
    for (id, (signal, planned)) in (0..).map(BundleId).zip(planned) {
        let overlap = plan.overlap_of(signal);
        let player = |planned| {
            let label = labels.next().unwrap_or_default();
            let timeout = plan.timeout_of(&planned);
            actions.add(player(planned, label, timeout))
        };
        bundles.push(Bundle {
            id,
            signal,
            overlap,
            actions: planned.into_iter().map(player).collect(),
        });
    }
    let bundle_of =
        |signal| bundles.iter().find(|bundle| bundle.signal == signal).map(|one| one.id);
    let reload = plan.reload.and_then(bundle_of);
    let (roles, strangers) = roles(held, &bundles);
    held.keep_only(roles.signals())?;

    let pulse = Arc::new(Pulse::default());
    let notifier = match plan.systemd {
        Systemd::Notify => Notifier::from_environment(plan.timeout, Arc::clone(&pulse)),
        Systemd::Silent => None,
    };
    let pending = Pending::of(&roles.signals().collect::<Vec<_>>())?;
    let watched = Pending::of(held.stops().iter().chain(&plan.reload).chain(&[Signal::CHLD]))?;
    let decider = Decider::new(plan.grace, bundles);
    let labels = actions.map(|player: &Player| Arc::clone(&player.label));
    let parts = Parts { decider, notifier, pending, roles, labels, reload, pulse };
    let shared = Arc::new(Shared::new(parts)?);
    let stage = Stage::new(Arc::clone(&shared), actions)?;
    let event_loop = EventLoop::new(Arc::clone(&shared), stage, strangers)?;
    watcher::spawn(shared, watched)?;
    Ok(event_loop)
}

/// Whether an action of the plan lives in another process. In-process ones that start programs are not known.
fn starts_programs(plan: &Plan) -> bool {
    let mut actions = plan.bundles.iter().flat_map(|(_, planned)| planned);
    actions.any(|planned| match planned.known.source {
        Source::InProcess { .. } => false,
        Source::Exec | Source::Program(_) => true,
    })
}

/// What each signal means, and whether orphans have to be reaped.
fn roles(held: &Held, bundles: &[Bundle]) -> (Roles, Option<Strangers>) {
    let of_bundles = bundles.iter().map(|bundle| (bundle.signal, Role::Run(bundle.id)));
    let of_stops = held.stops().iter().map(|signal| (*signal, roles::of_stop(*signal)));
    let child = [(Signal::CHLD, Role::Child)];
    let roles = Roles::new(of_bundles.chain(of_stops).chain(child));
    (roles, orphans::are_possible().then_some(Strangers::Hidden))
}

/// The action's entry on the stage.
fn player(planned: Planned, label: String, timeout: Option<Duration>) -> Player {
    let Planned { known: Known { name, source, .. }, words, .. } = planned;
    let label = if *name == *label { Arc::clone(&name) } else { label.into() };
    let actor: Box<dyn Actor> = match source {
        Source::InProcess { set_up, .. } => {
            Box::new(InProcess::new(Arc::clone(&name), set_up, words))
        }
        Source::Exec => Box::new(Exec::new(words, timeout)),
        Source::Program(path) => Box::new(Program::new(Arc::clone(&name), path, words, timeout)),
    };
    Player { name, label, actor, reason: None }
}
