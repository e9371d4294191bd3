//! Action programs, driven as flagman would: one built with the kit, and the templates of
//! `examples/`.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails that way")]

mod driven;

mod kit;

mod python;

mod shell;
