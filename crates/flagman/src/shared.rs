//! What the main thread and the watcher share, and what either thread does at once when the decider
//! answers with something urgent.
//!
//! Ordering rule (I6): signals that ask for shutdown are taken from the kernel and passed to the
//! decider under the decider's lock. So no decision can be made between the two without them. The locks
//! are taken in the order announcing, decider, labels, notifier, mask, alarm. None is held while an action runs.

use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError};

use flagman_base::Signal;
use flagman_base::process::signal_running;
use flagman_sys::SignalSet;
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::alarm::Alarm;
use crate::arrivals::{Arrivals, Received};
use crate::decider::{
    Activity, Admission, BundleId, Decider, Event, Fate, Reaction, Time, Urgent, Work,
};
use crate::exit::{ExitStatus, Named, Refused};
use crate::log::{CORE, last_words};
use crate::pulse::Pulse;
use crate::record::RunRecord;
use crate::report;
use crate::roles::Role;
use crate::signals::{Pending, Siginfo, WatcherMask, set_of};
use crate::systemd::Notifier;
use crate::table::Table;
use crate::threads::{AtomicBool, Instant, Mutex, MutexGuard, Ordering};

#[derive(Debug)]
pub(crate) struct Shared {
    started: Instant,
    decider: Mutex<Decider>,
    notifier: Option<Mutex<Notifier>>,
    pub(crate) alarm: Alarm,
    /// Wakes the main thread.
    pub(crate) wake: EventFd,
    /// All of flagman's pending signals; the main thread drains them.
    pub(crate) pending: Pending,
    /// What the watcher blocks.
    pub(crate) mask: WatcherMask,
    /// What each action is called in log lines.
    labels: Mutex<Table<Arc<str>>>,
    /// The bundle that systemd waits for when it asks for a reload.
    reload: Option<BundleId>,
    /// What the main thread is doing.
    pub(crate) pulse: Arc<Pulse>,
    last_call: AtomicBool,
    /// Whether the watcher has taken a signal that tells of a child.
    child: AtomicBool,
    /// Held by the watcher from before it takes a signal until everything about it is told.
    announcing: Mutex<()>,
    arrivals: Mutex<Arrivals>,
    at_forced_end: AtForcedEnd,
}

/// What to do last before flagman is forced out, if anything.
#[derive(Default)]
struct AtForcedEnd(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl fmt::Debug for AtForcedEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("AtForcedEnd").finish_non_exhaustive()
    }
}

/// What flagman starts with, apart from what the two threads need to work together.
pub(crate) struct Parts {
    pub(crate) decider: Decider,
    pub(crate) notifier: Option<Notifier>,
    pub(crate) pending: Pending,
    pub(crate) mask: SignalSet,
    pub(crate) labels: Table<Arc<str>>,
    pub(crate) reload: Option<BundleId>,
    pub(crate) pulse: Arc<Pulse>,
}

/// The result of draining pending signals.
#[derive(Debug, Default)]
pub(crate) struct Drained {
    pub(crate) urgent: Option<Urgent>,
    /// Whether the main thread has something to do now.
    pub(crate) work: Work,
    stops: Vec<Siginfo>,
    /// Arrivals to log, if the log level asks for them.
    arrivals: Vec<Received>,
    /// Arrivals of signals that have no actions any more, to log, if the log level asks for them.
    without_actions: Vec<Siginfo>,
    /// Bundles for which no further arrivals are to be taken now.
    pub(crate) full: Vec<BundleId>,
    /// A child has ended or was stopped.
    pub(crate) child: bool,
}

impl Drained {
    fn add(&mut self, reaction: Reaction) {
        self.urgent = reaction.urgent.or(self.urgent);
        self.work = self.work.max(reaction.work);
    }

    fn arrived(&mut self, siginfo: Siginfo, bundle: BundleId, admission: Admission, wanted: bool) {
        if admission.is_full && !self.full.contains(&bundle) {
            self.full.push(bundle);
        }
        if admission.fate == Fate::NoActions {
            if log::log_enabled!(target: CORE, log::Level::Info) {
                self.without_actions.push(siginfo);
            }
        } else if wanted {
            self.arrivals.push(Received { siginfo, admission });
        }
    }
}

