//! The descriptors 0, 1 and 2, any of which may have been closed when this process was started.
//!
//! If one stayed closed, the next file that is opened would take its place as standard output or error,
//! and printed text would end up in that file. So the Rust runtime opens `/dev/null` in its place before
//! `main`. Where there is no `/dev/null`, as in an empty root or a bare container, the runtime ends the
//! process with SIGABRT and without a message.
//!
//! So this module fills the gaps before the runtime looks: with `/dev/null`, or else with the end of a
//! pipe on which nothing is ever written. Reading from that gives end of file. Writing to it fails with
//! EBADF, as on a closed descriptor. A program must expect both from its standard streams.
//!
//! Only code that runs before the runtime can do that. The C library calls the functions in `.init_array`
//! at that time, in a static program too. Ordering rule: nothing here may use what the runtime prepares,
//! panic or allocate.

use std::io;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};

/// Called before the Rust runtime starts; see the module.
// SAFETY: an entry of this section must be a pointer to a function with the C calling convention
// that may be called once before `main`. The C library passes arguments, which this function
// ignores.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_THE_RUNTIME: extern "C" fn() = fill;

/// Why `/dev/null` could not be opened (`errno(3)`); 0 if it was opened or not needed.
static WHY: AtomicI32 = AtomicI32::new(0);
/// The streams that were left without `/dev/null`, one bit for each.
static WITHOUT: AtomicU8 = AtomicU8::new(0);

/// The standard streams that were closed when this process started and for which `/dev/null` could not
/// be opened, with the error. Reading from them gives end of file, and writing fails.
#[must_use]
pub fn without_null() -> Option<(Vec<&'static str>, io::Error)> {
    let without = WITHOUT.load(Ordering::Relaxed);
    let names = ["standard input", "standard output", "standard error"];
    let names = (0..3).zip(names).filter(|(bit, _)| without & (1 << bit) != 0);
    let names: Vec<_> = names.map(|(_, name)| name).collect();
    if names.is_empty() {
        return None;
    }
    Some((names, io::Error::from_raw_os_error(WHY.load(Ordering::Relaxed))))
}

extern "C" fn fill() {
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    // SAFETY: `streams` is valid for reading and writing three of these.
    let found = unsafe { libc::poll(streams.as_mut_ptr(), 3, 0) };
    if found <= 0 {
        return;
    }
    for stream in streams.iter().filter(|stream| stream.revents & libc::POLLNVAL != 0) {
        // SAFETY: the path ends with NUL. All lower numbers are open, so the file gets this number,
        // which nothing else uses.
        if unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) } < 0 {
            WHY.store(io::Error::last_os_error().raw_os_error().unwrap_or(0), Ordering::Relaxed);
            WITHOUT.fetch_or(1 << stream.fd, Ordering::Relaxed);
            fill_with_nothing();
        }
    }
}

/// Puts a descriptor at the lowest free number. Reading from it gives end of file, and writing fails.
fn fill_with_nothing() {
    let mut ends = [0; 2];
    // SAFETY: `ends` is valid for writing two descriptors.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: this end was just created for this function, and nothing else uses it. The other end
    // has the lower number and stays open.
    unsafe { libc::close(ends[1]) };
}
