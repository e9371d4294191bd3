//! Stands in for `nix::sys`: the descriptors that the two threads wait for are the model's.

pub mod epoll {
    //! As in nix.

    use std::os::fd::AsFd;

    pub use real_nix::sys::epoll::{EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

    use crate::kernel::{EpollId, kernel};

    /// An epoll instance of the model.
    #[derive(Debug)]
    pub struct Epoll(EpollId);

    impl Epoll {
        /// A new one.
        ///
        /// # Errors
        /// None.
        pub fn new(_: EpollCreateFlags) -> crate::Result<Self> {
            Ok(Self(kernel().open_epoll()))
        }

        /// Waits for `fd`.
        ///
        /// # Errors
        /// None.
        pub fn add(&self, fd: impl AsFd, event: EpollEvent) -> crate::Result<()> {
            kernel().add(self.0, fd.as_fd(), event);
            Ok(())
        }

        /// Sleeps until something is ready.
        ///
        /// # Errors
        /// None.
        pub fn wait(
            &self,
            events: &mut [EpollEvent],
            timeout: impl Into<EpollTimeout>,
        ) -> crate::Result<usize> {
            let timeout = timeout.into();
            if timeout == EpollTimeout::ZERO {
                // It is only tried whether it may be called.
                return Ok(0);
            }
            assert_eq!(timeout, EpollTimeout::NONE, "the model has no other");
            let ready = kernel().wait(self.0);
            for (event, ready) in events.iter_mut().zip(&ready) {
                *event = *ready;
            }
            Ok(ready.len().min(events.len()))
        }
    }
}

pub mod eventfd {
    //! As in nix.

    use std::fs::File;
    use std::os::fd::{AsFd, BorrowedFd};

    pub use real_nix::sys::eventfd::EfdFlags;

    use crate::kernel::{Object, kernel};

    /// A counter of the model.
    #[derive(Debug)]
    pub struct EventFd(File);

    impl EventFd {
        /// A new one.
        ///
        /// # Errors
        /// None.
        pub fn from_flags(_: EfdFlags) -> crate::Result<Self> {
            Ok(Self(kernel().open(Object::Counter(0))))
        }

        /// Adds to it.
        ///
        /// # Errors
        /// None.
        pub fn write(&self, value: u64) -> crate::Result<usize> {
            kernel().write_counter(&self.0, value);
            Ok(8)
        }

        /// Takes what it has come to.
        ///
        /// # Errors
        /// `EAGAIN`: nothing.
        pub fn read(&self) -> crate::Result<u64> {
            kernel().read_counter(&self.0)
        }
    }

    impl AsFd for EventFd {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

pub mod time {
    //! As in nix.
    pub use real_nix::sys::time::TimeSpec;
}

pub mod timerfd {
    //! As in nix.

    use std::fs::File;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::time::Duration;

    pub use real_nix::sys::timerfd::{ClockId, Expiration, TimerFlags, TimerSetTimeFlags};

    use crate::kernel::{Object, kernel};

    /// A timer of the model.
    #[derive(Debug)]
    pub struct TimerFd(File);

    impl TimerFd {
        /// A new one, not set.
        ///
        /// # Errors
        /// None.
        pub fn new(_: ClockId, _: TimerFlags) -> crate::Result<Self> {
            Ok(Self(kernel().open(Object::Timer { due: None, gone_off: false })))
        }

        /// It is not set.
        ///
        /// # Errors
        /// None.
        pub fn unset(&self) -> crate::Result<()> {
            Ok(())
        }

        /// Sets it.
        ///
        /// # Errors
        /// None.
        pub fn set(&self, expiration: Expiration, _: TimerSetTimeFlags) -> crate::Result<()> {
            let Expiration::OneShot(wait) = expiration else { panic!("the model has no other") };
            kernel().set_timer(&self.0, Duration::from(wait));
            Ok(())
        }
    }

    impl AsFd for TimerFd {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}