impl Shared {
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(parts: Parts) -> Result<Self, Refused> {
        let Parts { decider, notifier, pending, mask, labels, reload, pulse } = parts;
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Self {
            started: Instant::now(),
            decider: Mutex::new(decider),
            notifier: notifier.map(Mutex::new),
            alarm: Alarm::new()?,
            wake: EventFd::from_flags(flags).named("eventfd2")?,
            pending,
            mask: WatcherMask::new(mask),
            labels: Mutex::new(labels),
            reload,
            pulse,
            last_call: AtomicBool::new(false),
            child: AtomicBool::new(false),
            announcing: Mutex::new(()),
            arrivals: Mutex::default(),
            at_forced_end: AtForcedEnd::default(),
        })
    }

    /// Registers `act`, which either thread calls before flagman is forced out. It must not wait for
    /// anything. Only the first call of this function counts.
    pub(crate) fn at_forced_end(&self, act: impl Fn() + Send + Sync + 'static) {
        // A second call has nothing to add.
        let _ = self.at_forced_end.0.set(Box::new(act));
    }

    /// Whether actions in processes of their own have been asked to end.
    pub(crate) fn is_last_call(&self) -> bool {
        self.last_call.load(Ordering::Relaxed)
    }

    /// Leaves it to the main thread to look at its children.
    pub(crate) fn pass_on_child(&self) -> nix::Result<()> {
        self.child.store(true, Ordering::Release);
        self.wake.write(1).map(drop)
    }

    /// Whether the watcher has passed on that a child has changed.
    pub(crate) fn take_child(&self) -> bool {
        self.child.swap(false, Ordering::Acquire)
    }

    pub(crate) fn now(&self) -> Time {
        self.started.elapsed()
    }

    pub(crate) fn decider(&self) -> MutexGuard<'_, Decider> {
        self.decider.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drains the pending signals at the time `at` and tells the decider, which the caller has locked.
    ///
    /// # Errors
    /// As [`Pending::take`].
    pub(crate) fn drain(
        &self,
        pending: &Pending,
        decider: &mut Decider,
        at: Time,
    ) -> nix::Result<Drained> {
        let mut drained = Drained::default();
        let wants_arrivals = log::log_enabled!(target: CORE, log::Level::Debug);
        pending.take(|siginfo| match Role::of(siginfo.signal) {
            Role::Child => drained.child = true,
            Role::Stop(by) => {
                drained.stops.push(siginfo);
                let cause = siginfo.cause();
                // Not the time before it was taken: it may have waited for this look.
                let at = self.now();
                drained.add(decider.handle(Event::ShutdownAsked { by, cause, at }));
            }
            Role::Run(bundle) => {
                let cause = siginfo.cause();
                let reaction = decider.handle(Event::Arrived { bundle, cause, at });
                drained.add(reaction);
                if let Some(admission) = reaction.arrival {
                    drained.arrived(siginfo, bundle, admission, wants_arrivals);
                }
                if self.reload == Some(bundle) {
                    self.notify(Notifier::reloading);
                }
            }
        })?;
        Ok(drained)
    }

    /// Does and logs at once what follows from the drained signals. The decider must not be locked. The
    /// deadline is set before anything is logged, and a forced end comes last, after its signal was
    /// logged.
    pub(crate) fn act_on(&self, drained: &Drained) {
        if drained.urgent == Some(Urgent::AnnounceStopping) {
            self.act(Urgent::AnnounceStopping);
        }
        for Siginfo { signal, sender, .. } in &drained.stops {
            if log::log_enabled!(target: CORE, log::Level::Info) {
                log::info!(target: CORE, "{signal} received{}", report::from(*sender));
            }
        }
        if !drained.arrivals.is_empty() || !drained.without_actions.is_empty() {
            let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.log(&drained.arrivals, self.now());
            arrivals.log_without_actions(&drained.without_actions, self.now());
        }
        if let Some(urgent @ Urgent::ForceOut(_)) = drained.urgent {
            self.act(urgent);
        }
    }

    /// Does what is urgent; the decider must not be locked.
    pub(crate) fn act(&self, urgent: Urgent) {
        match urgent {
            Urgent::AnnounceStopping => {
                self.set_alarm();
                self.notify(Notifier::stopping);
            }
            Urgent::LastCall => {
                self.last_call.store(true, Ordering::Relaxed);
                signal_running(Signal::TERM);
                self.set_alarm();
            }
            Urgent::LogAwaited(activity) => {
                self.set_alarm();
                let what = self.describe(activity).unwrap_or_default();
                log::warn!(
                    target: CORE,
                    "shutting down: waiting for {what} to end; send SIGTERM or SIGINT again to stop waiting"
                );
            }
            Urgent::LogLongRun { activity, lasted } => {
                self.set_alarm();
                let what = self.describe(activity).unwrap_or_else(|| "a run".to_owned());
                let behind = report::unanswered(&self.decider().unanswered());
                let took = report::Took(lasted);
                log::warn!(target: CORE, "{what} has taken {took} so far{behind}");
            }
            Urgent::ForceOut(activity) => self.force_out(activity),
        }
    }

    /// Called by the watcher before it takes signals; see
    /// [`wait_for_announcements`](Self::wait_for_announcements).
    pub(crate) fn announce(&self) -> MutexGuard<'_, ()> {
        self.announcing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the watcher has logged and reported everything about the signals that it took. Called
    /// before the exit, which would interrupt it.
    pub(crate) fn wait_for_announcements(&self) {
        drop(self.announce());
    }

    /// Tells systemd something, if it listens.
    pub(crate) fn notify(&self, tell: impl FnOnce(&mut Notifier, Time)) {
        let Some(notifier) = &self.notifier else {
            return;
        };
        let now = self.now();
        let mut notifier = notifier.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&mut notifier, now);
        if let Some(due) = notifier.due() {
            self.alarm.no_later_than(due, now);
        }
    }

    /// Tells systemd the outcome of a run. If the run is the reload that systemd waits for, this also
    /// reports the end of the reload, unless another arrival of the bundle is waiting. The decider stays
    /// locked meanwhile, so that no thread can take such a signal in between.
    pub(crate) fn run_is_over(&self, record: &RunRecord) {
        if self.notifier.is_none() {
            return;
        }
        let outcome = report::summary(record);
        let decider = self.decider();
        if self.reload == Some(record.bundle) && decider.waiting(record.bundle) == 0 {
            self.notify(|notifier, now| notifier.reloaded(&outcome, now));
        } else {
            drop(decider);
            self.notify(|notifier, now| notifier.last_run(&outcome, now));
        }
    }

    /// Has the watcher block `signals` too from now on, and returns when it does.
    pub(crate) fn block_in_watcher(&self, signals: &SignalSet) {
        self.mask.want(signals, || self.alarm.no_later_than(Time::ZERO, self.now()));
    }

    /// The signals that the watcher receives, SIGINT among them.
    pub(crate) fn watched_with_int(&self) -> SignalSet {
        let mut watched = set_of(&[Signal::TERM, Signal::INT, Signal::CHLD]);
        if let Some(BundleId(number)) = self.reload {
            watched.add(number.cast_signed());
        }
        watched
    }

    /// What the actions are called from now on.
    pub(crate) fn set_labels(&self, labels: Table<Arc<str>>) {
        *self.labels() = labels;
    }

    fn labels(&self) -> MutexGuard<'_, Table<Arc<str>>> {
        self.labels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the alarm for the decider's next deadline.
    pub(crate) fn set_alarm(&self) {
        let deadline = self.decider().deadline();
        if let Some(deadline) = deadline {
            self.alarm.no_later_than(deadline, self.now());
        }
    }

    /// Logs the arrivals that flagman leaves unserved when it exits.
    pub(crate) fn log_unanswered(&self) {
        let unanswered = self.decider().unanswered();
        if !unanswered.is_empty() {
            let left = report::list_unanswered(&unanswered);
            log::warn!(target: CORE, "shut down without serving {left}");
        }
    }

    /// Exits now, whatever the other thread is doing. The decider has asked for this, and from then on
    /// gives the main thread nothing new to do. Otherwise the death of the processes killed here would
    /// make it continue with tear-down, or even exit with another status.
    fn force_out(&self, activity: Activity) -> ! {
        let why = match self.describe(activity) {
            Some(what) => format!("{what} did not end"),
            None => "there was no time left".to_owned(),
        };
        let mut decider = self.decider();
        // This counts what the main thread has not drained yet; it would be missing from the line below.
        // A further request for shutdown changes nothing now.
        let _ = self.drain(&self.pending, &mut decider, self.now());
        let labels = self.labels();
        let standing = decider.standing().iter().filter_map(|action| labels.get(*action));
        let standing: Vec<&str> = standing.map(AsRef::as_ref).collect();
        let left = match standing.as_slice() {
            [] => String::new(),
            labels => format!("; not torn down: {}", labels.join(", ")),
        };
        drop(labels);
        let unanswered = report::unserved(&decider.unanswered());
        drop(decider);
        last_words(CORE, format_args!("forced out: {why}{left}{unanswered}"));
        signal_running(Signal::KILL);
        if let Some(act) = self.at_forced_end.0.get() {
            act();
        }
        flagman_sys::exit_now(ExitStatus::ForcedOut as i32)
    }

    fn describe(&self, activity: Activity) -> Option<String> {
        let labels = self.labels();
        let label = |action| labels.get(action).map(AsRef::as_ref).unwrap_or_default();
        match activity {
            Activity::SettingUp(action) => Some(format!("the set-up of `{}`", label(action))),
            Activity::Running(action, signal) => {
                Some(format!("the run of `{}` for {signal}", label(action)))
            }
            Activity::Pausing(action, signal) => Some(format!(
                "the run of `{}` for {signal}, which waits to be tried again,",
                label(action)
            )),
            Activity::TearingDown(action) => Some(format!("the tear-down of `{}`", label(action))),
            Activity::Exiting => Some("the output of the actions".to_owned()),
            Activity::Nothing => None,
        }
    }
}
