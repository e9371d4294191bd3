//! What the kernel knows, and whom it wakes.
//!
//! A signal wakes as `fs/signalfd.c` and `fs/eventpoll.c` have it. All who wait for any signalfd wait in
//! one queue of the process, and are asked in the order in which they came; each puts its descriptor on
//! its epoll's list of what may be ready; and the first exclusive one whose epoll is slept in is the
//! last that is asked. What is on the list is looked at again before it is given out.

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::time::Duration;

use real_nix::sys::epoll::{EpollEvent, EpollFlags};

use crate::manager;
use crate::story::{Story, Told};
use crate::{Signal, SignalSet};

#[derive(Default)]
pub(super) struct State {
    pub(super) now: Duration,
    pub(super) pending: Vec<Signal>,
    /// What the watcher blocks, once it has chosen that. Before, and in all other threads, all is blocked.
    pub(super) watcher_mask: Option<SignalSet>,
    pub(super) objects: BTreeMap<RawFd, Object>,
    pub(super) epolls: Vec<Epoll>,
    /// Who waits for signals: an epoll and the place of a descriptor in it, in the order of coming.
    pub(super) signal_queue: Vec<(usize, usize)>,
    /// The main thread is inside an action that waits for a process or for ever.
    pub(super) is_blocked: bool,
    pub(super) is_killed: bool,
    /// Processes of actions that have not ended.
    pub(super) children: usize,
    /// The last words have been written: no other line is.
    pub(super) is_log_closed: bool,
    pub(super) exited: Option<i32>,
    pub(super) story: Story,
}

/// What a descriptor stands for.
pub(crate) enum Object {
    /// A signalfd for these.
    Signals(SignalSet),
    /// An eventfd.
    Counter(u64),
    Timer {
        due: Option<Duration>,
        gone_off: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct EpollId(pub(super) usize);

#[derive(Default)]
pub(super) struct Epoll {
    pub(super) interest: Vec<(RawFd, EpollEvent)>,
    /// What may be ready, by its place among the above.
    pub(super) ready: Vec<usize>,
    pub(super) is_slept_in: bool,
}

/// How it went on when nothing more could happen by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The process has exited.
    Exited(i32),
    /// Both threads sleep, or the main thread is blocked in an action.
    Asleep,
}

impl State {
    pub(super) fn hear_manager(&mut self) {
        for message in manager::take_messages() {
            self.story.tell(Told::Manager(message));
        }
    }

    pub(super) fn is_ready(&self, fd: RawFd) -> bool {
        match &self.objects[&fd] {
            Object::Signals(mask) => {
                self.pending.iter().any(|signal| mask.contains(signal.number()))
            }
            Object::Counter(counter) => *counter > 0,
            Object::Timer { gone_off, .. } => *gone_off,
        }
    }

    /// Looks again at what may be ready, and forgets what is not.
    pub(super) fn give_out(&mut self, epoll: usize) -> Vec<EpollEvent> {
        let mut ready = std::mem::take(&mut self.epolls[epoll].ready);
        ready.retain(|place| self.is_ready(self.epolls[epoll].interest[*place].0));
        let events = ready.iter().map(|place| self.epolls[epoll].interest[*place].1).collect();
        self.epolls[epoll].ready = ready;
        events
    }

    /// Ends the process if a pending signal is blocked in no thread.
    pub(super) fn deliver(&mut self) {
        let Some(mask) = self.watcher_mask else { return };
        let unblocked = self.pending.iter().find(|signal| !mask.contains(signal.number()));
        if let Some(signal) = unblocked.copied() {
            self.exited = Some(128 + signal.number());
            self.story.tell(Told::Killed(signal));
        }
    }

    /// Puts a descriptor on its list, and wakes whoever sleeps there; `true` if somebody did.
    fn call_back(&mut self, epoll: usize, place: usize) -> bool {
        let epoll = &mut self.epolls[epoll];
        if !epoll.ready.contains(&place) {
            epoll.ready.push(place);
        }
        std::mem::take(&mut epoll.is_slept_in)
    }

    pub(super) fn wake_for_signal(&mut self) {
        for (epoll, place) in self.signal_queue.clone() {
            let flags = self.epolls[epoll].interest[place].1.events();
            let has_woken = self.call_back(epoll, place);
            if has_woken && flags.contains(EpollFlags::EPOLLEXCLUSIVE) {
                return;
            }
        }
    }

    pub(super) fn wake_for(&mut self, fd: RawFd) {
        for epoll in 0..self.epolls.len() {
            let place = self.epolls[epoll].interest.iter().position(|(of, _)| *of == fd);
            if let Some(place) = place {
                self.call_back(epoll, place);
            }
        }
    }

    /// Whether both threads sleep; the main thread's epoll is the first, and it may be blocked instead.
    pub(super) fn is_asleep(&self) -> bool {
        let [main, watcher] = self.epolls.as_slice() else { return false };
        let main_waits = self.is_blocked || main.is_slept_in && self.children == 0;
        watcher.is_slept_in && main_waits
    }
}
