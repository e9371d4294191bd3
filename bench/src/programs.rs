//! Who is measured: a table for each scenario, to which a program is added by adding an entry.
//!
//! In each table the entries stand in the order in which they take their turns, and the floor is
//! the least that a program can do for what all others of the table do.

use crate::contestants::{Answer, Delivery, Entry, Place, Surroundings};

/// The name of the floor, to which all others of its table are compared.
pub const FLOOR: &str = "floor";
/// The name of flagman.
pub const FLAGMAN: &str = "flagman";
/// The name of the shell that most people have.
pub const BASH: &str = "bash";
/// The name of the small shell.
pub const DASH: &str = "dash";
/// The name of the Python program.
pub const PYTHON: &str = "python";
/// The name of s6's supervisor of supervisors.
pub const S6: &str = "s6-svscan";
/// The name of the first process that rewrites and forwards signals.
pub const DUMB_INIT: &str = "dumb-init";
/// The name of the program of execline that starts programs on signals.
pub const TRAP: &str = "execline trap";

/// Reads from a pipe that nobody writes to: of the ways in which bash can wait for a trap, the
/// fastest that leaves no child behind.
const BASH_PRINTS: &str = "\
trap 'echo x' USR1
exec {fd}<> <(:)
wait $!
echo ready
while :; do read -r -u $fd; done";

/// As above, but not the `echo` that is built in.
const BASH_EXECUTES: &str = "\
trap '/bin/echo x' USR1
exec {fd}<> <(:)
wait $!
echo ready
while :; do read -r -u $fd; done";

/// Waits for a child that waits for the end of the input.
const DASH_EXECUTES: &str = "\
exec 3<&0
cat <&3 &
trap '/bin/echo x' USR1
echo ready
while :; do wait $!; done";

const PYTHON_PROGRAM: &str = "\
import os, signal
awaited = {signal.SIGUSR1}
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
os.write(1, b'ready\\n')
while True:
    signal.sigwait(awaited)
    os.write(1, b'x\\n')";

/// What most entries have in common.
const PLAIN: Entry = Entry {
    name: "",
    place: Place::Flagman,
    arguments: &[],
    nothings: 0,
    surroundings: Surroundings::None,
    ready: "ready",
    answer: Answer::Line("x"),
    delivery: Delivery::Sure,
};

/// Those that answer by themselves.
pub const IN_PROCESS: [Entry; 5] = [
    Entry { name: FLOOR, place: Place::BesideRunner("flagman-bench-floor"), ..PLAIN },
    Entry {
        name: FLAGMAN,
        arguments: &["--overlap", "rerun", "--usr1", "print", "x"],
        ready: "init",
        ..PLAIN
    },
    Entry {
        name: BASH,
        place: Place::SearchPath("bash"),
        arguments: &["--norc", "--noprofile", "-c", BASH_PRINTS],
        delivery: Delivery::Leaky,
        ..PLAIN
    },
    Entry {
        name: PYTHON,
        place: Place::SearchPath("python3"),
        arguments: &["-S", "-c", PYTHON_PROGRAM],
        ..PLAIN
    },
    Entry {
        // It does nothing itself but to make SIGUSR1 (10) the SIGUSR2 (12) of the floor.
        name: DUMB_INIT,
        place: Place::SearchPath("dumb-init"),
        arguments: &["--rewrite", "10:12", "--"],
        surroundings: Surroundings::Forwarder,
        ..PLAIN
    },
];

/// flagman with more and more actions in a bundle: all but the last one, which answers, do nothing.
pub const BUNDLES: [Entry; 4] = [
    bundle("1 action", 0),
    bundle("10 actions", 9),
    bundle("100 actions", 99),
    bundle("1000 actions", 999),
];

/// flagman with a bundle that does nothing, to be flooded, and one of another signal.
pub const FLOODED: [Entry; 1] = [Entry {
    name: "flagman in a flood",
    place: Place::BesideRunner("flagman-bench-bundle"),
    arguments: &["--overlap", "rerun", "--usr2", "print", "y", "--usr1", "nothing"],
    ready: "init",
    ..PLAIN
}];

