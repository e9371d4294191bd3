//! Tests the exchange with name servers that lose, forge, truncate and refuse.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hickory_proto::op::Message;

use super::{ask, tcp, udp};
use crate::answer::{Failure, addresses};
use crate::fake::{Transport, a, answer_to, cname, name_server, question};
use crate::question::Question;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_mins(1);

/// The name in a question.
fn asked_name(asked: &Message) -> String {
    asked.queries[0].name().to_ascii()
}

fn right(asked: &Message) -> Message {
    answer_to(asked, vec![a(&asked_name(asked), "192.0.2.1")])
}

fn truncated(asked: &Message) -> Message {
    let mut message = answer_to(asked, vec![]);
    message.metadata.truncation = true;
    message
}

#[track_caller]
fn found(question: &Question, answer: &Result<Message, Failure>) -> Vec<String> {
    let message = answer.as_ref().expect("an answer");
    let set = addresses(question, message).expect("a set of addresses");
    set.iter().map(ToString::to_string).collect()
}

#[test]
fn more_questions_than_are_asked_at_once_are_all_answered_in_their_order() {
    let master = name_server(|_, asked| vec![right(asked)]);
    let questions: Vec<_> = (0..150).map(|n| question(&format!("n{n}.example.test."))).collect();
    for (question, answer) in questions.iter().zip(ask(master, &questions)) {
        assert_eq!(found(question, &answer), ["192.0.2.1"], "{question}");
    }
}

#[test]
fn an_answer_with_another_id_or_another_question_is_ignored() {
    let master = name_server(|_, asked| {
        let mut stray = answer_to(asked, vec![a(&asked_name(asked), "203.0.113.1")]);
        stray.metadata.id = asked.metadata.id.wrapping_add(1);
        let mut other = answer_to(asked, vec![a("other.example.test.", "203.0.113.2")]);
        other.queries[0].set_name(question("other.example.test.").name);
        vec![stray, other, right(asked)]
    });
    let question = question("www.example.test.");
    let answers = udp::ask(master, std::slice::from_ref(&question), &[LONG]);
    assert_eq!(found(&question, &answers[0]), ["192.0.2.1"]);
}

#[test]
fn what_comes_from_another_port_is_ignored() {
    let forger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let master = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = master.local_addr().expect("an address");
    let answering = std::thread::spawn(move || {
        let mut buffer = [0; 512];
        let (length, from) = master.recv_from(&mut buffer).expect("a question");
        let asked = Message::from_vec(&buffer[..length]).expect("a question");
        let false_one = answer_to(&asked, vec![a(&asked_name(&asked), "203.0.113.1")]);
        forger.send_to(&false_one.to_vec().expect("a message"), from).expect("sent");
        master.send_to(&right(&asked).to_vec().expect("a message"), from).expect("sent");
    });
    let question = question("www.example.test.");
    let answers = udp::ask(address, std::slice::from_ref(&question), &[LONG]);
    assert_eq!(found(&question, &answers[0]), ["192.0.2.1"]);
    answering.join().expect("both were sent");
}

#[test]
fn a_lost_question_is_asked_again() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let master = name_server(move |_, asked| {
        let is_first = seen.lock().expect("no panic").insert(asked.metadata.id);
        if is_first { vec![] } else { vec![right(asked)] }
    });
    let question = question("www.example.test.");
    let answers = udp::ask(master, std::slice::from_ref(&question), &[SHORT, LONG]);
    assert_eq!(found(&question, &answers[0]), ["192.0.2.1"]);
}

#[test]
fn silence_is_a_failure_and_does_not_hide_the_answers_to_other_questions() {
    let master = name_server(|_, asked| {
        if asked_name(asked).starts_with("silent") { vec![] } else { vec![right(asked)] }
    });
    let questions = [question("silent.example.test."), question("www.example.test.")];
    let answers = udp::ask(master, &questions, &[SHORT, Duration::from_secs(1)]);
    assert!(matches!(answers[0], Err(Failure::Silence)), "{:?}", answers[0]);
    assert_eq!(found(&questions[1], &answers[1]), ["192.0.2.1"]);
}

#[test]
fn a_port_that_nobody_listens_on_is_a_failure_at_once() {
    // Port 1 is assigned to a protocol that nobody serves.
    let nobody = (Ipv4Addr::LOCALHOST, 1).into();
    let answers = udp::ask(nobody, &[question("www.example.test.")], &[LONG, LONG]);
    assert!(matches!(answers[0], Err(Failure::Exchange(_))), "{:?}", answers[0]);
}

#[test]
fn an_answer_that_was_cut_short_is_asked_for_again_over_tcp() {
    let master = name_server(|transport, asked| match transport {
        Transport::Udp => vec![truncated(asked)],
        Transport::Tcp => {
            let address = |n| a("end.example.test.", &format!("192.0.2.{n}"));
            let mut records: Vec<_> = (1..=100).map(address).collect();
            records.push(cname(&asked_name(asked), "end.example.test."));
            vec![answer_to(asked, records)]
        }
    });
    let question = question("www.example.test.");
    let answers = ask(master, std::slice::from_ref(&question));
    assert_eq!(found(&question, &answers[0]).len(), 100);
}

#[test]
fn an_answer_that_is_cut_short_over_tcp_too_is_a_failure() {
    let master = name_server(|_, asked| vec![truncated(asked)]);
    let answers = ask(master, &[question("www.example.test.")]);
    assert!(matches!(answers[0], Err(Failure::Truncated)), "{:?}", answers[0]);
}

#[test]
fn silence_over_tcp_ends_with_the_time() {
    let master = name_server(|_, _| vec![]);
    let answer = tcp::ask(master, &question("www.example.test."), Instant::now() + SHORT);
    assert!(matches!(answer, Err(Failure::Silence)), "{answer:?}");
}
