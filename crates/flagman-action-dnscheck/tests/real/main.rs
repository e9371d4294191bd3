//! The action in its real setting: a target's name server, a hidden master whose ALIAS leads there,
//! and a secondary, all of them PowerDNS; and flagman, which is told by signals to look.
//!
//! No test sleeps: each waits for what a program says, with one generous limit. That nothing was
//! announced is seen at the gateway before the master's API, when the run has ended.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails that way")]

mod harness;

mod changes;
mod failures;
mod served;
mod start;
