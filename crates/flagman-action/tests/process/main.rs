//! Tests of how programs are started, with real children.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails that way")]

mod children;

mod inherited;

mod running;

use std::path::PathBuf;

/// A program from `examples/` of this crate, built with its tests.
fn example(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    let path = own.ancestors().nth(2).expect("target").join("examples").join(name);
    assert!(path.exists(), "{} is not built: run `cargo test`", path.display());
    path
}
