//! The second thread. It sleeps until a signal asks for shutdown or for a reload while the main thread
//! is inside an action, or until something is due.
//!
//! It waits for some of the main thread's signals: those that systemd or a person expects an answer
//! to. Both threads use `EPOLLEXCLUSIVE`, and the watcher starts to wait after the main thread. So the kernel
//! wakes the main thread if that is asleep, and the watcher otherwise. A signal that arrives while
//! flagman is idle wakes only one thread, and a blocked action never delays a request for shutdown (I6).

use std::sync::Arc;

use flagman_base::process::resume_starting;
use flagman_base::{Signal, failure};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::decider::{Event, Work};
use crate::exit::{CannotStart, ExitStatus, Named};
use crate::log::{CORE, critical};
use crate::shared::Shared;
use crate::signals::Pending;
use crate::systemd::Notifier;
use crate::threads::{Barrier, thread};

/// The size of its stack. It touches only a few pages of it.
const STACK: usize = 256 * 1024;

/// After how many milliseconds it checks again whether the start of a child has been stopped.
const RESUME_AGAIN: u8 = 100;

/// Starts the watcher, and waits until it has begun. The main thread must have added its signals to its
/// epoll before, because the kernel asks the waiters in the order in which they were added.
///
/// # Errors
/// No file descriptor, thread or memory is left.
pub(crate) fn spawn(shared: Arc<Shared>, watched: Pending) -> Result<(), CannotStart> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).named("epoll_create1")?;
    let exclusive = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
    epoll.add(&watched, EpollEvent::new(exclusive, 0)).named("epoll_ctl")?;
    epoll.add(&shared.alarm, EpollEvent::new(EpollFlags::EPOLLIN, 0)).named("epoll_ctl")?;
    let begun = Arc::new(Barrier::new(2));
    let begins = Arc::clone(&begun);
    let body = move || {
        let masked = shared.mask.follow();
        begins.wait();
        if let Err(error) = masked {
            defect(format_args!("the watcher cannot choose its signals: {error}"));
        }
        match failure::catch(|| watch(&shared, &watched, &epoll)) {
            Ok(Ok(never)) => never,
            Ok(Err(errno)) => {
                let error = std::io::Error::from(errno);
                defect(format_args!("the watcher cannot wait: {error}"))
            }
            Err(panic) => defect(format_args!("the watcher: {panic}")),
        }
    };
    let thread = thread::Builder::new().name("watcher".to_owned()).stack_size(STACK);
    thread.spawn(body).map_err(CannotStart::Watcher)?;
    // A new thread allocates some memory when it begins. After this point there may be none left.
    begun.wait();
    Ok(())
}

fn defect(what: std::fmt::Arguments<'_>) -> ! {
    critical(CORE, format_args!("a defect in flagman: {what}"));
    flagman_sys::exit_now(ExitStatus::Defect as i32)
}

fn watch(
    shared: &Shared,
    watched: &Pending,
    epoll: &Epoll,
) -> nix::Result<std::convert::Infallible> {
    let mut events = [EpollEvent::empty(); 2];
    let mut timeout = EpollTimeout::NONE;
    loop {
        match epoll.wait(&mut events, timeout) {
            // As when flagman goes on after a stop (`signal(7)`), or a child is stopped while it is started.
            Ok(0) | Err(Errno::EINTR) => {}
            // A program that is being started may have been stopped.
            Ok(_) if look(shared, watched)? => {}
            Ok(_) => continue,
            Err(errno) => return Err(errno),
        }
        timeout = if resume_starting() { RESUME_AGAIN.into() } else { EpollTimeout::NONE };
    }
}

/// Takes what has arrived, and does all that is due. Says whether a child has changed.
fn look(shared: &Shared, watched: &Pending) -> nix::Result<bool> {
    let _announcing = shared.announce();
    shared.alarm.went_off();
    let added = shared.mask.follow();
    let added =
        added.map_err(|error| error.raw_os_error().map_or(Errno::EINVAL, Errno::from_raw))?;
    if added.contains(Signal::INT.number()) {
        // An ignored SIGINT asks for shutdown once it has actions.
        watched.read_only(&shared.watched_with_int())?;
    }
    let mut decider = shared.decider();
    let drained = shared.drain(watched, &mut decider, shared.now())?;
    let passed = decider.handle(Event::TimePassed { now: shared.now() });
    drop(decider);
    shared.act_on(&drained);
    if let Some(urgent) = passed.urgent {
        shared.act(urgent);
    }
    shared.notify(Notifier::send_due);
    shared.set_alarm();
    if passed.work == Work::Due {
        // The main thread may be asleep, but has something to run or to tear down.
        shared.wake.write(1)?;
    }
    if drained.child {
        shared.pass_on_child()?;
    }
    Ok(drained.child)
}
