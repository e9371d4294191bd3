//! What is played: the bundles, what the actions do, and who sends what meanwhile. The scheduler chooses
//! when.

use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

use crate::Signal;
use crate::actor::{Conduct, Scripted};
use crate::cli::WhenEmpty;
use crate::decider::{Bundle, BundleId, Decider, Grace, Overlap};
use crate::event_loop::EventLoop;
use crate::exit::{CannotStart, ExitStatus};
use crate::kernel::{Kernel, Settled, boot, kernel};
use crate::pulse::Pulse;
use crate::roles::{Role, Roles, of_stop};
use crate::shared::{Parts, Shared};
use crate::signals::Pending;
use crate::stage::{Player, Stage};
use crate::story::Story;
use crate::systemd::Notifier;
use crate::table::Table;
use crate::threads::until_exit;
use crate::watcher;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Signals, and what the actions for each do, in order.
    bundles: &'static [(Signal, &'static [Conduct])],
    overlap: Overlap,
    /// What each sender sends, in order.
    senders: &'static [&'static [Signal]],
    /// How often time passes while all this goes on.
    passes: usize,
    reload: Option<Signal>,
    /// What is logged. A thread that wants to say something waits for ever once the last words are said.
    level: LevelFilter,
}

const PLAIN: Scenario = Scenario {
    name: "",
    bundles: &[(Signal::USR1, &[Conduct::Ends]), (Signal::USR2, &[Conduct::Ends])],
    overlap: Overlap::Rerun,
    senders: &[],
    passes: 0,
    reload: None,
    level: LevelFilter::Info,
};

