//! Actions given as one word that is quoted and split: see `cli/properties.rs` of flagman.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| flagman::fuzzing::one_word(text));
