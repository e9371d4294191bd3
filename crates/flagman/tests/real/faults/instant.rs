//! A program ends at the moment when its timeout passes.

use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::Signal::SIGUSR1;

use crate::harness::{Flagman, Folder, template};

/// How long a program takes. It approaches the timeout step by step.
struct Aim {
    delay: Duration,
    step: Duration,
    file: PathBuf,
}

impl Aim {
    /// Starts 10 ms below `timeout`. The delay is written to `file`.
    fn below(timeout: Duration, file: PathBuf) -> Self {
        let delay = timeout.saturating_sub(Duration::from_millis(10));
        let aim = Self { delay, step: Duration::from_millis(16), file };
        aim.write();
        aim
    }

    fn write(&self) {
        let text = format!("{}\n", self.delay.as_secs_f64());
        std::fs::write(&self.file, text).expect("a file can be written");
    }

    /// Moves the delay towards the timeout, by a smaller step each time. `in_time` says whether the
    /// last program ended before the timeout.
    fn closer(&mut self, in_time: bool) {
        let Self { delay, step, .. } = self;
        *delay = if in_time { *delay + *step } else { delay.saturating_sub(*step) };
        *step = (*step / 2).max(Duration::from_micros(500));
        self.write();
    }
}

/// Runs the bundle of SIGUSR1, and returns the logged errors.
fn errors(flagman: &Flagman) -> Vec<String> {
    flagman.signal(SIGUSR1);
    let log = flagman.stderr.until("SIGUSR1: 1 arrival");
    log.into_iter().filter(|line| line.starts_with("ERROR:")).collect()
}

#[test]
fn a_program_that_ends_at_its_timeout_is_either_done_or_out_of_time() {
    let folder = Folder::with(&[]);
    let file = folder.path().join("delay");
    let mut aim = Aim::below(Duration::from_millis(50), file.clone());
    let script = r#"read delay <"$0"; exec sleep "$delay""#;
    let file = file.to_str().expect("a path in UTF-8");
    let flagman = folder.serve(&["--timeout", "0.05", "--usr1", "exec", "sh", "-c", script, file]);
    let mut late = 0;
    for _ in 0..60 {
        let errors = errors(&flagman);
        let told = "failed on SIGUSR1: `sh` ran out of time (0.05 s): it ";
        assert!(errors.len() <= 1 && errors.iter().all(|error| error.contains(told)), "{errors:?}");
        assert_eq!(flagman.children(), []);
        late += errors.len();
        aim.closer(errors.is_empty());
    }
    assert!((1..60).contains(&late), "{late} were late");
    flagman.end();
}

#[test]
fn an_action_program_that_dies_at_its_timeout_fails_that_run_and_is_started_again() {
    let folder = Folder::with(&[]);
    let file = folder.path().join("delay");
    let mut aim = Aim::below(Duration::from_millis(300), file.clone());
    let text = std::fs::read_to_string(template("shell/flagman-action-touchfile"));
    let text = text.expect("the template is there");
    let body = r#"why=$(start touch -- "$file" 2>&1)"#;
    assert!(text.contains(body));
    // It dies after a while, or flagman tells it to end before that.
    let dies = r#"read delay <"$file"; start sleep "$delay"; exit 4"#;
    let text = text.replace(body, dies);
    folder.script("dies", text.trim_start_matches("#!/bin/sh\n"));
    let file = file.to_str().expect("a path in UTF-8");
    let flagman = folder.serve(&["--timeout", "0.3", "--usr1", "dies", file]);
    let mut late = 0;
    for _ in 0..15 {
        let errors = errors(&flagman);
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        let in_time = error.ends_with("failed on SIGUSR1: it exited with status 4");
        assert!(in_time || error.ends_with("it ran out of time (0.3 s)"), "{error}");
        late += u32::from(!in_time);
        aim.closer(in_time);
    }
    assert!((1..15).contains(&late), "{late} were late");
    flagman.end();
}
