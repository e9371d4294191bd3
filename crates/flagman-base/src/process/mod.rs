//! How flagman, action programs and authors' actions start other programs.
//!
//! The modules stand in the order in which a child lives: its program is found in `PATH`, and what is
//! wrong with the file is named if it cannot be executed; it gets a signal mask and an environment, is
//! started, and ends. [`run()`] does all of that in one call, for an action that may block; flagman
//! itself starts with [`spawn()`] and waits in its event loop.
//!
//! A child has a process group of its own, `/dev/null` for input, this process's standard output
//! and error, and no other descriptor that this process has opened. Its signal mask is the one that
//! flagman was started with, and so are its dispositions, but for SIGPIPE and SIGCHLD, which are at
//! their default. A child that leaves its group is still signalled itself; what it starts in a session or
//! a group of its own is not. Nor is what an action program starts, when that program's group is signalled:
//! see [`run()`].
//!
//! Ordering rule: a group is signalled only while its leader has not been reaped, for only until
//! then its number cannot be a stranger's. So whoever stops a child kills what is left of its group
//! first, and reaps then.

mod path;

mod shebang;

mod flaw;

mod inherited;

mod environment;

mod probe;

mod start;

mod leader;

mod child;

mod ended;

mod ladder;

mod running;

mod run;

pub use child::{Change, Child};
pub use ended::Ended;
pub use inherited::{Mask, note_held_signals, note_inherited_signals};
pub use ladder::Ladder;
pub use path::{FindError, find_in_path, find_startable};
pub use probe::{ProbeError, probe};
pub use run::{RunError, run};
pub use running::{Strangers, reap_strangers, resume_starting, signal_running, spawn};
pub use start::{SpawnError, Spec};
