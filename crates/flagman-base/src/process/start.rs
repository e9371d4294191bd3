//! Starts a program (`posix_spawn(3)`).

use std::ffi::{CString, NulError, OsString};
use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::stat::Mode;
use nix::unistd::Pid;

use super::flaw::Flaw;
use super::probe::{Refused, probe};
use super::{Child, Mask, environment, inherited};
use crate::protocol::ACTION_FD;
use crate::{Arrival, Signal};

/// What every program reads as its standard input.
const INPUT: &str = "/dev/null";

/// What to start, and how.
#[derive(Clone, Debug)]
pub struct Spec<'a> {
    /// The file to execute; `PATH` is not searched (see [`find_in_path`](super::find_in_path)).
    pub program: PathBuf,
    /// All words of its command line; the first is the name that it goes by.
    pub words: Vec<OsString>,
    /// What to set in its environment beside what flagman itself sets.
    pub environment: Vec<(OsString, OsString)>,
    /// What it is started for: sets `FLAGMAN_SIGNAL`, `FLAGMAN_COUNT`, `FLAGMAN_SENDER_PID`,
    /// `FLAGMAN_SENDER_UID` and `FLAGMAN_VALUE`, each only if it is known.
    pub arrival: Option<Arrival>,
    /// The socket of an action program: it gets it as [`ACTION_FD`], and `FLAGMAN_ACTION_FD` says so.
    pub channel: Option<BorrowedFd<'a>>,
    /// What it gets as its standard output, if not this process's.
    pub output: Option<BorrowedFd<'a>>,
    /// What it gets as its standard error, if not this process's.
    pub errors: Option<BorrowedFd<'a>>,
    /// The signal mask that it starts with.
    pub mask: Mask,
}

impl Spec<'_> {
    /// A program that goes by its path and gets `arguments`, the original mask, and nothing more.
    #[must_use]
    pub fn new(program: PathBuf, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let name = program.clone().into_os_string();
        let words = std::iter::once(name).chain(arguments.into_iter().map(Into::into)).collect();
        Self {
            program,
            words,
            environment: Vec::new(),
            arrival: None,
            channel: None,
            output: None,
            errors: None,
            mask: Mask::Original,
        }
    }
}

/// Why a program could not be started.
#[derive(Debug)]
pub struct SpawnError {
    program: PathBuf,
    cause: io::Error,
    why: Option<Why>,
}

/// What the system's own error does not say.
#[derive(Debug)]
enum Why {
    /// Something is wrong with the file.
    File(Flaw),
    /// What every program gets as its standard input cannot be opened.
    NoInput,
    /// This call of the kernel failed, before anything was started.
    Refused(&'static str),
    /// It was started, and then this call of the kernel failed.
    Killed(&'static str),
}

impl SpawnError {
    /// What the system said.
    #[must_use]
    pub fn cause(&self) -> &io::Error {
        &self.cause
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, cause, why } = self;
        let program = program.display();
        if let Some(Why::Killed(call)) = why {
            let refused = Refused { call, cause };
            return write!(formatter, "`{program}` was started, and was killed at once: {refused}");
        }
        write!(formatter, "cannot start `{program}`: ")?;
        match why {
            Some(Why::Refused(call) | Why::Killed(call)) => Refused { call, cause }.fmt(formatter),
            Some(Why::File(flaw)) => write!(formatter, "it {flaw}"),
            Some(Why::NoInput) => {
                write!(formatter, "cannot open its standard input, `{INPUT}`: {cause}")
            }
            None => cause.fmt(formatter),
        }
    }
}

// The cause is part of the text, and so is not told as a source once more.
impl std::error::Error for SpawnError {}

/// Starts a program, without entering it anywhere.
pub(super) fn start(spec: &Spec<'_>) -> Result<Child, SpawnError> {
    let failed = |cause, why| SpawnError { program: spec.program.clone(), cause, why };
    // A program that cannot be awaited would have to be killed in the middle of its work.
    probe().map_err(|error| {
        let (call, cause) = error.into_cause();
        failed(cause, Some(Why::Refused(call)))
    })?;
    let place = Place::keep().map_err(|cause| failed(cause, None))?;
    let pid = execute(spec).map_err(|cause| {
        let why = explain(&spec.program, &cause);
        failed(cause, why)
    })?;
    drop(place);
    Child::watch(pid).map_err(|cause| failed(cause, Some(Why::Killed("pidfd_open"))))
}

/// What explains that `program` could not be executed. Its input is opened before that.
fn explain(program: &Path, cause: &io::Error) -> Option<Why> {
    if has_no_input(cause) {
        return Some(Why::NoInput);
    }
    Flaw::of_failed_start(program, cause).map(Why::File)
}

/// Whether opening the input fails like this, and for want of the file rather than of descriptors.
fn has_no_input(cause: &io::Error) -> bool {
    let is_of_files =
        !matches!(cause.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM));
    let mut options = OpenOptions::new();
    let opened = options.read(true).custom_flags(libc::O_NONBLOCK).open(INPUT);
    is_of_files && opened.is_err_and(|error| error.raw_os_error() == cause.raw_os_error())
}

/// The place of a descriptor, kept until there is a child to be awaited by it.
struct Place {
    _kept: EventFd,
}

impl Place {
    fn keep() -> io::Result<Self> {
        Ok(Self { _kept: EventFd::from_flags(EfdFlags::EFD_CLOEXEC)? })
    }
}

fn execute(spec: &Spec<'_>) -> io::Result<Pid> {
    make_children_waitable();
    let words = spec.words.iter().map(|word| CString::new(word.as_bytes()));
    let words = words.collect::<Result<Vec<_>, NulError>>()?;
    let said = environment::said(spec)?;
    let environment = environment::of(spec, &said);
    let (files, attributes) = (files(spec)?, attributes(spec.mask)?);
    let program: &Path = &spec.program;
    Ok(posix_spawn(program, &files, &attributes, &words, &environment)?)
}

/// Children of a process that ignores SIGCHLD vanish when they end, with their status.
fn make_children_waitable() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if flagman_sys::is_ignored(Signal::CHLD.number()) {
            // It fails for numbers that are no signals, and this one is.
            let _ = flagman_sys::restore_default(Signal::CHLD.number());
        }
    });
}

/// The descriptors that are not simply inherited. `nix` does not tell when the C library refuses
/// one of these; it does so for lack of memory, or for a number above the limit, and these are not.
fn files(spec: &Spec<'_>) -> nix::Result<PosixSpawnFileActions> {
    let mut files = PosixSpawnFileActions::init()?;
    files.add_open(0, INPUT, OFlag::O_RDONLY, Mode::empty())?;
    if let Some(output) = spec.output {
        files.add_dup2(output.as_raw_fd(), 1)?;
    }
    if let Some(errors) = spec.errors {
        files.add_dup2(errors.as_raw_fd(), 2)?;
    }
    if let Some(channel) = spec.channel {
        // This clears close-on-exec also where both numbers are the same (glibc 2.29).
        files.add_dup2(channel.as_raw_fd(), ACTION_FD)?;
    }
    Ok(files)
}

fn attributes(mask: Mask) -> nix::Result<PosixSpawnAttr> {
    let flags = PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
        | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF
        | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK;
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    attributes.set_sigdefault(&inherited::defaults())?;
    attributes.set_sigmask(&mask.set()?)?;
    attributes.set_flags(flags)?;
    // `nix` does not tell when the C library refuses them.
    if attributes.flags()? == flags { Ok(attributes) } else { Err(Errno::EINVAL) }
}
