//! What the main thread and the watcher share, and what either does at once when it has told the
//! decider something urgent.
//!
//! Ordering rule (I6): signals that ask for shutdown are taken from the kernel and told to the
//! decider under its lock, so that between the two nobody can decide without them. The locks are
//! taken in the order announcing, decider, notifier, alarm, and none is held while an action is
//! performed.

use std::sync::{Arc, PoisonError};

use flagman_base::Signal;
use flagman_base::process::signal_running;
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::alarm::Alarm;
use crate::decider::{ActionId, Decider, Event, InProgress, Stop, Time, Urgent};
use crate::exit::ExitStatus;
use crate::log::{CORE, last_words};
use crate::pulse::Pulse;
use crate::report;
use crate::signals::{Pending, Received};
use crate::systemd::Notifier;
use crate::threads::{AtomicBool, Instant, Mutex, MutexGuard, Ordering};

#[derive(Debug)]
pub(crate) struct Shared {
    started: Instant,
    decider: Mutex<Decider>,
    notifier: Option<Mutex<Notifier>>,
    pub(crate) alarm: Alarm,
    /// Ends the main thread's sleep.
    pub(crate) wake: EventFd,
    names: Vec<Arc<str>>,
    /// The signal by which systemd asks for a reload, and waits until its bundle has run.
    reload: Option<Signal>,
    /// What the main thread is doing.
    pub(crate) pulse: Arc<Pulse>,
    last_call: AtomicBool,
    /// Held by the watcher from before it takes a signal until all is said of it.
    announcing: Mutex<()>,
}

/// What taking the pending signals brought to light.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) urgent: Option<Urgent>,
    stops: Vec<Received>,
    /// A signal that has a bundle has arrived.
    arrived: bool,
    /// A child has ended.
    pub(crate) child: bool,
}

impl Taken {
    /// Whether the main thread has something to do now.
    pub(crate) fn is_anything(&self) -> bool {
        self.arrived || !self.stops.is_empty()
    }
}

