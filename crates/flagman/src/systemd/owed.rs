//! The messages that must reach the service manager, kept until they are sent.
//!
//! Ordering rule: they are sent in the order of the protocol, whatever was refused in between, and the
//! end of a reload is never sent after the beginning of the next one. Each message is owed at most
//! once, so they do not pile up while nobody reads.

use std::time::Duration;

/// A message that must arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Ready,
    Reloading,
    MoreTime,
    Reloaded,
    Stopping,
}

/// What is owed; see the module.
#[derive(Debug, Default)]
pub(super) struct Owed {
    ready: bool,
    /// When the reload began, in microseconds of `CLOCK_MONOTONIC`.
    reloading: Option<u64>,
    more_time: Option<Duration>,
    /// What else is sent with the end of a reload.
    reloaded: Option<String>,
    stopping: bool,
}

impl Owed {
    /// Everything is set up.
    pub(super) fn ready(&mut self) {
        self.ready = true;
        self.more_time = None;
    }

    /// A reload began at this time of `CLOCK_MONOTONIC`, in microseconds.
    pub(super) fn reloading(&mut self, monotonic: u64) {
        self.reloading = Some(monotonic);
        self.reloaded = None;
    }

    /// What the manager waits for may take this much longer, from now.
    pub(super) fn more_time(&mut self, from_now: Duration) {
        self.more_time = Some(from_now);
    }

    /// The reload is over. `more` are lines to send with that.
    pub(super) fn reloaded(&mut self, more: String) {
        self.reloaded = Some(more);
        self.more_time = None;
    }

    /// Shutdown has begun. The end of a reload is no longer sent.
    pub(super) fn stopping(&mut self) {
        *self = Self { ready: self.ready, stopping: true, ..Self::default() };
    }

    /// The next message to send, in the format of `sd_notify(3)`.
    pub(super) fn first(&self) -> Option<(Message, String)> {
        if self.ready {
            return Some((Message::Ready, "READY=1".to_owned()));
        }
        if let Some(monotonic) = self.reloading {
            let text = format!("RELOADING=1\nMONOTONIC_USEC={monotonic}");
            return Some((Message::Reloading, text));
        }
        if let Some(from_now) = self.more_time {
            let text = format!("EXTEND_TIMEOUT_USEC={}", from_now.as_micros());
            return Some((Message::MoreTime, text));
        }
        if let Some(more) = &self.reloaded {
            return Some((Message::Reloaded, format!("READY=1{more}")));
        }
        self.stopping.then(|| (Message::Stopping, "STOPPING=1".to_owned()))
    }

    /// It has been sent.
    pub(super) fn settle(&mut self, message: Message) {
        match message {
            Message::Ready => self.ready = false,
            Message::Reloading => self.reloading = None,
            Message::MoreTime => self.more_time = None,
            Message::Reloaded => self.reloaded = None,
            Message::Stopping => self.stopping = false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first().is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Owed;

    fn drain(owed: &mut Owed) -> Vec<String> {
        let mut all = Vec::new();
        while let Some((message, text)) = owed.first() {
            all.push(text);
            owed.settle(message);
        }
        all
    }

    #[test]
    fn delayed_messages_are_sent_in_order() {
        let mut owed = Owed::default();
        owed.reloading(7);
        owed.ready();
        owed.more_time(Duration::from_millis(2));
        let began = ["READY=1", "RELOADING=1\nMONOTONIC_USEC=7", "EXTEND_TIMEOUT_USEC=2000"];
        assert_eq!(drain(&mut owed), began);
        owed.reloaded("\nSTATUS=x".to_owned());
        assert_eq!(drain(&mut owed), ["READY=1\nSTATUS=x"]);
    }

    #[test]
    fn the_end_of_a_reload_is_not_sent_once_the_next_has_begun() {
        let mut owed = Owed::default();
        owed.reloading(1);
        owed.reloaded(String::new());
        owed.reloading(2);
        assert_eq!(drain(&mut owed), ["RELOADING=1\nMONOTONIC_USEC=2"]);
    }

    #[test]
    fn once_shutdown_begins_nothing_is_sent_about_a_reload() {
        let mut owed = Owed::default();
        owed.reloading(1);
        owed.more_time(Duration::from_secs(1));
        owed.reloaded(String::new());
        owed.stopping();
        assert_eq!(drain(&mut owed), ["STOPPING=1"]);
        assert!(owed.is_empty());
    }
}
