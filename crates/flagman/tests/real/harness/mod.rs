//! Starts the real programs, reads what they say, and holds their actions at gates.

mod folder;

mod gate;

mod pipes;

mod program;

pub(crate) use flagman_test::{Barrier, Hold, Lines, Manager, Running as Flagman};

pub(crate) use folder::{Folder, set_mode};
pub(crate) use gate::{Gate, gated};
pub(crate) use pipes::{full_pipe, small_pipe};
pub(crate) use program::Program;
