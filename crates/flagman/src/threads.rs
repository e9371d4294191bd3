//! What the two threads stand on: locks, atomics, threads and the clock, by one name each, so that
//! the model checker in `models/` can put its own in their place.
//!
//! What the threads share must come from here; what only one of them has need not.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use std::sync::{Barrier, Mutex, MutexGuard};
pub(crate) use std::thread;
pub(crate) use std::time::Instant;
