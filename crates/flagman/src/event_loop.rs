//! The loop: it receives signals, asks the decider, and has the [`Stage`] carry out the answer.
//!
//! Ordering rule: each turn first tells the decider how the last step ended, then drains all pending
//! signals, and only then asks what to do (I3, I4). In-process actions run on this thread, so that
//! no second thread stands between an arrival and its action. Actions in processes of their own are
//! awaited in the same epoll.

use std::sync::Arc;
use std::time::Duration;

use flagman_base::process::{Strangers, reap_strangers};
use flagman_sys::SignalSet;
use nix::errno::Errno;
use nix::sys::epoll::{EpollEvent, EpollFlags, EpollTimeout};

use crate::decider::{BundleId, Ending, Event, Reloaded, Step, Time};
use crate::exit::{Named, Refused};
use crate::pulse::Doing;
use crate::shared::Shared;
use crate::stage::Stage;
use crate::systemd::Notifier;
use crate::token::Token;

/// The loop; see the module.
pub(crate) struct EventLoop {
    shared: Arc<Shared>,
    stage: Stage,
    /// The signals that it receives, also those that are left in the kernel now.
    held: SignalSet,
    /// The bundles that are full: their signals are left in the kernel.
    full: Vec<BundleId>,
    /// The decider's deadline for which the alarm was last set.
    deadline: Option<Time>,
    /// Whether orphans may still have to be reaped; `None` where none can come.
    strangers: Option<Strangers>,
    /// What to do when signals are served, before that is announced.
    when_ready: Option<Box<dyn FnOnce()>>,
}

impl EventLoop {
    /// Prepares to wait for signals and for whatever the actions on `stage` wait for, and to reap the
    /// `strangers` that exist already.
    ///
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(
        shared: Arc<Shared>,
        stage: Stage,
        held: SignalSet,
        strangers: Option<Strangers>,
    ) -> Result<Self, Refused> {
        let exclusive = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
        let signals = EpollEvent::new(exclusive, Token::Signals.into());
        stage.epoll().add(&shared.pending, signals).named("epoll_ctl")?;
        let wake = EpollEvent::new(EpollFlags::EPOLLIN, Token::Wake.into());
        stage.epoll().add(&shared.wake, wake).named("epoll_ctl")?;
        let full = Vec::new();
        Ok(Self { shared, stage, held, full, deadline: None, strangers, when_ready: None })
    }

    /// Registers `act`, which either thread calls before flagman is forced out. It must not wait for
    /// anything.
    pub(crate) fn at_forced_end(&self, act: impl Fn() + Send + Sync + 'static) {
        self.shared.at_forced_end(act);
    }

    /// Registers `act`, which is called when signals are served, before that is announced.
    pub(crate) fn when_ready(&mut self, act: impl FnOnce() + 'static) {
        self.when_ready = Some(Box::new(act));
    }

    /// Sets everything up, serves signals, and tears everything down.
    ///
    /// # Errors
    /// Signals cannot be read.
    pub(crate) fn run(mut self) -> nix::Result<Ending> {
        let mut event = None;
        loop {
            event = match self.decide(event)? {
                Step::SetUp(action) => self.stage.set_up(action),
                Step::Run(action, arrival) => self.stage.run(action, &arrival),
                Step::Retry(retry) => self.stage.retry(&retry),
                Step::ShutDown(action) => self.stage.shut_down(action),
                Step::Remove(action) => self.stage.remove(action),
                Step::Adopt => self.adopt()?,
                Step::ReloadEnded(how) => Some(self.end_reload(how)?),
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
                    self.shared.log_unanswered();
                    self.shared.wait_for_announcements();
                    self.shared.notify(Notifier::stopping);
                    return Ok(ending);
                }
            };
        }
    }

    /// One look: tells the decider how the last step ended, drains the pending signals, and asks for the
    /// next step.
    fn decide(&mut self, event: Option<Event>) -> nix::Result<Step> {
        let now = self.shared.now();
        self.shared.pulse.set(Doing::Working(now));
        let mut decider = self.shared.decider();
        if let Some(event) = event {
            decider.handle(event);
        }
        let drained = self.shared.drain(&self.shared.pending, &mut decider, now)?;
        if drained.urgent.is_some() {
            // Do this before the next step changes anything.
            drop(decider);
            self.shared.act_on(&drained);
            decider = self.shared.decider();
        }
        let step = decider.next(now);
        let deadline = decider.deadline();
        let was_full = self.full.len();
        self.full.retain(|bundle| !decider.has_room(*bundle));
        drop(decider);
        if self.full.len() < was_full || !drained.full.is_empty() {
            self.full.extend(&drained.full);
            self.receive()?;
        }
        if deadline != self.deadline {
            // When it goes off, the watcher sets it again.
            self.deadline = deadline;
            deadline.inspect(|deadline| self.shared.alarm.no_later_than(*deadline, now));
        }
        if drained.urgent.is_none() {
            self.shared.act_on(&drained);
        }
        let child = drained.child || self.shared.take_child();
        if child {
            self.stage.look_at_children();
        }
        if child && self.strangers.is_some() || self.strangers == Some(Strangers::Hidden) {
            self.strangers = Some(reap_strangers());
        }
        Ok(step)
    }

    /// Receives the signals of all bundles but those that are full: the kernel keeps their signals, and
    /// refuses more than the sender's limit (`sigqueue(3)`).
    fn receive(&self) -> nix::Result<()> {
        let mut wanted = self.held;
        for BundleId(number) in &self.full {
            wanted.remove(number.cast_signed());
        }
        self.shared.pending.read_only(&wanted)
    }

    /// From now on a new plan holds.
    fn adopt(&mut self) -> nix::Result<Option<Event>> {
        self.stage.adopt();
        self.hold_new()?;
        Ok(None)
    }

    /// A reload has ended. Even if the old plan stays, the signals of the new one are blocked in all threads:
    /// what is not received would wait in the kernel, for ever or until a later reload.
    fn end_reload(&mut self, how: Reloaded) -> nix::Result<Event> {
        self.hold_new()?;
        Ok(self.stage.reload_ended(how))
    }

    /// Receives the signals of the new plan too.
    fn hold_new(&mut self) -> nix::Result<()> {
        self.held = self.held.with(&self.stage.new_signals());
        self.receive()
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
            match Token::from_data(token) {
                Some(Token::Signals) | None => {}
                Some(Token::Wake) => drop(self.shared.wake.read()?),
                Some(Token::Action(action)) => event = self.stage.advance(action).or(event),
            }
        }
        Ok(self.stage.advance_due().or(event))
    }

    /// How long to wait for the action in progress.
    fn patience(&self) -> EpollTimeout {
        let Some(deadline) = self.stage.deadline() else { return EpollTimeout::NONE };
        let wait = deadline.saturating_sub(self.shared.now());
        // One millisecond more: epoll counts in whole milliseconds and must not return too early. It
        // counts up to 24 days; after that the loop waits again.
        EpollTimeout::try_from(wait.saturating_add(Duration::from_millis(1)))
            .unwrap_or(EpollTimeout::MAX)
    }
}
