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

mod roster;

mod reload;

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

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::BuildHasher;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

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

use ::log::{Level, warn};
use cli::{Emphasis, Plan, Request, Systemd, Width};
use decider::{Decider, Ending};
use discovery::Catalog;
use event_loop::EventLoop;
use exit::{CannotStart, ExitStatus};
use flagman_base::failure;
use flagman_base::process::{Strangers, note_held_signals, probe};
use log::{CLI, CORE, Verbosity, critical};
use pid_file::{PidFile, Removal};
use pulse::Pulse;
use reload::Reloader;
use roster::Player;
use shared::{Parts, Shared};
use signals::{Held, Pending, set_of};
use stage::Stage;
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
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let reading = cli::read(words.iter().cloned(), &registry);
    log::choose(reading.log_format, reading.log_time);
    match reading.request? {
        Request::Help => print(&cli::help(Width::of_standard_output()), &held),
        Request::Version => print(&cli::version(), &held),
        Request::List(directories) => list(&Catalog::new(&registry, &directories), &held),
        Request::Check(plan) => check(&plan, &held),
        Request::Start(plan) => {
            let has_file = plan.settings.config.is_some();
            let reloader = has_file.then(|| Reloader::new(words, registry, plan.settings.clone()));
            serve(&held, plan, reloader)
        }
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

fn serve(
    held: &Held,
    mut plan: Plan,
    reloader: Option<Reloader>,
) -> Result<ExitStatus, CannotStart> {
    let pid_file = plan.pid_file.take().map(|path| PidFile::claim(&path)).transpose()?;
    let pid_file = pid_file.map(|pid_file| Removal::of(Arc::new(pid_file)));
    log::open(plan.verbosity, &|fields| cli::start_fields(&plan, fields));
    streams::warn_of_missing();
    warn_of(&plan);
    let when_empty = plan.when_empty;
    let mut event_loop = prepare(held, plan, reloader)?;
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
fn prepare(
    held: &Held,
    mut plan: Plan,
    reloader: Option<Reloader>,
) -> Result<EventLoop, CannotStart> {
    if roster::starts_programs(&plan) {
        probe()?;
    }
    let mut actions = Table::default();
    let bundles = roster::fit(&mut plan, &mut actions).bundles;
    let reload = plan.reload.map(roles::bundle_of);
    let strangers = orphans::are_possible().then_some(Strangers::Hidden);
    let of_bundles = set_of(bundles.iter().map(|bundle| &bundle.signal));
    note_held_signals(&of_bundles);
    let received = of_bundles.with(&set_of(held.stops().iter().chain(&[Signal::CHLD])));

    let pulse = Arc::new(Pulse::default());
    let notifier = match plan.systemd {
        Systemd::Notify => Notifier::from_environment(plan.timeout, Arc::clone(&pulse)),
        Systemd::Silent => None,
    };
    let pending = Pending::of(&received)?;
    let stops = [Signal::TERM, Signal::INT].into_iter();
    let stops: Vec<Signal> = stops.filter(|stop| received.contains(stop.number())).collect();
    let watched = stops.iter().chain(&plan.reload).chain(&[Signal::CHLD]);
    let watched = Pending::of(&set_of(watched))?;
    let decider = Decider::new(plan.grace, bundles, chance_seed());
    let labels = actions.map(|player: &Player| Arc::clone(&player.label));
    let mask = held.but(&received);
    let parts = Parts { decider, notifier, pending, mask, labels, reload, pulse };
    let shared = Arc::new(Shared::new(parts)?);
    let stage = Stage::new(Arc::clone(&shared), actions, reloader)?;
    let event_loop = EventLoop::new(Arc::clone(&shared), stage, received, strangers)?;
    watcher::spawn(shared, watched)?;
    Ok(event_loop)
}

/// The seed of the chance by which pauses before retries vary. If it were the same everywhere, flagmen that were
/// started together on many machines would all try again at the same moment.
fn chance_seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
