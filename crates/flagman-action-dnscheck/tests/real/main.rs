//! The action in its real setting: a target's name server, a hidden master whose ALIAS leads there,
//! and a secondary, all of them PowerDNS; and flagman, which is told by signals to look.
//!
//! What holds of the action holds whichever way flagman comes to it, so most tests run twice: through
//! the example with the action built in, and through the `flagman` that ships with the action's own
//! program.
//!
//! No test sleeps: each waits for what a program says, with one generous limit. That nothing was
//! announced is seen at the gateway before the master's API, when the run has ended.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails that way")]

mod harness;

mod changes;
mod failures;
mod own_program;
mod readme;
mod signals;
mod start;
