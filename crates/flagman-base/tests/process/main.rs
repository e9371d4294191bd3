//! Tests of how programs are started, with real children.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails that way")]

mod children;

mod inherited;

mod running;
