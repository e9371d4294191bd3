//! The service manager: the socket at `NOTIFY_SOCKET`, which only flagman's notifier writes to.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

thread_local! {
    static SOCKET: UnixDatagram = open();
}

fn open() -> UnixDatagram {
    let name = std::env::var("NOTIFY_SOCKET").expect("main sets it");
    let address = SocketAddr::from_abstract_name(name.trim_start_matches('@'));
    let socket = address.and_then(|address| UnixDatagram::bind_addr(&address));
    let socket = socket.expect("a socket can be bound");
    socket.set_nonblocking(true).expect("a socket need not block");
    socket
}

/// What has been sent to it since it was last asked.
pub(crate) fn take_messages() -> Vec<String> {
    let mut messages = Vec::new();
    let mut bytes = [0; 2048];
    while let Ok(length) = SOCKET.with(|socket| socket.recv(&mut bytes)) {
        messages.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
    }
    messages
}
