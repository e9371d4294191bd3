//! The measured programs: a table for each scenario. To add a program, add an entry.
//!
//! The programs of a table take turns in the order of their entries. The floor is a minimal program
//! for the task of its table.

use crate::contestants::{Answer, Delivery, Entry, Place, Surroundings};

/// The name of the floor, which all others of its table are compared with.
pub const FLOOR: &str = "floor";
/// The name of flagman.
pub const FLAGMAN: &str = "flagman";
/// The name of flagman with a bundle for each of 49 signals.
pub const ALL_BUNDLES: &str = "49 bundles";
/// The name of the most common shell.
pub const BASH: &str = "bash";
/// The name of the small shell.
pub const DASH: &str = "dash";
/// The name of the Python program.
pub const PYTHON: &str = "python";
/// The name of s6's top supervisor.
pub const S6: &str = "s6-svscan";
/// The name of the init process that rewrites and forwards signals.
pub const DUMB_INIT: &str = "dumb-init";
/// The name of the execline program that starts programs on signals.
pub const TRAP: &str = "execline trap";

/// Reads from a pipe that nobody writes to. Of the ways to wait for a trap in bash, this is the
/// fastest that leaves no child behind.
const BASH_PRINTS: &str = "\
trap 'echo x' USR1
exec {fd}<> <(:)
wait $!
echo ready
while :; do read -r -u $fd; done";

/// Like `BASH_PRINTS`, with `/bin/echo` instead of the built-in `echo`.
const BASH_EXECUTES: &str = "\
trap '/bin/echo x' USR1
exec {fd}<> <(:)
wait $!
echo ready
while :; do read -r -u $fd; done";

/// Waits for a child that reads until end of file.
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

/// The fields that most entries share.
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

/// The words for an action on every signal that can be given one, except the two that shut flagman down.
macro_rules! with_all_signals {
    ($($action:literal)*) => {
        with_all_signals! { [$($action)*]
            "hup" "quit" "usr2" "alrm" "stkflt" "cont" "tstp" "ttin" "ttou" "urg" "xcpu" "xfsz"
            "vtalrm" "prof" "winch" "io" "pwr" "rtmin+0" "rtmin+1" "rtmin+2" "rtmin+3" "rtmin+4"
            "rtmin+5" "rtmin+6" "rtmin+7" "rtmin+8" "rtmin+9" "rtmin+10" "rtmin+11" "rtmin+12"
            "rtmin+13" "rtmin+14" "rtmin+15" "rtmin+16" "rtmin+17" "rtmin+18" "rtmin+19"
            "rtmin+20" "rtmin+21" "rtmin+22" "rtmin+23" "rtmin+24" "rtmin+25" "rtmin+26"
            "rtmin+27" "rtmin+28" "rtmin+29" "rtmin+30"
        }
    };
    ($action:tt $($signal:literal)*) => {
        with_all_signals! { @ ["--overlap" "rerun" "--usr1" "print" "x"] $action $($signal)* }
    };
    (@ [$($word:literal)*] [$($action:literal)*] $signal:literal $($further:literal)*) => {
        with_all_signals! {
            @ [$($word)* "--on" $signal $($action)*] [$($action)*] $($further)*
        }
    };
    (@ [$($word:literal)*] $action:tt) => { &[$($word),*] };
}

/// Only the action of SIGUSR1 prints.
pub const ALL_SIGNALS: &[&str] = with_all_signals!("exec" "true");

/// All actions are in flagman's process.
pub const ALL_IN_PROCESS: &[&str] = with_all_signals!("print" "x");

/// The programs that answer by themselves.
pub const IN_PROCESS: [Entry; 6] = [
    Entry { name: FLOOR, place: Place::BesideRunner("flagman-bench-floor"), ..PLAIN },
    Entry {
        name: FLAGMAN,
        arguments: &["--overlap", "rerun", "--usr1", "print", "x"],
        ready: "init",
        ..PLAIN
    },
    Entry { name: ALL_BUNDLES, arguments: ALL_SIGNALS, ready: "init", ..PLAIN },
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
        // dumb-init only translates SIGUSR1 (10) to SIGUSR2 (12) and forwards it to the floor.
        name: DUMB_INIT,
        place: Place::SearchPath("dumb-init"),
        arguments: &["--rewrite", "10:12", "--"],
        surroundings: Surroundings::Forwarder,
        ..PLAIN
    },
];

/// flagman with more and more actions in a bundle (the actions of one signal). Only the last action
/// answers; the others do nothing.
pub const BUNDLES: [Entry; 4] = [
    bundle("1 action", 0),
    bundle("10 actions", 9),
    bundle("100 actions", 99),
    bundle("1000 actions", 999),
];

/// flagman with a bundle that does nothing, for the flood, and a bundle of another signal that
/// prints.
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

/// The programs that start `/bin/echo` to answer.
pub const EXEC: [Entry; 6] = [
    Entry { name: FLOOR, place: Place::BesideRunner("flagman-bench-exec-floor"), ..PLAIN },
    Entry {
        name: FLAGMAN,
        // The second action never runs. It says that the set-up is complete.
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
        // s6-svscan starts the program of a signal without arguments.
        answer: Answer::Line(""),
        ..PLAIN
    },
    Entry {
        name: TRAP,
        place: Place::SearchPath("trap"),
        // First the block, in the form that execline passes on a command line. Then the program
        // that `trap` starts when it is ready, and whose end it waits for.
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

/// The programs that answer from a second, long-lived process. The floor is only that process,
/// which the runner talks to directly: a line over a Unix socket, and a line back.
///
/// flagman has the answer when it reaches the next action in the bundle, which prints the time. The
/// third entry is the flagman that ships, and its action program prints a line before it answers.
/// That time includes waking the runner.
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
