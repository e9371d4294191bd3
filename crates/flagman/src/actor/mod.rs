//! Actions, wherever they live: in this process, or in one of their own.
//!
//! A step either ends in the call that started it, or is [`Progress::Pending`]. Then the actor has
//! added what it waits for to the event loop's epoll, and [`Actor::advance`] is called when that is
//! ready or the deadline has passed. An actor must never block by itself; only an in-process action
//! may.

mod contract;

mod exec;

mod in_process;

mod program;

mod reload;

mod stops;

#[cfg(test)]
mod tests;

pub(crate) use contract::{Actor, Context, Finished, Progress};
pub(crate) use exec::{Exec, ExecArguments, check as check_exec};
pub(crate) use in_process::InProcess;
pub(crate) use program::Program;
pub(crate) use reload::Reload;
pub(crate) use stops::Stopped;
