//! The service manager's socket. Sends never block.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use nix::errno::Errno;

/// The socket that `NOTIFY_SOCKET` names.
#[derive(Debug)]
pub(super) struct ManagerSocket {
    socket: UnixDatagram,
    address: SocketAddr,
    /// The name as it is in the environment.
    pub(super) name: String,
}

/// Why a message was not sent.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The socket or the kernel has no room now; the same message may be accepted later.
    Full,
    /// Nobody will ever receive it.
    Lost(io::Error),
}

impl ManagerSocket {
    pub(super) fn open(name: &OsStr) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'/', ..] => SocketAddr::from_pathname(name)?,
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
            _ => {
                return Err(io::Error::other("it is neither an absolute path nor `@NAME`"));
            }
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, address, name: name.to_string_lossy().into_owned() })
    }

    pub(super) fn send(&self, message: &str) -> Result<(), Refusal> {
        loop {
            match self.socket.send_to_addr(message.as_bytes(), &self.address) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Refusal::of(error)),
            }
        }
    }
}

impl Refusal {
    fn of(error: io::Error) -> Self {
        let errno = error.raw_os_error().map(Errno::from_raw);
        match errno {
            Some(Errno::EAGAIN | Errno::ENOBUFS | Errno::ENOMEM) => Self::Full,
            Some(_) | None => Self::Lost(error),
        }
    }
}
