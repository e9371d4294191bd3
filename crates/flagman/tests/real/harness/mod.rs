//! Starts the real programs, reads what they say, and holds their actions at gates.

mod fifo;
mod folder;

mod gate;

mod lines;

mod manager;

mod pipes;

mod program;

use std::time::Duration;

pub(crate) use fifo::{Barrier, Hold};
pub(crate) use folder::{Folder, set_mode};
pub(crate) use gate::Gate;
pub(crate) use lines::Lines;
pub(crate) use manager::Manager;
pub(crate) use pipes::{full_pipe, small_pipe};
pub(crate) use program::{Flagman, Program};

/// How long a test waits for anything at all: far longer than a loaded machine needs.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);
