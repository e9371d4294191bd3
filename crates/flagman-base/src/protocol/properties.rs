//! What must hold for every stream of bytes that either side may send. The fuzz target checks this.
//! Tests check it on the fuzzer's corpus and on streams that they make up.
//!
//! A property that does not hold panics.

#![expect(clippy::expect_used, reason = "so a property breaks")]

use std::fmt::Debug;

use super::message::Malformed;
use super::{Description, FromProgram, LONGEST_LINE, LineBuffer, LineError, ToProgram, Unsendable};

/// A stream gives the same lines however it is cut, and it ends at the first line that is too long. A
/// message that is decoded and encoded again is decoded as the same message.
pub(super) fn stream(bytes: &[u8]) {
    let lines = cut(bytes, bytes.len().max(1));
    let size = bytes.first().map_or(1, |byte| usize::from(*byte % 7) + 1);
    assert_eq!(cut(bytes, size), lines, "cut into parts of {size}");
    for line in lines.iter().flatten() {
        message(line);
    }
    // This takes a megabyte for each input, which is slow, so only few inputs ask for it.
    if bytes.first() == Some(&b'L') && bytes.len() <= 16 {
        is_refused_if_too_long(bytes);
    }
}

fn cut(bytes: &[u8], size: usize) -> Lines {
    let mut buffer = LineBuffer::default();
    bytes.chunks(size).flat_map(|part| feed(&mut buffer, part)).collect()
}

/// The lines of a stream.
pub(super) type Lines = Vec<Result<String, LineError>>;

/// The lines that `part` finishes. A part longer than a chunk is given in chunks.
pub(super) fn feed(buffer: &mut LineBuffer, part: &[u8]) -> Lines {
    let mut lines = Vec::new();
    for chunk in part.chunks(LineBuffer::CHUNK) {
        buffer.space()[..chunk.len()].copy_from_slice(chunk);
        buffer.filled(chunk.len());
        while let Some(line) = buffer.next_line() {
            lines.push(line.map(str::to_owned));
        }
    }
    lines
}

/// Pads `bytes` so that their first line is exactly as long as allowed, then one byte longer.
fn is_refused_if_too_long(bytes: &[u8]) {
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    for before in [LONGEST_LINE.saturating_sub(first), LONGEST_LINE - first.min(LONGEST_LINE) + 1] {
        let whole = [&vec![b' '; before], bytes].concat();
        let lines = cut(&whole, 65_536);
        if before + first > LONGEST_LINE {
            assert_eq!(lines, [Err(LineError::TooLong)]);
        } else {
            assert_ne!(lines.first(), Some(&Err(LineError::TooLong)));
        }
    }
}

fn message(line: &str) {
    is_stable(line, FromProgram::decode, FromProgram::encode, |said| {
        matches!(said, FromProgram::Unknown(_))
    });
    is_stable(line, ToProgram::decode, ToProgram::encode, |said| {
        matches!(said, ToProgram::Unknown(_))
    });
    is_stable(line, Description::decode, Description::encode, |_| false);
}

fn is_stable<M: Debug + PartialEq>(
    line: &str,
    decode: fn(&str) -> Result<M, Malformed>,
    encode: fn(&M) -> Result<String, Unsendable>,
    is_unknown: fn(&M) -> bool,
) {
    let message = match decode(line) {
        Ok(message) => message,
        Err(malformed) => return assert!(!malformed.to_string().is_empty()),
    };
    match encode(&message) {
        Ok(encoded) => {
            let text = encoded.strip_suffix('\n').expect("a line ends");
            assert!(!text.contains('\n'), "{text:?} is one line");
            assert!(encoded.len() <= LONGEST_LINE + 1);
            assert_eq!(decode(text).as_ref(), Ok(&message), "{text:?}");
            assert_eq!(encode(&message), Ok(encoded));
        }
        Err(Unsendable::Unknown) => assert!(is_unknown(&message)),
        Err(Unsendable::TooLong { bytes }) => assert!(bytes > LONGEST_LINE),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{message, stream};
    use crate::protocol::ToProgram;
    use crate::{Arrival, Sender, Signal};

    #[test]
    fn what_the_fuzzer_has_found_holds() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/protocol");
        for file in corpus.read_dir().expect("the corpus is there") {
            stream(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    /// Each power of two and its neighbours, and their negatives.
    fn values() -> impl Iterator<Item = i32> {
        let near = |power: i32| [power.wrapping_sub(1), power, power.wrapping_add(1)];
        (0..32)
            .flat_map(move |bit| near(1_i32.wrapping_shl(bit)))
            .flat_map(|number| [number, number.wrapping_neg()])
    }

    #[test]
    fn each_value_of_each_signal_is_told_and_understood() {
        let told = |arrival: Arrival| {
            let line = ToProgram::Run { id: 1, arrival }.encode().expect("it is short");
            message(line.trim_end());
            assert_eq!(ToProgram::decode(&line), Ok(ToProgram::Run { id: 1, arrival }), "{line}");
            line
        };
        for signal in Signal::with_actions() {
            for arrival in [Arrival::new(signal), Arrival::new(signal).sent_by(Sender::new(7, 0))] {
                assert!(!told(arrival).contains("value"));
                for value in values() {
                    let line = told(arrival.carrying(value));
                    assert!(line.ends_with(&format!(",\"value\":{value}}}}}\n")), "{line}");
                }
            }
        }
    }

    #[test]
    fn what_is_nearly_a_message_is_one_or_is_malformed() {
        let seeds: [&[u8]; 8] = [
            br#"{"hello":{"protocol":1,"flagman":"0.1.0"}}"#,
            br#"{"run":{"id":1,"signal":"SIGRTMIN+3","count":1,"sender":{"pid":7,"uid":0}}}"#,
            br#"{"run":{"id":1,"signal":"SIGIO","count":1,"sender":null,"value":-2147483648}}"#,
            br#"{"run":{"id":1,"signal":"SIGIO","count":1,"value":2147483647.0}}"#,
            br#"{"set_up":{"arguments":["a","\u00e9\n"]}}"#,
            br#"{"failed":{"id":18446744073709551615,"message":"x"}}"#,
            br#"{"log":{"level":"warning","message":"\ud83d\ude00"},"took":[{}]}"#,
            br#"{"protocol":1,"description":"x","arguments":[{"name":"a","type":"str","repeated":true}]}"#,
        ];
        for seed in seeds {
            for at in 0..seed.len() {
                for letter in b"\n\"\\{}[]:,01-.eLn \xff" {
                    let (mut replaced, mut inserted) = (seed.to_vec(), seed.to_vec());
                    replaced[at] = *letter;
                    inserted.insert(at, *letter);
                    for bytes in [&replaced, &inserted, &seed[..at].to_vec()] {
                        stream(&[bytes, b"\n".as_slice()].concat());
                    }
                }
            }
        }
    }
}
