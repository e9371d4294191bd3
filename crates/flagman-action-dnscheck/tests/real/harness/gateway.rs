//! A gateway to the master's API: it forwards calls and records the answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use flagman_test::LIMIT;

pub(crate) struct Gateway {
    pub(crate) url: String,
    came: Receiver<()>,
    answered: Receiver<String>,
    door: Arc<Mutex<()>>,
}

impl Gateway {
    /// A gateway to the API at this port of the loopback address. It runs as long as the test
    /// process.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let ((tell_came, came), (tell_answered, answered)) = (channel(), channel());
        let door = Arc::new(Mutex::new(()));
        let gateway = Self { url, came, answered, door: Arc::clone(&door) };
        thread::spawn(move || {
            for mut caller in listener.incoming().map_while(Result::ok) {
                let _ = tell_came.send(());
                drop(door.lock());
                serve(&mut caller, port, &tell_answered);
            }
        });
        gateway
    }

    /// Holds all calls until the guard is dropped.
    pub(crate) fn close(&self) -> MutexGuard<'_, ()> {
        self.door.lock().expect("nobody panics at the door")
    }

    /// Waits until a call has arrived.
    pub(crate) fn wait_for_call(&self) {
        self.came.recv_timeout(LIMIT).expect("a call comes");
    }

    /// The status lines of the calls answered since the last time that this was called.
    pub(crate) fn answered(&self) -> Vec<String> {
        self.answered.try_iter().collect()
    }
}

fn serve(caller: &mut TcpStream, port: u16, answered: &Sender<String>) {
    // Without an API there is no answer, and the connection closes.
    if let Ok(answer) = pass_on(caller, port) {
        // Report before answering, so that a test that has the answer finds the call.
        let _ = answered.send(answer.lines().next().unwrap_or_default().to_owned());
        let _ = caller.write_all(answer.as_bytes());
    }
}

/// Forwards the head of a call (there is no body), and returns the whole answer.
fn pass_on(caller: &mut TcpStream, port: u16) -> std::io::Result<String> {
    caller.set_read_timeout(Some(LIMIT))?;
    let mut head = String::new();
    let mut reader = BufReader::new(caller);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let head = head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let mut api = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    api.set_read_timeout(Some(LIMIT))?;
    api.write_all(head.as_bytes())?;
    let mut answer = String::new();
    api.read_to_string(&mut answer)?;
    Ok(answer)
}
