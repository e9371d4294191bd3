//! The action with real servers: a target's name server, a hidden master with an ALIAS of that
//! target, and a secondary, all of them PowerDNS. Signals make flagman check the names.
//!
//! Most tests run twice, because the action behaves the same in both programs: the example with the
//! action built in, and the shipped `flagman` with the action program.
//!
//! No test sleeps: each waits for the output of a program, with one generous limit. The gateway to
//! the master's API shows that nothing was announced, once the run has ended.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails that way")]

mod harness;

mod changes;
mod failures;
mod own_program;
mod readme;
mod signals;
mod start;