pub(crate) const ALL: &[Scenario] = &[
    Scenario {
        name: "every-arrival-is-answered",
        senders: &[&[Signal::USR1, Signal::USR1], &[Signal::USR2, Signal::USR1]],
        ..PLAIN
    },
    Scenario {
        name: "every-arrival-is-answered-while-actions-run-elsewhere",
        bundles: &[(Signal::USR1, &[Conduct::Elsewhere]), (Signal::USR2, &[Conduct::Ends])],
        senders: &[&[Signal::USR1, Signal::USR1], &[Signal::USR2, Signal::USR1]],
        ..PLAIN
    },
    Scenario {
        name: "a-shutdown-is-not-lost",
        senders: &[&[Signal::USR1, Signal::USR2], &[Signal::TERM]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "a-shutdown-is-not-lost-in-a-blocked-action",
        bundles: &[(Signal::USR1, &[Conduct::Blocks])],
        senders: &[&[Signal::USR1, Signal::USR1], &[Signal::TERM]],
        ..PLAIN
    },
    Scenario {
        name: "a-second-request-forces-out",
        bundles: &[(Signal::USR1, &[Conduct::Ends, Conduct::Ends])],
        senders: &[&[Signal::USR1], &[Signal::TERM, Signal::TERM]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "whoever-forces-out-is-the-last-to-speak",
        bundles: &[(Signal::USR1, &[Conduct::WaitsForProcess, Conduct::Ends])],
        senders: &[&[Signal::USR1], &[Signal::TERM, Signal::TERM]],
        passes: 2,
        ..PLAIN
    },
    Scenario {
        name: "the-last-words-are-said-once",
        bundles: &[(Signal::USR1, &[Conduct::Blocks, Conduct::Ends])],
        senders: &[&[Signal::USR1], &[Signal::TERM, Signal::TERM], &[Signal::TERM]],
        level: LevelFilter::Warn,
        ..PLAIN
    },
    Scenario {
        name: "a-forced-end-while-an-action-runs-elsewhere",
        bundles: &[(Signal::USR1, &[Conduct::Elsewhere])],
        senders: &[&[Signal::USR1], &[Signal::TERM, Signal::INT], &[Signal::TERM]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "reloads-begin-and-end-in-order",
        bundles: &[(Signal::HUP, &[Conduct::Ends]), (Signal::USR1, &[Conduct::Ends])],
        senders: &[&[Signal::HUP, Signal::HUP], &[Signal::HUP, Signal::USR1]],
        passes: 1,
        reload: Some(Signal::HUP),
        ..PLAIN
    },
    Scenario {
        name: "a-reload-is-told-while-an-action-blocks",
        bundles: &[(Signal::HUP, &[Conduct::Ends]), (Signal::USR1, &[Conduct::Blocks])],
        senders: &[&[Signal::USR1], &[Signal::HUP, Signal::HUP]],
        reload: Some(Signal::HUP),
        ..PLAIN
    },
    Scenario {
        name: "a-shutdown-during-a-reload",
        bundles: &[(Signal::HUP, &[Conduct::Elsewhere]), (Signal::USR1, &[Conduct::Ends])],
        senders: &[&[Signal::HUP, Signal::HUP], &[Signal::TERM], &[Signal::USR1]],
        passes: 1,
        reload: Some(Signal::HUP),
        ..PLAIN
    },
];

/// How many threads' changes at the wrong moment a schedule of the second kind looks for.
const DEPTH: usize = 3;
const SEED: u64 = 1;

/// Runs `scenario` in this many random schedules, and in as many schedules chosen to find bugs that take
/// few thread switches at the right moments (PCT).
pub(crate) fn check(scenario: &'static Scenario, iterations: usize) {
    log::set_max_level(scenario.level);
    play_all(scenario, RandomScheduler::new_from_seed(SEED, iterations));
    play_all(scenario, PctScheduler::new_from_seed(SEED, DEPTH, iterations));
    println!("{}: holds in {} schedules", scenario.name, 2 * iterations);
}

fn play_all(scenario: &'static Scenario, scheduler: impl Scheduler + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(move || play(scenario));
}

fn play(scenario: &'static Scenario) {
    let kernel = boot(Story::new(scenario.reload));
    let flagman = thread::spawn(move || until_exit(|| flagman(scenario)));
    let others: Vec<_> = scenario
        .senders
        .iter()
        .map(|signals| {
            thread::spawn(|| {
                signals.iter().for_each(|signal| crate::kernel::kernel().kill(*signal))
            })
        })
        .collect();
    for _ in 0..scenario.passes {
        kernel.pass_time();
        thread::yield_now();
    }
    for other in others {
        other.join().expect("a sender ends");
    }
    settle(&kernel, &scenario.rerun());
    kernel.power_off();
    flagman.join().expect("the main thread ends");
}

/// How often time passes, at most, once nothing happens by itself. A run that never ends is logged each
/// hour, for ever.
const LAST_PASSES: usize = 24;

/// Lets all happen that happens by itself, and then what time brings, and checks it each time.
fn settle(kernel: &Kernel, rerun: &[Signal]) {
    for _ in 0..LAST_PASSES {
        match kernel.settle() {
            Settled::Exited(status) => return kernel.show(|story, _, _| story.check_exit(status)),
            Settled::Asleep => kernel.show(|story, pending, is_blocked| {
                story.check_asleep(pending, is_blocked, rerun);
            }),
        }
        if !kernel.pass_time() {
            break;
        }
    }
    kernel.show(|story, _, _| story.check_end());
}

impl Scenario {
    /// The signals whose every arrival is to be followed by a run.
    fn rerun(&self) -> Vec<Signal> {
        match self.overlap {
            Overlap::Rerun => self.bundles.iter().map(|(signal, _)| *signal).collect(),
            Overlap::Ignore => Vec::new(),
        }
    }
}

/// What `lib.rs` of flagman does once it has a plan.
fn flagman(scenario: &Scenario) {
    let event_loop = prepare(scenario).expect("the model has room for all");
    let ending = event_loop.run().expect("signals can be received");
    kernel().flush_log();
    kernel().exit(ExitStatus::of(ending, WhenEmpty::Failure) as i32);
}

fn prepare(scenario: &Scenario) -> Result<EventLoop, CannotStart> {
    let mut actions = Table::default();
    let mut bundles = Vec::new();
    for (id, (signal, conducts)) in (0..).map(BundleId).zip(scenario.bundles) {
        let player = |(place, conduct): (usize, &Conduct)| {
            let name: Arc<str> = format!("{signal}.{place}").into();
            let actor = Box::new(Scripted::new(Arc::clone(&name), *conduct));
            actions.add(Player { label: Arc::clone(&name), name, actor, reason: None })
        };
        let actions = conducts.iter().enumerate().map(player).collect();
        bundles.push(Bundle { id, signal: *signal, overlap: scenario.overlap, actions });
    }
    let stops = [Signal::TERM, Signal::INT];
    let of_bundles = bundles.iter().map(|bundle| (bundle.signal, Role::Run(bundle.id)));
    let roles = Roles::new(of_bundles.chain(stops.map(|signal| (signal, of_stop(signal)))));
    let reload = bundles.iter().find(|bundle| Some(bundle.signal) == scenario.reload);
    let reload = reload.map(|bundle| bundle.id);

    let pulse = Arc::new(Pulse::default());
    let notifier = Notifier::from_environment(None, Arc::clone(&pulse));
    let pending = Pending::of(&roles.signals().collect::<Vec<_>>())?;
    let decider = Decider::new(Grace(Duration::from_secs(8)), bundles);
    let labels = actions.map(|player: &Player| Arc::clone(&player.label));
    let shared =
        Arc::new(Shared::new(Parts { decider, notifier, pending, roles, labels, reload, pulse })?);
    let stage = Stage::new(Arc::clone(&shared), actions)?;
    let event_loop = EventLoop::new(Arc::clone(&shared), stage, None)?;
    watcher::spawn(shared, Pending::of(stops.iter().chain(&scenario.reload))?)?;
    Ok(event_loop)
}
