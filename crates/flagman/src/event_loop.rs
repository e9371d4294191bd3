//! The loop: receives signals, asks the decider, has the [`Stage`] perform what it says.
//!
//! Ordering rule: each turn first tells the decider what the last step came to, then takes all that
//! is pending, and only then asks what to do (I3, I4). In-process actions are performed on this
//! thread, so that no second one stands between an arrival and its action; what runs in a process
//! of its own is awaited in the same epoll.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::process::{Strangers, reap_strangers};
use nix::errno::Errno;
use nix::sys::epoll::{EpollEvent, EpollFlags, EpollTimeout};

use crate::decider::{Ending, Event, Step};
use crate::pulse::Doing;
use crate::shared::Shared;
use crate::signals::Pending;
use crate::stage::Stage;
use crate::systemd::Notifier;

/// What an epoll event is about, if not about an action.
const SIGNALS: u64 = u64::MAX;
const WAKE: u64 = u64::MAX - 1;

/// Receives, asks and performs; see the module.
pub(crate) struct EventLoop {
    shared: Arc<Shared>,
    pending: Pending,
    stage: Stage,
    /// Whether orphans may still have to be reaped.
    strangers: Strangers,
    /// What is to be done when signals are served, before that is announced.
    when_ready: Option<Box<dyn FnOnce()>>,
}

impl EventLoop {
    /// Prepares to wait for `pending`, beside what the actions on `stage` wait for, and to reap the
    /// `strangers` that are there already.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(
        shared: Arc<Shared>,
        pending: Pending,
        stage: Stage,
        strangers: Strangers,
    ) -> nix::Result<Self> {
        let exclusive = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
        stage.epoll().add(&pending, EpollEvent::new(exclusive, SIGNALS))?;
        stage.epoll().add(&shared.wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        Ok(Self { shared, pending, stage, strangers, when_ready: None })
    }

    /// Has `act` done when signals are served, before anybody is told.
    pub(crate) fn when_ready(&mut self, act: impl FnOnce() + 'static) {
        self.when_ready = Some(Box::new(act));
    }

    /// Sets everything up, serves signals, tears everything down.
    ///
    /// # Errors
    /// The kernel refuses to give out signals.
    pub(crate) fn run(mut self) -> nix::Result<Ending> {
        let mut event = None;
        loop {
            event = match self.decide(event)? {
                Step::SetUp(action) => self.stage.set_up(action),
                Step::Run(action, arrival) => self.stage.run(action, &arrival),
                Step::Remove(action) => self.stage.remove(action),
                Step::TearDown(action) => {
                    self.shared.notify(Notifier::stopping);
                    self.stage.tear_down(action)
                }
                Step::AnnounceReady => {
                    if let Some(act) = self.when_ready.take() {
                        act();
                    }
                    self.stage.announce_ready()
                }
                Step::Report(report) => self.stage.report(&report),
                Step::Sleep => self.sleep()?,
                Step::Exit(ending) => {
                    self.shared.wait_for_announcements();
                    self.shared.notify(Notifier::stopping);
                    return Ok(ending);
                }
            };
        }
    }

    /// One look: what came of the last step, all that is pending, and what follows from it.
    fn decide(&mut self, event: Option<Event>) -> nix::Result<Step> {
        self.shared.pulse.set(Doing::Working(self.shared.now()));
        let mut decider = self.shared.decider();
        if let Some(event) = event {
            decider.handle(event);
        }
        let taken = self.shared.take(&self.pending, &mut decider)?;
        if taken.urgent.is_some() {
            // It comes before anything that the next step would change.
            drop(decider);
            self.shared.act_on(&taken);
            decider = self.shared.decider();
        }
        let step = decider.next();
        drop(decider);
        if taken.urgent.is_none() {
            self.shared.act_on(&taken);
        }
        if taken.child || self.strangers == Strangers::Hidden {
            self.strangers = reap_strangers();
        }
        Ok(step)
    }

    /// Waits for a signal, for the watcher, or for an action that is in progress.
    fn sleep(&mut self) -> nix::Result<Option<Event>> {
        let mut events = [EpollEvent::empty(); 16];
        self.shared.pulse.set(Doing::Waiting);
        let count = match self.stage.epoll().wait(&mut events, self.patience()) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(errno) => return Err(errno),
        };
        self.shared.pulse.set(Doing::Working(self.shared.now()));
        let mut event = None;
        for token in events[..count].iter().map(EpollEvent::data) {
            match token {
                SIGNALS => {}
                WAKE => drop(self.shared.wake.read()?),
                action => event = self.stage.advance(action).or(event),
            }
        }
        Ok(self.stage.advance_due().or(event))
    }

    /// How long an action in progress can be waited for.
    fn patience(&self) -> EpollTimeout {
        let Some(deadline) = self.stage.deadline() else { return EpollTimeout::NONE };
        let wait = deadline.saturating_sub(self.shared.now());
        // A millisecond more, for epoll counts in whole ones and must not come too early. It counts
        // to 24 days; then it is asked again.
        EpollTimeout::try_from(wait.saturating_add(Duration::from_millis(1)))
            .unwrap_or(EpollTimeout::MAX)
    }
}
