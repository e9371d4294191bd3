//! A service manager's notify socket.

use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::LIMIT;

/// The service manager's end of the socket that `NOTIFY_SOCKET` names.
pub struct Manager {
    socket: UnixDatagram,
    name: String,
}

impl Manager {
    /// A socket with an abstract name.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("flagman-test-{}-{number}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let socket = UnixDatagram::bind_addr(&address).expect("a notify socket");
        Self::of(socket, format!("@{name}"))
    }

    /// Uses a socket that is already bound, with the value of `NOTIFY_SOCKET` that names it.
    pub fn of(socket: UnixDatagram, name: String) -> Self {
        socket.set_read_timeout(Some(LIMIT)).expect("a time limit");
        Self { socket, name }
    }

    /// The value for `NOTIFY_SOCKET`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fills the socket, so that it accepts nothing more until it is read.
    pub fn fill(&self) {
        let sender = UnixDatagram::unbound().expect("a socket");
        sender.set_nonblocking(true).expect("a socket can be made non-blocking");
        let name = self.name.strip_prefix('@').expect("an abstract name");
        let address = SocketAddr::from_abstract_name(name).expect("a name");
        while sender.send_to_addr(b"x", &address).is_ok() {}
    }

    /// The next message.
    #[track_caller]
    pub fn next(&self) -> String {
        let mut buffer = vec![0; 1 << 16];
        let length = loop {
            match self.socket.recv(&mut buffer) {
                // A wait with a limit is interrupted when the process is stopped (signal(7)).
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                received => break received.expect("flagman says something"),
            }
        };
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// The messages up to and including the first that contains `text`.
    #[track_caller]
    pub fn until(&self, text: &str) -> Vec<String> {
        let mut said = Vec::new();
        while said.last().is_none_or(|last: &String| !last.contains(text)) {
            said.push(self.next());
        }
        said
    }
}
