//! A thread that writes log lines where a write may block and nothing can be done about it: a
//! terminal or a pipe of another user. It is started only there.
//!
//! The thread waits for room, also where somebody has made standard error non-blocking. A line that
//! finds no room on the way to it is lost, and so is one that standard error refuses; both are
//! counted, and the thread tells of them where they are missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::format::Format;
use super::stream::{Stream, Way};

/// How many lines may wait; more are lost.
const ROOM: usize = 256;
/// How long the end of the process waits for lines, in steps.
const STEPS: u32 = 100;
const STEP: Duration = Duration::from_millis(2);

/// What the thread is told.
#[derive(Debug)]
struct Message {
    /// How many lines found no room before it.
    lost: u64,
    /// Nothing, if only those are to be told.
    line: Option<String>,
}

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    messages: SyncSender<Message>,
    waiting: Arc<AtomicUsize>,
    lost: u64,
}

impl Writer {
    /// Starts the thread. Nothing, if there is no room for one.
    pub(super) fn spawn(format: Format) -> Option<Self> {
        let (sender, messages) = sync_channel(ROOM);
        let waiting = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&waiting);
        let thread = thread::Builder::new().name("log".to_owned()).stack_size(64 * 1024);
        thread.spawn(move || write_all(&messages, &written, format)).ok()?;
        Some(Self { messages: sender, waiting, lost: 0 })
    }

    /// Hands the line over, or counts it as lost.
    pub(super) fn write(&mut self, line: &str) {
        if !self.send(Some(line.to_owned())) {
            self.lost += 1;
        }
    }

    /// Waits a little until all has been written.
    pub(super) fn flush(&mut self) {
        self.send(None);
        for _ in 0..STEPS {
            if self.waiting.load(Ordering::Acquire) == 0 {
                return;
            }
            thread::sleep(STEP);
        }
    }

    fn send(&mut self, line: Option<String>) -> bool {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let sent = self.messages.try_send(Message { lost: self.lost, line }).is_ok();
        if sent {
            self.lost = 0;
        } else {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        sent
    }
}

fn write_all(messages: &Receiver<Message>, waiting: &AtomicUsize, format: Format) {
    let mut stream = Stream::new(Way::Waiting, format);
    for Message { lost, line } in messages {
        stream.add_lost(lost);
        match line {
            Some(line) => stream.write(&line),
            None => {
                stream.settle();
            }
        }
        waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, ROOM, Writer};
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn lines_for_which_there_is_no_room_are_counted_and_told_where_they_are_missing() {
        // Nobody takes lines out here, as if standard error were blocked for ever.
        let (sender, blocked) = sync_channel(ROOM);
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut writer = Writer { messages: sender, waiting, lost: 0 };
        for _ in 0..ROOM + 2 {
            writer.write("a line\n");
        }
        // It gives up in time.
        writer.flush();
        let heard = |Message { lost, line }| (lost, line.is_some());
        assert_eq!(blocked.iter().take(ROOM).map(heard).max(), Some((0, true)));
        writer.write("after\n");
        assert_eq!(blocked.try_recv().map(heard), Ok((2, true)));
    }
}
