//! Stands in for flagman's `threads`: shuttle's locks, atomics and threads, and the model's clock.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use shuttle::sync::{Barrier, Mutex, MutexGuard};

use crate::kernel::kernel;

/// How a thread ends when the process does.
pub(crate) struct Exited;

/// Performs `body`, which the end of the process cuts short.
pub(crate) fn until_exit(body: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(body))
        && !panic.is::<Exited>()
    {
        resume_unwind(panic);
    }
}

/// The time of the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(kernel().now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        kernel().now().saturating_sub(self.0)
    }
}

pub(crate) mod thread {
    //! Threads that end with the modelled process.

    use std::io;

    use shuttle::thread::JoinHandle;

    use super::until_exit;

    pub(crate) struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self(shuttle::thread::Builder::new())
        }

        pub(crate) fn name(self, name: String) -> Self {
            Self(self.0.name(name))
        }

        /// The model has stacks of its own.
        pub(crate) fn stack_size(self, _: usize) -> Self {
            self
        }

        pub(crate) fn spawn<T: Send + 'static>(
            self,
            body: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<()>> {
            self.0.spawn(move || until_exit(|| drop(body())))
        }
    }
}
