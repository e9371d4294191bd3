//! The kernel, as far as the two threads need one: pending signals, and descriptors that are waited for
//! by epoll.
//!
//! Each call is one step: the scheduler can let another thread go on before it and after it, not in
//! between. Once the process has exited, each call unwinds the thread that makes it, so that it does
//! nothing any more.

mod state;

use std::cell::RefCell;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use real_nix::sys::epoll::EpollEvent;
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use state::{Epoll, State};
pub(crate) use state::{EpollId, Object, Settled};

use crate::errno::Errno;
use crate::manager;
use crate::story::{Story, Told};
use crate::threads::{Condvar as Waited, Exited};
use crate::{Signal, SignalSet};

thread_local! {
    /// All threads of one schedule are one of the operating system's.
    static KERNEL: RefCell<Option<Arc<Kernel>>> = const { RefCell::new(None) };
}

/// The kernel of this schedule.
pub(crate) fn kernel() -> Arc<Kernel> {
    KERNEL.with_borrow(Option::clone).expect("the kernel is there before anything else")
}

/// A kernel that nothing has happened to yet.
pub(crate) fn boot(story: Story) -> Arc<Kernel> {
    manager::take_messages();
    let state = State { story, ..State::default() };
    let kernel = Arc::new(Kernel {
        state: Mutex::new(state),
        woken: Condvar::new(),
        settled: Condvar::new(),
        told: Condvar::new(),
        waited: Mutex::new(Vec::new()),
    });
    KERNEL.set(Some(Arc::clone(&kernel)));
    kernel
}

pub(crate) struct Kernel {
    state: Mutex<State>,
    /// Somebody who slept is to go on, or the process has exited.
    woken: Condvar,
    /// Somebody has gone to sleep, or the process has exited.
    settled: Condvar,
    /// Something has been told, or the process has exited.
    told: Condvar,
    /// What threads of flagman's wait for beside the kernel.
    waited: Mutex<Vec<Waited>>,
}

