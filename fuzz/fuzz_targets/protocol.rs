//! Messages from an action program and to it: see `protocol/properties.rs` of flagman-base.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flagman_base::protocol::fuzzing::stream(bytes));
