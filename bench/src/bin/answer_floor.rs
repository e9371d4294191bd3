//! The floor of an action program: a process that hears a line on a Unix socket and says one back.
//!
//! The socket is its standard input and output. It reads no words and makes none. It must never do
//! more than that.

use std::io;

use nix::unistd::{read, write};

/// Ends when the other side has closed the socket.
fn main() -> nix::Result<()> {
    write(io::stdout(), b"ready\n")?;
    let mut line = [0; 512];
    while read(io::stdin(), &mut line)? > 0 {
        write(io::stdout(), b"{\"done\":{\"id\":1}}\n")?;
    }
    Ok(())
}
