//! Chooses ports of the loopback address, for servers that cannot choose their own.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that is free for both UDP and TCP. It is below the kernel's range of ephemeral ports, so
/// that no socket of a test can take it before the server does.
pub(crate) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test programs that run at the same time start with different ports.
    let start = u16::try_from(std::process::id() % 200).unwrap_or_default() * 100;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + start.wrapping_add(number) % 20_000;
        let address = (Ipv4Addr::LOCALHOST, port);
        if UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok() {
            return port;
        }
    }
}
