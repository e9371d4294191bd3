//! What actors do in situations that do not arise in a working flagman: requests out of turn, calls that
//! come too early, and an epoll that accepts nothing.

use std::fs::File;
use std::time::Duration;

use flagman_base::{Arrival, Signal};
use flagman_test::{Barrier, LIMIT, install_script};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};

use super::{Actor, Context, Exec, Finished, InProcess, Program, Progress, check_exec};
use crate::decider::{ActionId, Time};
use crate::outcome::{Failure, Outcome};
use crate::pulse::Pulse;
use crate::token::Token;

const NOW: Time = Duration::from_secs(100);
const TIMEOUT: Duration = Duration::from_secs(3);
const ARRIVAL: Arrival = Arrival::new(Signal::USR1);

fn context<'a>(epoll: &'a Epoll, pulse: &'a Pulse, now: Time) -> Context<'a> {
    Context { epoll, token: Token::Action(ActionId(0)), now, last_call: false, pulse }
}

fn epoll() -> Epoll {
    Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("an epoll")
}

/// One that accepts nothing, because its descriptor is not an epoll.
fn useless_epoll() -> Epoll {
    Epoll(File::open("/dev/null").expect("it is there").into())
}

/// The result of a step that has ended at once.
fn ended<T>(progress: Progress<T>) -> T {
    match progress {
        Progress::Ended(ended) => ended,
        Progress::Pending => panic!("it is pending"),
    }
}

/// The outcome of a run that ended in the call that started it.
fn outcome(progress: Progress<Finished>) -> Outcome {
    match ended(progress) {
        Finished::Ran(outcome) => outcome,
        other => panic!("no run has ended: {other:?}"),
    }
}

/// An `exec` that is set up with a program that does not end by itself.
fn exec(context: &Context<'_>) -> Exec {
    let mut exec = Exec::new(["sleep".to_owned(), "1000".to_owned()].into(), Some(TIMEOUT));
    assert_eq!(ended(exec.set_up(context)), Ok(()));
    exec
}

#[test]
fn a_program_of_exec_that_cannot_be_awaited_is_killed_before_its_run_has_failed() {
    let (epoll, pulse) = (useless_epoll(), Pulse::default());
    let context = context(&epoll, &pulse, NOW);
    let mut exec = exec(&context);
    // It returns only once the program, which does not end by itself, has ended.
    let failed = outcome(exec.run(&ARRIVAL, &context));
    let why = "its program was started, and was killed at once: cannot wait for it: Invalid argument (os \
               error 22)";
    assert_eq!(failed, Outcome::Failed(Failure::NotStarted(why.to_owned())));
    assert_eq!(exec.deadline(), None);
    assert!(exec.advance(&context).is_none());
}

#[test]
fn an_action_program_that_cannot_be_awaited_is_killed_before_its_set_up_has_failed() {
    let (epoll, pulse) = (useless_epoll(), Pulse::default());
    let context = context(&epoll, &pulse, NOW);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = install_script("exec sleep 1000", folder.path(), "sleeps");
    let mut program = Program::new("sleeps".into(), path, Vec::new().into(), None);
    let failed = ended(program.set_up(&context));
    let why = "cannot wait for it: Invalid argument (os error 22)";
    assert_eq!(failed, Err(Failure::NotStarted(why.to_owned())));
    assert_eq!(program.deadline(), None);
}

/// Advances a program with a pending step until `until` accepts the result.
fn advance<T>(
    program: &mut Program,
    context: &Context<'_>,
    until: impl Fn(&Program, Option<Finished>) -> Option<T>,
) -> T {
    let limit = EpollTimeout::try_from(LIMIT).expect("a limit that epoll knows");
    loop {
        assert_eq!(context.epoll.wait(&mut [EpollEvent::empty()], limit), Ok(1), "it is silent");
        let finished = program.advance(context);
        if let Some(come) = until(program, finished) {
            return come;
        }
    }
}

