//! The exchange with the master: many questions at once over UDP, and over TCP for truncated answers.
//!
//! It always ends: a batch of questions takes at most ten seconds, however the master behaves. The
//! questions share that time, so one without an answer does not delay the others.

mod tcp;

mod udp;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hickory_proto::op::Message;

use crate::answer::Failure;
use crate::question::Question;

/// How long each try over UDP waits. A lost datagram costs the first; the second is longer, as a
/// master that expands an ALIAS has to ask elsewhere first.
const TRIES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(3)];

/// How long a batch's questions over TCP may take together.
const TCP_LIMIT: Duration = Duration::from_secs(5);

/// How many questions are asked at once: each has a socket of its own, and so a port that cannot be
/// guessed; a process may commonly have 1,024 descriptors.
const BATCH: usize = 64;

/// Asks all questions; blocks. The answers stand in the order of the questions.
pub(crate) fn ask(master: SocketAddr, questions: &[Question]) -> Vec<Result<Message, Failure>> {
    questions.chunks(BATCH).flat_map(|batch| ask_batch(master, batch)).collect()
}

fn ask_batch(master: SocketAddr, questions: &[Question]) -> Vec<Result<Message, Failure>> {
    let answers = udp::ask(master, questions, &TRIES);
    let deadline = Instant::now() + TCP_LIMIT;
    let whole = |(question, answer): (&Question, Result<Message, Failure>)| match answer {
        Ok(message) if message.metadata.truncation => tcp::ask(master, question, deadline),
        Ok(_) | Err(_) => answer,
    };
    questions.iter().zip(answers).map(whole).collect()
}

#[cfg(test)]
mod tests;
