//! The real binary, from outside: what a person or a service manager would see.
//!
//! No test sleeps: each waits for what the program prints, with one generous limit. What happens next
//! proves that something did not happen before.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails that way")]

mod harness;

mod any_signal;
mod before_stop;
mod causes;
mod child;
mod completions;
mod config;
mod config_page;
mod config_schema;
mod counting;
mod describe;
mod discovery;
mod exec;
mod faults;
mod flood;
mod left_group;
mod listen;
mod log_format;
mod manual;
mod mistakes;
mod orphans;
mod output;
mod overlap;
mod page_actions;
mod pid_file;
mod policies;
mod program_starts;
mod programs;
mod queue;
mod quiet;
mod recipes;
mod reload;
mod reload_faults;
mod reloads;
mod review;
mod running;
mod sandbox;
mod session;
mod shutdown;
mod start;
mod stopped_program;
mod stress;
mod stress_reload;
mod systemd;
mod terminal;
mod timeout;
mod told;
mod trust;
mod watchdog;