impl Kernel {
    fn enter(&self) -> MutexGuard<'_, State> {
        let mut state = self.look();
        if state.exited.is_some() {
            drop(state);
            resume_unwind(Box::new(Exited));
        }
        state.hear_manager();
        state
    }

    /// For whoever is no thread of flagman's.
    fn look(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until somebody is woken.
    fn sleep<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.settled.notify_all();
        let state = self.woken.wait(state).unwrap_or_else(PoisonError::into_inner);
        if state.exited.is_some() {
            drop(state);
            resume_unwind(Box::new(Exited));
        }
        state
    }

    pub(crate) fn now(&self) -> Duration {
        self.enter().now
    }

    /// Takes note of something that a thread of flagman's does.
    pub(crate) fn tell(&self, told: Told) {
        self.enter().story.tell(told);
        self.told.notify_all();
    }

    /// Waits until this has been told, or the process has exited.
    pub(crate) fn wait_for(&self, told: &Told) {
        let mut state = self.look();
        while state.exited.is_none() && !state.story.has(told) {
            state = self.told.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A thread of flagman's may wait for this.
    pub(crate) fn knows(&self, waited: Waited) {
        self.waited.lock().unwrap_or_else(PoisonError::into_inner).push(waited);
    }

    /// Writes a log line, for which the sink must be free.
    pub(crate) fn log(&self, line: String) {
        let mut state = self.enter();
        while state.is_log_closed {
            state = self.sleep(state);
        }
        state.story.tell(Told::Line(line));
    }

    /// What `main` does between the event loop and the exit: it takes the sink once.
    pub(crate) fn flush_log(&self) {
        let mut state = self.enter();
        while state.is_log_closed {
            state = self.sleep(state);
        }
        state.story.tell(Told::Flushed);
    }

    pub(crate) fn last_words(&self, line: String) {
        let mut state = self.enter();
        state.is_log_closed = true;
        state.story.tell(Told::LastWords(line));
    }

    pub(crate) fn exit(&self, status: i32) -> ! {
        let mut state = self.enter();
        state.exited = Some(status);
        state.story.tell(Told::Exit(status));
        drop(state);
        self.woken.notify_all();
        self.settled.notify_all();
        self.told.notify_all();
        resume_unwind(Box::new(Exited))
    }

    /// Ends the threads of a process that did not exit by itself.
    pub(crate) fn power_off(&self) {
        self.look().exited.get_or_insert(-1);
        self.woken.notify_all();
        let waited =
            std::mem::take(&mut *self.waited.lock().unwrap_or_else(PoisonError::into_inner));
        while waited.iter().any(Waited::is_waited_for) {
            waited.iter().for_each(Waited::notify_all);
            shuttle::thread::yield_now();
        }
    }

    pub(crate) fn open(&self, object: Object) -> File {
        let file = File::open("/dev/null").expect("it stands for a descriptor of the model");
        self.enter().objects.insert(file.as_raw_fd(), object);
        file
    }

    pub(crate) fn open_epoll(&self) -> EpollId {
        let mut state = self.enter();
        state.epolls.push(Epoll::default());
        EpollId(state.epolls.len() - 1)
    }

    pub(crate) fn add(&self, EpollId(epoll): EpollId, fd: BorrowedFd<'_>, event: EpollEvent) {
        let mut state = self.enter();
        let (fd, place) = (fd.as_raw_fd(), state.epolls[epoll].interest.len());
        state.epolls[epoll].interest.push((fd, event));
        if matches!(state.objects[&fd], Object::Signals(_)) {
            state.signal_queue.push((epoll, place));
        }
        if state.is_ready(fd) {
            state.epolls[epoll].ready.push(place);
        }
    }

    pub(crate) fn wait(&self, EpollId(epoll): EpollId) -> Vec<EpollEvent> {
        let mut state = self.enter();
        loop {
            let ready = state.give_out(epoll);
            if !ready.is_empty() {
                return ready;
            }
            state.epolls[epoll].is_slept_in = true;
            while state.epolls[epoll].is_slept_in {
                state = self.sleep(state);
            }
        }
    }

    /// `kill(2)`, by another process.
    pub(crate) fn kill(&self, signal: Signal) {
        let mut state = self.look();
        state.story.tell(Told::Sent(signal));
        if state.pending.contains(&signal) {
            return;
        }
        state.pending.push(signal);
        state.deliver();
        state.wake_for_signal();
        drop(state);
        self.woken.notify_all();
        self.settled.notify_all();
        self.told.notify_all();
    }

    /// `pthread_sigmask(3)` in the watcher.
    pub(crate) fn set_mask(&self, mask: SignalSet) {
        let mut state = self.enter();
        state.watcher_mask = Some(mask);
        state.deliver();
    }

    /// `signalfd(2)` for a descriptor that is one already: whoever waits for it looks again.
    pub(crate) fn set_signalfd(&self, fd: &impl AsFd, mask: SignalSet) {
        let mut state = self.enter();
        state.objects.insert(fd.as_fd().as_raw_fd(), Object::Signals(mask));
        state.wake_for_signal();
        drop(state);
        self.woken.notify_all();
    }

    /// Takes all pending signals that a signalfd is for, the lowest first.
    pub(crate) fn take_signals(&self, fd: &impl AsFd) -> Vec<Signal> {
        let mut state = self.enter();
        let Some(Object::Signals(mask)) = state.objects.get(&fd.as_fd().as_raw_fd()) else {
            panic!("it is no signalfd");
        };
        let mask = *mask;
        let mut taken = state.pending.clone();
        taken.retain(|signal| mask.contains(signal.number()));
        taken.sort();
        state.pending.retain(|signal| !mask.contains(signal.number()));
        let by_main = shuttle::thread::current().name() != Some("watcher");
        state.story.tell(Told::Took { signals: taken.clone(), by_main });
        taken
    }

    /// A process, which is a thread of the model, begins.
    pub(crate) fn fork(&self) {
        self.enter().children += 1;
    }

    /// It ends, which whoever waits for `fd` learns.
    pub(crate) fn end_child(&self, fd: &impl AsFd) {
        self.write_counter(fd, 1);
        let mut state = self.enter();
        state.children -= 1;
        drop(state);
        self.settled.notify_all();
    }

    pub(crate) fn write_counter(&self, fd: &impl AsFd, value: u64) {
        let mut state = self.enter();
        let fd = fd.as_fd().as_raw_fd();
        if let Some(Object::Counter(counter)) = state.objects.get_mut(&fd) {
            *counter += value;
        }
        state.wake_for(fd);
        drop(state);
        self.woken.notify_all();
    }

    pub(crate) fn read_counter(&self, fd: &impl AsFd) -> crate::Result<u64> {
        match self.enter().objects.get_mut(&fd.as_fd().as_raw_fd()) {
            Some(Object::Counter(counter)) if *counter > 0 => Ok(std::mem::take(counter)),
            _ => Err(Errno::EAGAIN),
        }
    }

    pub(crate) fn set_timer(&self, fd: &impl AsFd, wait: Duration) {
        let mut state = self.enter();
        let fd = fd.as_fd().as_raw_fd();
        if wait > Duration::from_nanos(1) {
            let due = Some(state.now + wait);
            state.objects.insert(fd, Object::Timer { due, gone_off: false });
            return;
        }
        // It is set for now.
        state.objects.insert(fd, Object::Timer { due: None, gone_off: true });
        state.wake_for(fd);
        drop(state);
        self.woken.notify_all();
    }

    pub(crate) fn read_timer(&self, fd: BorrowedFd<'_>) -> crate::Result<usize> {
        let mut state = self.enter();
        let Some(Object::Timer { gone_off, .. }) = state.objects.get_mut(&fd.as_raw_fd()) else {
            panic!("it is no timer");
        };
        if std::mem::take(gone_off) { Ok(8) } else { Err(Errno::EAGAIN) }
    }

    /// Lets time pass until the first timer goes off; `false` if none is set.
    pub(crate) fn pass_time(&self) -> bool {
        let mut state = self.look();
        let timer = |(fd, object): (&RawFd, &Object)| match object {
            Object::Timer { due, .. } => due.map(|due| (due, *fd)),
            Object::Signals(_) | Object::Counter(_) => None,
        };
        let Some((due, fd)) = state.objects.iter().filter_map(timer).min() else { return false };
        state.now = state.now.max(due);
        state.objects.insert(fd, Object::Timer { due: None, gone_off: true });
        state.wake_for(fd);
        drop(state);
        self.woken.notify_all();
        true
    }

    /// Waits inside an action: for a process that only SIGKILL ends, or else for ever.
    pub(crate) fn block(&self, is_killable: bool) {
        let mut state = self.enter();
        state.is_blocked = true;
        while !(is_killable && state.is_killed) {
            state = self.sleep(state);
        }
        state.is_blocked = false;
    }

    pub(crate) fn signal_children(&self, signal: Signal) {
        let mut state = self.enter();
        state.is_killed |= signal == Signal::KILL;
        drop(state);
        self.woken.notify_all();
    }

    /// Waits until nothing more happens by itself.
    pub(crate) fn settle(&self) -> Settled {
        let mut state = self.look();
        loop {
            state.hear_manager();
            if let Some(status) = state.exited {
                return Settled::Exited(status);
            }
            if state.is_asleep() {
                return Settled::Asleep;
            }
            state = self.settled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Shows what has happened, which signals are pending, and whether the main thread is blocked.
    pub(crate) fn show(&self, to: impl FnOnce(&Story, &[Signal], bool)) {
        let state = self.look();
        to(&state.story, &state.pending, state.is_blocked);
    }
}
