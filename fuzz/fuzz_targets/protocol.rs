//! What an action program may send, and what flagman may send to it: see `protocol/properties.rs` of
//! flagman-base.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flagman_base::protocol::fuzzing::stream(bytes));
