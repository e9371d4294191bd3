//! What a program can do wrong at any stage.

use std::io::Write;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::signal::{SigSet, Signal};

use super::Broken;

/// Does `how`. Returns if a program can continue after that.
#[expect(clippy::exit, reason = "that is what it was told to do")]
pub(crate) fn misbehave(how: &str, mut socket: &UnixStream) -> Result<(), Broken> {
    match how {
        "hang" => hang(),
        // Like a program that was started without flagman's blocked signals.
        "hang_mortal" => {
            SigSet::from(Signal::SIGTERM).thread_unblock()?;
            hang()
        }
        "eat" => eat(),
        "exit_0" => std::process::exit(0),
        "exit_1" => std::process::exit(1),
        "garbage" => writeln!(socket, "what?")?,
        "binary" => socket.write_all(b"\xff\xfe\0\n")?,
        "array" => writeln!(socket, "[1]")?,
        "two_keys" => writeln!(socket, r#"{{"done":{{"id":1}},"gone":{{}}}}"#)?,
        "unknown" => writeln!(socket, r#"{{"dance":{{"partner":null}}}}"#)?,
        "unasked" => writeln!(socket, r#"{{"ready":{{}}}}"#)?,
        "newer" => writeln!(socket, r#"{{"hello":{{"protocol":2}}}}"#)?,
        "half" => {
            socket.write_all(br#"{"done":{"id""#)?;
            socket.shutdown(Shutdown::Both)?;
            hang()
        }
        "long" => {
            // flagman may close the socket in the middle of it.
            let _ = socket.write_all(&vec![b'x'; 10 << 20]);
            hang()
        }
        "shut" => {
            socket.shutdown(Shutdown::Both)?;
            hang()
        }
        "cover_ears" => {
            socket.shutdown(Shutdown::Read)?;
            writeln!(socket, r#"{{"ready":{{}}}}"#)?;
            SigSet::from(Signal::SIGTERM).thread_unblock()?;
            hang()
        }
        "flood" => {
            let many = "{\"dance\":{}}\n".repeat(10_000);
            loop {
                socket.write_all(many.as_bytes())?;
            }
        }
        "leave_child" => {
            leave_child(socket, true)?;
            std::process::exit(1)
        }
        "leave_stranger" => {
            leave_child(socket, false)?;
            std::process::exit(1)
        }
        _ => {}
    }
    Ok(())
}

/// Allocates memory until none is left.
fn eat() -> ! {
    loop {
        std::mem::forget(Vec::<u8>::with_capacity(1 << 20));
    }
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// Starts a process that keeps the socket open for two minutes, in this process group (with standard
/// output and error) or in one of its own.
fn leave_child(socket: &UnixStream, in_group: bool) -> Result<(), Broken> {
    let mut command = Command::new("sleep");
    command.arg("120").stdin(OwnedFd::from(socket.try_clone()?));
    if !in_group {
        command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    }
    command.spawn()?;
    Ok(())
}
