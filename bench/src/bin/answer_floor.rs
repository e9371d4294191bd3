//! The floor of an action program: reads lines from a Unix socket and writes a line back for each.
//!
//! The socket is its standard input and output. It neither parses nor builds a message. It must
//! never do more than that.

use std::io;

use nix::unistd::{read, write};

/// Ends when the peer has closed the socket.
fn main() -> nix::Result<()> {
    write(io::stdout(), b"ready\n")?;
    let mut line = [0; 512];
    while read(io::stdin(), &mut line)? > 0 {
        write(io::stdout(), b"{\"done\":{\"id\":1}}\n")?;
    }
    Ok(())
}