impl Shared {
    /// # Errors
    /// No file descriptor or no memory is left.
    pub(crate) fn new(
        decider: Decider,
        notifier: Option<Notifier>,
        reload: Option<Signal>,
        names: Vec<Arc<str>>,
        pulse: Arc<Pulse>,
    ) -> nix::Result<Self> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Self {
            started: Instant::now(),
            decider: Mutex::new(decider),
            notifier: notifier.map(Mutex::new),
            alarm: Alarm::new()?,
            wake: EventFd::from_flags(flags)?,
            names,
            reload,
            pulse,
            last_call: AtomicBool::new(false),
            announcing: Mutex::new(()),
        })
    }

    /// Whether what runs in a process of its own has been asked to end.
    pub(crate) fn is_last_call(&self) -> bool {
        self.last_call.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Time {
        self.started.elapsed()
    }

    pub(crate) fn name(&self, action: ActionId) -> &str {
        &self.names[action.0]
    }

    pub(crate) fn decider(&self) -> MutexGuard<'_, Decider> {
        self.decider.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all that is pending and tells the decider, which the caller has locked.
    ///
    /// # Errors
    /// As [`Pending::take`].
    pub(crate) fn take(&self, pending: &Pending, decider: &mut Decider) -> nix::Result<Taken> {
        let mut taken = Taken::default();
        pending.take(|received| match received.signal {
            Signal::CHLD => taken.child = true,
            Signal::TERM => self.asked_to_stop(Stop::Term, received, &mut taken, decider),
            Signal::INT => self.asked_to_stop(Stop::Int, received, &mut taken, decider),
            signal => {
                taken.arrived = true;
                decider.handle(Event::Arrived { signal, sender: received.sender });
                if self.reload == Some(signal) {
                    self.notify(Notifier::reloading);
                }
            }
        })?;
        Ok(taken)
    }

    fn asked_to_stop(
        &self,
        by: Stop,
        received: Received,
        taken: &mut Taken,
        decider: &mut Decider,
    ) {
        taken.stops.push(received);
        let urgent = decider.handle(Event::ShutdownAsked { by, at: self.now() });
        taken.urgent = urgent.or(taken.urgent);
    }

    /// Does and says what follows at once from what was taken; the decider must not be locked. The
    /// deadline is set before anything is said, and an end is said before it comes.
    pub(crate) fn act_on(&self, taken: &Taken) {
        if taken.urgent == Some(Urgent::AnnounceStopping) {
            self.act(Urgent::AnnounceStopping);
        }
        for Received { signal, sender } in &taken.stops {
            if log::log_enabled!(target: CORE, log::Level::Info) {
                log::info!(target: CORE, "{signal} received{}", report::from(*sender));
            }
        }
        if let Some(urgent @ Urgent::ForceOut(_)) = taken.urgent {
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
            Urgent::SayWhatIsAwaited(in_progress) => {
                self.set_alarm();
                let what = self.describe(in_progress).unwrap_or_default();
                let again = "a second SIGTERM or SIGINT does not wait";
                log::warn!(target: CORE, "stopping when {what} has ended; {again}");
            }
            Urgent::ForceOut(in_progress) => self.force_out(in_progress),
        }
    }

    /// Begins to take signals in the watcher; see [`wait_for_announcements`](Self::wait_for_announcements).
    pub(crate) fn announce(&self) -> MutexGuard<'_, ()> {
        self.announcing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the watcher has said all that there is to say of the signals that it took. Called
    /// before the exit, which would cut it short.
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

    /// Tells systemd what a run of `signal` came to. Where it waits for that, it is told so unless the
    /// signal has arrived again since the run began: by the lock, nobody can take one meanwhile.
    pub(crate) fn run_is_over(&self, signal: Signal, outcome: impl FnOnce() -> String) {
        if self.notifier.is_none() {
            return;
        }
        let outcome = outcome();
        let decider = self.decider();
        if self.reload == Some(signal) && !decider.is_waiting(signal) {
            self.notify(|notifier, now| notifier.reloaded(&outcome, now));
        } else {
            drop(decider);
            self.notify(|notifier, now| notifier.last_run(&outcome, now));
        }
    }

    /// Sets the alarm for the decider's next deadline.
    pub(crate) fn set_alarm(&self) {
        let deadline = self.decider().deadline();
        if let Some(deadline) = deadline {
            self.alarm.no_later_than(deadline, self.now());
        }
    }

    /// Exits now, whatever the other thread is doing. The decider, which has asked for this, lets it
    /// begin nothing more: the death of what is killed here would have it go on to tear down, or even to
    /// exit with another status.
    fn force_out(&self, in_progress: InProgress) -> ! {
        let why = match self.describe(in_progress) {
            Some(what) => format!("{what} did not end"),
            None => "there was no time left".to_owned(),
        };
        let standing: Vec<&str> =
            self.decider().standing().iter().map(|action| self.name(*action)).collect();
        let left = match standing.as_slice() {
            [] => String::new(),
            names => format!("; not torn down: {}", names.join(", ")),
        };
        last_words(CORE, format_args!("forced out: {why}{left}"));
        signal_running(Signal::KILL);
        flagman_sys::exit_now(ExitStatus::ForcedOut as i32)
    }

    fn describe(&self, in_progress: InProgress) -> Option<String> {
        match in_progress {
            InProgress::SettingUp(action) => Some(format!("the set-up of `{}`", self.name(action))),
            InProgress::Running(action, signal) => {
                Some(format!("the run of `{}` for {signal}", self.name(action)))
            }
            InProgress::TearingDown(action) => {
                Some(format!("the tear-down of `{}`", self.name(action)))
            }
            InProgress::Exiting => Some("the output of the actions".to_owned()),
            InProgress::Nothing => None,
        }
    }
}
