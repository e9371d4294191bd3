//! A model checker for what flagman's two threads share.
//!
//! It compiles the very files that are flagman's event loop, watcher, decider, stage, reload and notifier, and
//! puts stand-ins below and around them: locks, atomics and threads are shuttle's, which runs one
//! thread at a time and chooses at each step which; the kernel is a model (`kernel.rs`) of signalfd,
//! epoll with its exclusive waiters, eventfd and timerfd; actions are what a scenario says (`actor.rs`).
//! systemd is a real socket that nobody else reads.
//!
//! The crate stands in for `nix`, `flagman_base` and `flagman_sys` by their own names, so that the
//! files need not be changed. Usage: `flagman-models [ITERATIONS [SCENARIO]]`, or `just model`.

#![expect(dead_code, reason = "the files have more in them than the scenarios need")]

extern crate self as flagman_base;
extern crate self as flagman_sys;
extern crate self as nix;

#[path = "../../crates/flagman/src/alarm.rs"]
mod alarm;
#[path = "../../crates/flagman/src/arrivals.rs"]
mod arrivals;
#[path = "../../crates/flagman/src/decider/mod.rs"]
mod decider;
#[path = "../../crates/flagman/src/event_loop.rs"]
mod event_loop;
#[path = "../../crates/flagman/src/exit.rs"]
mod exit;
#[path = "../../crates/flagman/src/outcome.rs"]
mod outcome;
#[path = "../../crates/flagman/src/pulse.rs"]
mod pulse;
#[path = "../../crates/flagman/src/rate.rs"]
mod rate;
#[path = "../../crates/flagman/src/record.rs"]
mod record;
#[path = "../../crates/flagman/src/reload.rs"]
mod reload;
#[path = "../../crates/flagman/src/report.rs"]
mod report;
#[path = "../../crates/flagman/src/roles.rs"]
mod roles;
#[path = "../../crates/flagman/src/roster.rs"]
mod roster;
#[path = "../../crates/flagman/src/shared.rs"]
mod shared;
#[path = "../../crates/flagman/src/stage.rs"]
mod stage;
#[path = "../../crates/flagman/src/systemd/mod.rs"]
mod systemd;
#[path = "../../crates/flagman/src/table.rs"]
mod table;
#[path = "../../crates/flagman/src/token.rs"]
mod token;
#[path = "../../crates/flagman/src/watcher.rs"]
mod watcher;

mod actor;
mod cli;
mod kernel;
mod log;
mod manager;
mod pid_file;
mod registry;
mod scenario;
mod signal_set;
mod signals;
mod story;
mod threads;

pub mod failure;
pub mod process;

pub mod errno {
    //! As in nix.
    pub use real_nix::errno::Errno;
}
pub mod sys;
pub mod time;
pub mod unistd;

use std::process::{Command, ExitCode};

pub use flagman_sys_stand_in::{exit_now, give_back_code};
pub use real_base::{Arrival, Completion, Seconds, Sender, Signal};
pub use signal_set::SignalSet;

/// As in nix.
pub type Result<T> = std::result::Result<T, errno::Errno>;

mod flagman_sys_stand_in {
    //! The end of the process, as `flagman_sys` has it.

    /// Memory is not modelled.
    pub fn give_back_code() {}

    /// Ends the modelled process: no thread does anything after it.
    pub fn exit_now(status: i32) -> ! {
        crate::kernel::kernel().exit(status)
    }
}

fn main() -> ExitCode {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return in_its_own_environment();
    }
    log::install();
    let mut words = std::env::args().skip(1);
    let iterations = words.next().map_or(20_000, |word| word.parse().expect("a number"));
    let wanted: Vec<String> = words.collect();
    for scenario in scenario::ALL {
        if wanted.is_empty() || wanted.iter().any(|name| name == scenario.name) {
            scenario::check(scenario, iterations);
        }
    }
    ExitCode::SUCCESS
}

/// Runs this program again with a service manager that nobody else talks to.
fn in_its_own_environment() -> ExitCode {
    let program = std::env::current_exe().expect("this program has a path");
    let status = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env("NOTIFY_SOCKET", format!("@flagman-models-{}", std::process::id()))
        .env_remove("WATCHDOG_USEC")
        .status()
        .expect("this program can be started");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
