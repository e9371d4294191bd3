//! Configuration files: see `config/properties.rs` of flagman.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| flagman::fuzzing::configuration(text));
