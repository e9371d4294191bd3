//! What flagman promises when something around it fails. `docs/reliability.md` lists each fault, the
//! promise, and the test that shows it. A fault affects only the action that it hits.

mod clock;
mod descriptors;
mod disk;
mod inherited;
mod instant;
mod killed;
mod memory;
mod no_null;
mod nonblocking;
mod notify;
mod process_1;
mod processes;
mod size_limit;
mod stages;
mod stopped;
mod table;
mod usurped;
