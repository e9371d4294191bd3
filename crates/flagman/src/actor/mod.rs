//! Actions that are set up, wherever they live: in this process, or in one of their own.
//!
//! What is in progress either ends in the call that started it, or is [`Progress::Pending`]: then
//! the actor has put what it waits for into the event loop's epoll, and [`Actor::advance`] is called
//! when that is ready or its time has come. An actor must never wait by itself unless the action
//! itself does.

mod contract;

mod exec;

mod in_process;

mod program;

mod stops;

#[cfg(test)]
mod tests;

pub(crate) use contract::{Actor, Context, Finished, Progress};
pub(crate) use exec::{Exec, ExecArguments, check as check_exec};
pub(crate) use in_process::InProcess;
pub(crate) use program::Program;
pub(crate) use stops::Stopped;