const fn bundle(name: &'static str, nothings: usize) -> Entry {
    Entry {
        name,
        place: Place::Bundle,
        arguments: &["--overlap", "rerun"],
        nothings,
        ready: "init",
        ..PLAIN
    }
}

/// Those that start `/bin/echo` to answer.
pub const EXEC: [Entry; 6] = [
    Entry { name: FLOOR, place: Place::BesideRunner("flagman-bench-exec-floor"), ..PLAIN },
    Entry {
        name: FLAGMAN,
        // The second action, which never runs, says that the set-up is done.
        arguments: &[
            "--overlap",
            "rerun",
            "--usr1",
            "exec",
            "/bin/echo",
            "x",
            "--usr2",
            "print",
            "y",
        ],
        ready: "init",
        ..PLAIN
    },
    Entry {
        name: S6,
        place: Place::SearchPath("s6-svscan"),
        arguments: &["-d", "3"],
        surroundings: Surroundings::ScanDirectory,
        ready: "",
        // What it starts for a signal gets no words.
        answer: Answer::Line(""),
        ..PLAIN
    },
    Entry {
        name: TRAP,
        place: Place::SearchPath("trap"),
        // The block, in the form that execline gives it on a command line; then the program that
        // it starts when it is ready, and whose end it awaits.
        arguments: &[" USR1", "  /bin/echo", "  x", " ", "", "sh", "-c", "echo ready; exec cat"],
        surroundings: Surroundings::SilentInput,
        delivery: Delivery::Leaky,
        ..PLAIN
    },
    Entry {
        name: BASH,
        place: Place::SearchPath("bash"),
        arguments: &["--norc", "--noprofile", "-c", BASH_EXECUTES],
        delivery: Delivery::Leaky,
        ..PLAIN
    },
    Entry {
        name: DASH,
        place: Place::SearchPath("dash"),
        arguments: &["-c", DASH_EXECUTES],
        surroundings: Surroundings::SilentInput,
        delivery: Delivery::Leaky,
        ..PLAIN
    },
];

/// Those that answer from a second process that lives on. The floor is that process alone, beside
/// the runner: a line over a Unix socket, and a line back.
///
/// flagman has its answer when it comes to the next action in the bundle, which says what time it is. The
/// other is flagman as it is shipped, and a line that the action program prints before it answers: it
/// wakes the runner too.
pub const ACTION_PROGRAM: [Entry; 3] = [
    Entry {
        name: FLOOR,
        place: Place::BesideRunner("flagman-bench-answer-floor"),
        surroundings: Surroundings::Questions,
        answer: Answer::Line(r#"{"done":{"id":1}}"#),
        ..PLAIN
    },
    Entry {
        name: FLAGMAN,
        place: Place::BesideRunner("flagman-bench-bundle"),
        arguments: &["--overlap", "rerun", "--usr1", "bench", "", "--usr1", "moment"],
        surroundings: Surroundings::ActionPath,
        answer: Answer::Moment,
        ..PLAIN
    },
    Entry {
        name: "and a line",
        arguments: &["--overlap", "rerun", "--usr1", "bench", "x"],
        surroundings: Surroundings::ActionPath,
        ..PLAIN
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_in_its_table_once() {
        for table in [&IN_PROCESS[..], &EXEC, &ACTION_PROGRAM, &BUNDLES] {
            for entry in table {
                assert_eq!(table.iter().filter(|other| other.name == entry.name).count(), 1);
            }
        }
    }

    #[test]
    fn each_table_begins_with_its_floor_and_has_flagman_after_it() {
        for table in [&IN_PROCESS[..], &EXEC, &ACTION_PROGRAM] {
            assert_eq!((table[0].name, table[1].name), (FLOOR, FLAGMAN));
        }
    }
}
