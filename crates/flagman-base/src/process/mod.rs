//! How flagman, action programs and authors' actions start other programs.
//!
//! The modules stand in the order in which a child lives: its program is found in `PATH`, it is
//! given a signal mask and an environment, it is started, it ends. [`run()`] is all of that in one
//! call, for an action that may block; flagman itself starts with [`spawn()`] and waits in its event
//! loop.
//!
//! A child has a process group of its own, `/dev/null` for input, this process's standard output
//! and error, and no other descriptor that this process has opened. Its signal mask is the one that
//! flagman was started with, and so are its dispositions, but for SIGPIPE and SIGCHLD, which are at
//! their default. A child that makes a session or a group of its own escapes its group. So does what an
//! action program has started from that action program's own group: see [`run()`].
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
pub use inherited::{Mask, note_inherited_signals};
pub use ladder::Ladder;
pub use path::{FindError, find_in_path, find_startable};
pub use probe::{ProbeError, probe};
pub use run::{RunError, run};
pub use running::{Strangers, reap_strangers, resume_starting, signal_running, spawn};
pub use start::{SpawnError, Spec};
