//! What the test suites of flagman share: running programs, reading their output and waiting for it.
//!
//! The rule for all tests: a test never sleeps. It waits for what a program says or does, each time for
//! at most [`LIMIT`]. When the limit passes, the wait panics and shows what was seen instead. For the
//! same reason, everything here panics where it cannot continue, and returns no errors but that of
//! [`queue_signal`].
//!
//! A suite that tests the real programs from outside finds them with [`example`] and [`program`], calls
//! them with [`command()`], starts them as [`Running`] and reads their [`Lines`]. A [`Manager`] receives
//! their messages to systemd. A [`Barrier`] and a [`Hold`] control the shell scripts that they start, and
//! [`install()`] gives them action programs. [`queue_signal`] sends a signal with a value. [`blocks()`] reads the commands that the documentation tells
//! its readers to run.
//!
//! Of the workspace, this crate depends only on `flagman-sys`, so the tests of every other crate can use
//! it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails that way, whatever it was about to do"
)]
#![expect(clippy::must_use_candidate, reason = "a test may wait and not look at what came")]
#![expect(
    clippy::new_without_default,
    reason = "`new` opens a pipe or a socket, which `default` hides"
)]

mod built;

mod command;

mod fifo;

mod install;

mod lines;

mod manager;

mod page;

mod queue;

mod ready;

mod running;

use std::time::Duration;

pub use built::{example, program};
pub use command::command;
pub use fifo::{Barrier, Hold};
pub use install::{install, install_script};
pub use lines::Lines;
pub use manager::Manager;
pub use page::blocks;
pub use queue::queue_signal;
pub use ready::until_ready;
pub use running::Running;

/// The longest that a test waits for anything: far longer than a loaded machine needs.
pub const LIMIT: Duration = Duration::from_mins(1);
