//! For unit tests: a name server and an API in this process, whose answers a test chooses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use hickory_proto::op::{Message, MessageType, Query};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::question::{Kind, Question};

/// How a question arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

pub(crate) fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

/// The question for the name's IPv4 addresses.
pub(crate) fn question(text: &str) -> Question {
    Question { name: name(text), kind: Kind::A }
}

pub(crate) fn a(owner: &str, address: &str) -> Record {
    let address: Ipv4Addr = address.parse().expect("an address");
    Record::from_rdata(name(owner), 60, RData::A(A(address)))
}

pub(crate) fn cname(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target))))
}

/// A response to the question for the owner's IPv4 addresses.
pub(crate) fn answer(owner: &str, records: Vec<Record>) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(name(owner), RecordType::A));
    answer_to(&message, records)
}

/// A response to `asked` with these records.
pub(crate) fn answer_to(asked: &Message, records: Vec<Record>) -> Message {
    let mut message = asked.clone();
    message.metadata.message_type = MessageType::Response;
    message.answers = records;
    message
}

/// Starts a name server that answers each message with the messages that `respond` returns. It runs
/// as long as the test process.
pub(crate) fn name_server(
    respond: impl Fn(Transport, &Message) -> Vec<Message> + Clone + Send + 'static,
) -> SocketAddr {
    let (udp, tcp) = sockets();
    let address = udp.local_addr().expect("an address");
    let over_tcp = respond.clone();
    thread::spawn(move || serve_udp(&udp, &respond));
    thread::spawn(move || {
        for stream in tcp.incoming().map_while(Result::ok) {
            serve_tcp(stream, &over_tcp);
        }
    });
    address
}

/// A UDP and a TCP socket on the same port.
fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = udp.local_addr().expect("an address");
        if let Ok(tcp) = TcpListener::bind(address) {
            return (udp, tcp);
        }
    }
}

fn serve_udp(socket: &UdpSocket, respond: &impl Fn(Transport, &Message) -> Vec<Message>) {
    let mut buffer = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let asked = Message::from_vec(&buffer[..length]).expect("a question");
        for message in respond(Transport::Udp, &asked) {
            // The sender may be gone if it already has its answer.
            let _ = socket.send_to(&message.to_vec().expect("a message"), from);
        }
    }
}

fn serve_tcp(mut stream: TcpStream, respond: &impl Fn(Transport, &Message) -> Vec<Message>) {
    let mut length = [0; 2];
    stream.read_exact(&mut length).expect("a length");
    let mut bytes = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut bytes).expect("a question");
    let asked = Message::from_vec(&bytes).expect("a question");
    for message in respond(Transport::Tcp, &asked) {
        let bytes = message.to_vec().expect("a message");
        let length = u16::try_from(bytes.len()).expect("a short message");
        let _ = stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat());
    }
    // Keep the stream open until the client closes it.
    let _ = stream.read(&mut length);
}

/// An API that answers each call with a status that the test provides.
pub(crate) struct FakeApi {
    pub(crate) url: String,
    statuses: Sender<&'static str>,
    calls: Receiver<String>,
}

impl FakeApi {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (statuses, to_give) = channel();
        let (told, calls) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve_call(stream, &to_give, &told);
            }
        });
        Self { url, statuses, calls }
    }

    /// Sets the status for the next call. A test can set it before the call arrives.
    pub(crate) fn will_say(&self, status: &'static str) {
        self.statuses.send(status).expect("the API still serves");
    }

    /// The heads of the requests since the last time that this was called.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.try_iter().collect()
    }
}

/// Reports a call to the test, then answers it. A call that no test expects gets no answer.
fn serve_call(mut stream: TcpStream, statuses: &Receiver<&'static str>, told: &Sender<String>) {
    let lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    // Report before answering, so that a test that has the answer finds the call.
    let _ = told.send(head.join("\n"));
    if let Ok(status) = statuses.try_recv() {
        let length = "Content-Length: 5\r\nConnection: close";
        let answer = format!("HTTP/1.1 {status}\r\n{length}\r\n\r\nwords");
        stream.write_all(answer.as_bytes()).expect("the caller waits");
    }
}
