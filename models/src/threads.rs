//! Stands in for flagman's `threads`: shuttle's locks, atomics and threads, and the model's clock.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use shuttle::sync::LockResult;
pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use shuttle::sync::{Barrier, Mutex, MutexGuard};

use crate::kernel::kernel;

/// Something to wait for. The end of the process wakes whoever waits.
#[derive(Clone, Debug)]
pub(crate) struct Condvar(Arc<Waiting>);

#[derive(Debug, Default)]
pub(crate) struct Waiting {
    condvar: shuttle::sync::Condvar,
    /// How many threads wait. No thread of the model can change it at the same time as another.
    count: std::sync::atomic::AtomicUsize,
}

impl Condvar {
    pub(crate) fn new() -> Self {
        let condvar = Self(Arc::default());
        kernel().knows(condvar.clone());
        condvar
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        let guard = self.0.condvar.wait(guard);
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        // Nothing goes on once the process has ended.
        kernel().now();
        guard
    }

    pub(crate) fn notify_all(&self) {
        self.0.condvar.notify_all();
    }

    pub(crate) fn is_waited_for(&self) -> bool {
        self.0.count.load(Ordering::SeqCst) > 0
    }
}

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
