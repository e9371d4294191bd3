//! Command lines, with words separated by zero bytes: see `cli/properties.rs` of flagman.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flagman::fuzzing::command_line(bytes));
