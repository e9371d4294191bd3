//! What the two threads build on: locks, atomics, threads and the clock. Each is imported by one name
//! here, so that the model checker in `models/` can substitute its own.
//!
//! Whatever the threads share must be made of these. What only one thread uses need not be.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use std::sync::{Barrier, Condvar, Mutex, MutexGuard};
pub(crate) use std::thread;
pub(crate) use std::time::Instant;
