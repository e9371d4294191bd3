//! Starts the real programs, reads what they print, and holds their actions at gates.

mod clock;

mod elsewhere;

mod folder;

mod gate;

mod pipes;

mod plan_file;

mod process;

mod program;

pub(crate) use flagman_test::{Barrier, Hold, Lines, Manager, Running as Flagman};

pub(crate) use clock::Clock;
pub(crate) use elsewhere::{User, as_process_1, libfaketime, needs_root, prefixed};
pub(crate) use folder::{Folder, set_mode};
pub(crate) use gate::{Gate, gated};
pub(crate) use pipes::{close_reader, full_pipe, is_nonblocking, make_nonblocking, small_pipe};
pub(crate) use plan_file::{PlanFile, action, gated_action, reload, values};
pub(crate) use process::{
    child_of, descriptors, go_on, set_limit, status_of, stop, template, until,
};
pub(crate) use program::Program;
