//! Exchanges messages with the master: many questions at once over UDP, and TCP for truncated
//! answers.
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

/// The time limit of each try over UDP. A lost datagram costs the first try. The second is longer,
/// because a master that expands an ALIAS must ask another server first.
const TRIES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(3)];

/// The time limit for all questions of a batch over TCP together.
const TCP_LIMIT: Duration = Duration::from_secs(5);

/// The number of questions asked at once. Each has its own socket, and so a port that cannot be
/// guessed. A process can usually have 1,024 descriptors.
const BATCH: usize = 64;

/// Asks all questions. Blocks. The answers are in the order of the questions.
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