#[test]
fn what_the_socket_does_not_take_at_once_is_sent_when_the_program_continues_to_read() {
    let (epoll, pulse) = (epoll(), Pulse::default());
    let context = context(&epoll, &pulse, NOW);
    let (folder, barrier) = (tempfile::tempdir().expect("a temporary folder"), Barrier::new());
    let script = format!(
        "read -r hello <&3; echo '{{\"hello\":{{\"protocol\":1}}}}' >&3; {}\n\
         head -n 1 <&3 >\"$0.heard\"; echo '{{\"ready\":{{}}}}' >&3; read -r tear_down <&3",
        barrier.wait()
    );
    let path = install_script(&script, folder.path(), "slow");
    // The kernel buffers about 200 KiB for a socket.
    let words = vec!["x".repeat(100_000); 9];
    let mut program = Program::new("slow".into(), path.clone(), words.into(), None);
    assert!(matches!(program.set_up(&context), Progress::Pending));
    let greeting = program.deadline();
    // From here on it is being set up: the socket is full.
    advance(&mut program, &context, |now, _| (now.deadline() != greeting).then_some(()));
    barrier.open();
    let set_up = advance(&mut program, &context, |_, finished| finished);
    assert!(matches!(set_up, Finished::SetUp(Ok(()))), "{set_up:?}");
    let heard = std::fs::metadata(format!("{}.heard", path.display())).expect("it has heard it");
    assert!(heard.len() > 900_000, "{}", heard.len());
    assert!(matches!(program.tear_down(&context), Progress::Pending));
    let torn_down = advance(&mut program, &context, |_, finished| finished);
    assert!(matches!(torn_down, Finished::TornDown(Ok(()))), "{torn_down:?}");
}

#[test]
fn an_exec_without_a_word_is_refused() {
    assert_eq!(check_exec(&[]), Err("its argument `command` is missing".to_owned()));
}

#[test]
fn a_program_of_exec_that_is_advanced_too_early_runs_until_its_time_is_over() {
    let (epoll, pulse) = (epoll(), Pulse::default());
    let at = |time| context(&epoll, &pulse, NOW + time);
    let mut exec = exec(&at(Duration::ZERO));
    let progress = exec.run(&ARRIVAL, &at(Duration::ZERO));
    assert!(matches!(progress, Progress::Pending));
    for early in [Duration::ZERO, TIMEOUT.saturating_sub(Duration::from_nanos(1))] {
        assert!(exec.advance(&at(early)).is_none());
        assert_eq!(exec.deadline(), Some(NOW + TIMEOUT));
    }
    // It gets SIGTERM, and may have died of it by the next look.
    assert!(exec.advance(&at(TIMEOUT)).is_none());
    let limit = EpollTimeout::try_from(LIMIT).expect("a limit that epoll knows");
    assert_eq!(epoll.wait(&mut [EpollEvent::empty()], limit), Ok(1));
    let finished = exec.advance(&at(TIMEOUT)).expect("it has ended");
    let why = "`sleep` ran out of time (3 s): it was killed by SIGTERM";
    let Finished::Ran(Outcome::Failed(failure)) = finished else { panic!("{finished:?}") };
    assert_eq!(failure.to_string(), why);
}

#[test]
fn an_action_in_this_process_that_is_not_set_up_does_not_run_and_never_waits() {
    let (epoll, pulse) = (epoll(), Pulse::default());
    let context = context(&epoll, &pulse, NOW);
    let mut action = InProcess::new("a".into(), |_| Err("nobody sets it up".into()), [].into());
    let not_set_up = Failure::NotStarted("it is not set up".to_owned());
    assert_eq!(outcome(action.run(&ARRIVAL, &context)), Outcome::Failed(not_set_up));
    assert_eq!(ended(action.tear_down(&context)), Ok(()));
    assert!(action.advance(&context).is_none());
    assert_eq!(action.deadline(), None);
}
