//! What is promised when something around flagman fails: `docs/reliability.md` has each fault, what
//! holds then, and the test that shows it. A fault costs the action that it strikes, and no more.

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
