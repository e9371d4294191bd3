//! A thread that writes log lines where a write may block and nothing can be done about it: a
//! terminal or a pipe of another user. It is started only there.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How many lines may wait; more are lost.
const ROOM: usize = 256;
/// How long the end of the process waits for lines, in steps.
const STEPS: u32 = 100;
const STEP: Duration = Duration::from_millis(2);

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    lines: Mutex<SyncSender<Vec<u8>>>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread. Nothing, if there is no room for one.
    pub(super) fn spawn() -> Option<Self> {
        let (sender, lines) = sync_channel(ROOM);
        let waiting = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&waiting);
        let thread = thread::Builder::new().name("log".to_owned()).stack_size(64 * 1024);
        thread.spawn(move || write_all(&lines, &written)).ok()?;
        Some(Self { lines: Mutex::new(sender), waiting })
    }

    /// Hands the line over, whole.
    pub(super) fn write(&self, line: &[u8]) -> Result<usize, ErrorKind> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_add(1, Ordering::AcqRel);
        lines.try_send(line.to_vec()).map(|()| line.len()).map_err(|_| {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            ErrorKind::WouldBlock
        })
    }

    /// Waits a little until all has been written.
    pub(super) fn flush(&self) {
        for _ in 0..STEPS {
            if self.waiting.load(Ordering::Acquire) == 0 {
                return;
            }
            thread::sleep(STEP);
        }
    }
}

fn write_all(lines: &Receiver<Vec<u8>>, waiting: &AtomicUsize) {
    for line in lines {
        // A line that standard error does not take is lost, like any other.
        let _ = std::io::stderr().write_all(&line);
        waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Writer};
    use std::io::ErrorKind;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::sync_channel;
    use std::sync::{Arc, Mutex};

    #[test]
    fn lines_for_which_there_is_no_room_are_refused() {
        // Nobody takes lines out here, as if standard error were blocked for ever.
        let (sender, _blocked) = sync_channel(ROOM);
        let writer = Writer { lines: Mutex::new(sender), waiting: Arc::new(AtomicUsize::new(0)) };
        for _ in 0..ROOM {
            assert_eq!(writer.write(b"a line\n"), Ok(7));
        }
        assert_eq!(writer.write(b"a line\n"), Err(ErrorKind::WouldBlock));
        // It gives up in time.
        writer.flush();
    }
}
