# What a contributor does, each by one command; CI calls the same.

# Show the commands.
default:
    @just --list

# Build everything.
build:
    cargo build --workspace --all-targets

# Install what the tests need and run every test; extra words go to cargo test.
test *words:
    ./scripts/test {{words}}

# Generate the parts of the manual page and the completions that come from the command line's definition.
generate:
    FLAGMAN_GENERATE=yes cargo test --quiet --package flagman --lib cli::generate

# Everything that CI checks beside the tests.
check: format lint documentation dependencies units pages

# The formatting.
format:
    cargo fmt --all -- --check
    cargo fmt --manifest-path fuzz/Cargo.toml -- --check
    cargo fmt --manifest-path models/Cargo.toml -- --check

# Clippy on all targets; a warning is an error.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# The documentation builds without a warning, for users and for developers.
documentation:
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items

# Licenses, duplicates and origins of the dependencies.
dependencies:
    cargo deny check bans licenses sources

# Let systemd verify the units that ship, both the installed ones and the examples.
units:
    ./scripts/verify-units packaging/systemd
    ./scripts/verify-units examples/systemd

# The manual pages, as man and mandoc read them.
pages:
    ./scripts/verify-pages

# Record the session of the README's first screen as docs/recording.svg; a test says when it is behind.
record:
    cargo build --release -p flagman
    ./scripts/record

# The Debian packages, in target/debian, with lintian's opinion of them.
packages:
    ./scripts/build-packages

# Test the packages on a Debian 13 that systemd has booted; extra words choose tests by name.
booted *words:
    ./scripts/booted {{words}}

# Measure flagman beside its floor (the least that a program can do) and its peers, all on one
# processor, and write the report to docs/benchmarks.md; extra words go to the benchmark.
bench *words: build-bench
    target/release/flagman-bench --cpu 0 --report docs {{words}}

# Run the shortest possible measurement and write nothing, to check that the benchmark works.
bench-briefly: build-bench
    target/release/flagman-bench --rounds 1 --signals 50 --exec-signals 20 --herd 50

[private]
build-bench:
    cargo build --release -p flagman -p flagman-bench

# Which lines the tests reach; extra words go to cargo llvm-cov.
coverage *words:
    ./scripts/coverage {{words}}

# Let flagman endure random signals, crashes and time-outs for two hours.
endure *words: build-bench
    target/release/flagman-endure {{words}}

# Run the tests many times over, under load: a flaky test is a bug.
soak times="50":
    ./scripts/repeat-tests {{times}}

# A million signals from four senders: each is followed by a run that started after it.
stress:
    cargo build -p flagman --examples
    cargo test -p flagman --test real -- --ignored --nocapture stress::

# Fuzz each target, or the named ones, for this many seconds.
fuzz seconds="60" *targets:
    ./scripts/fuzz {{seconds}} {{targets}}

# Check what the two threads share, in this many schedules of each scenario; `guards` removes guards.
model *words="20000":
    ./scripts/check-model {{words}}

# Change the deciding type in every way that cargo-mutants knows: a test must fail each time.
mutants:
    cargo mutants --gitignore true --package flagman --file 'crates/flagman/src/decider/**' --output target/mutants --cargo-arg=--lib -- decider

# What CI does.
ci: test check booted stress bench-briefly
    just fuzz 15
    just model 5000
    just model guards
    just endure --minutes 1 --warm-up 20
