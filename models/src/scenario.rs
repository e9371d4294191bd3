//! What is played: the bundles, what the actions do, and who sends what meanwhile. The scheduler chooses
//! when.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

use crate::actor::Conduct;
use crate::cli::{Plan, Planned, Policies, Settings, WhenEmpty};
use crate::decider::{Decider, Grace, OnFailure, Overlap, Policy};
use crate::event_loop::EventLoop;
use crate::exit::{CannotStart, ExitStatus};
use crate::kernel::{Kernel, Settled, boot, kernel};
use crate::log::Verbosity;
use crate::pulse::Pulse;
use crate::registry::{Known, Source};
use crate::reload::Reloader;
use crate::roles::bundle_of;
use crate::roster::{self, Player};
use crate::shared::{Parts, Shared};
use crate::signals::{Pending, set_of};
use crate::stage::Stage;
use crate::story::{Story, Told};
use crate::systemd::Notifier;
use crate::table::Table;
use crate::threads::until_exit;
use crate::{Signal, watcher};

/// Signals, and what the actions for each do, in order.
type Bundles = &'static [(Signal, &'static [Conduct])];

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    bundles: Bundles,
    /// What each reload reads; the last one again and again.
    reloads: &'static [Bundles],
    overlap: Overlap,
    retries: u8,
    quiet_period: Duration,
    /// What each sender sends, in order.
    senders: &'static [&'static [Signal]],
    /// One more sends this as soon as the action of this name has been set up.
    after_set_up: Option<(&'static str, Signal)>,
    /// How often time passes while all this goes on.
    passes: usize,
    reload: Option<Signal>,
    /// What is logged. A thread that wants to say something waits for ever once the last words are said.
    level: LevelFilter,
}

const PLAIN: Scenario = Scenario {
    name: "",
    bundles: &[(Signal::USR1, &[Conduct::Ends]), (Signal::USR2, &[Conduct::Ends])],
    reloads: &[],
    overlap: Overlap::Rerun,
    retries: 0,
    quiet_period: Duration::ZERO,
    senders: &[],
    after_set_up: None,
    passes: 0,
    reload: None,
    level: LevelFilter::Info,
};

/// What SIGHUP does where the plan is read again.
const RELOADS: (Signal, &[Conduct]) = (Signal::HUP, &[Conduct::Reloads, Conduct::Ends]);

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
    Scenario {
        name: "the-bundle-of-sigterm-runs-once",
        bundles: &[(Signal::USR1, &[Conduct::Ends]), (Signal::TERM, &[Conduct::Elsewhere])],
        senders: &[&[Signal::USR1], &[Signal::TERM, Signal::INT]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "a-pause-ends-by-itself",
        bundles: &[(Signal::USR1, &[Conduct::FailsOnce]), (Signal::USR2, &[Conduct::Ends])],
        retries: 1,
        senders: &[&[Signal::USR1, Signal::USR2], &[Signal::USR1]],
        ..PLAIN
    },
    Scenario {
        name: "a-shutdown-ends-a-pause",
        bundles: &[(Signal::USR1, &[Conduct::FailsOnce])],
        retries: 1,
        senders: &[&[Signal::USR1], &[Signal::TERM]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "a-quiet-period-ends-by-itself",
        quiet_period: Duration::from_secs(2),
        senders: &[&[Signal::USR1, Signal::USR1], &[Signal::USR2]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "a-signal-that-is-new-is-held-back",
        bundles: &[RELOADS, (Signal::USR1, &[Conduct::Ends])],
        reloads: &[&[
            RELOADS,
            (Signal::USR1, &[Conduct::Ends]),
            (Signal::USR2, &[Conduct::Ends, Conduct::Ends]),
        ]],
        senders: &[&[Signal::HUP], &[Signal::USR1]],
        after_set_up: Some(("SIGUSR2.0", Signal::USR2)),
        ..PLAIN
    },
    Scenario {
        name: "a-new-plan-loses-no-arrival-of-a-signal-that-stays",
        bundles: &[RELOADS, (Signal::USR1, &[Conduct::Ends, Conduct::Ends])],
        reloads: &[
            &[RELOADS, (Signal::USR1, &[Conduct::Elsewhere]), (Signal::USR2, &[Conduct::Ends])],
            &[RELOADS, (Signal::USR1, &[Conduct::Ends])],
        ],
        senders: &[&[Signal::HUP, Signal::USR1], &[Signal::USR1, Signal::HUP]],
        reload: Some(Signal::HUP),
        ..PLAIN
    },
    Scenario {
        name: "a-new-plan-that-cannot-be-set-up-is-undone",
        bundles: &[RELOADS, (Signal::USR1, &[Conduct::Ends])],
        reloads: &[&[RELOADS, (Signal::USR2, &[Conduct::Ends, Conduct::CannotBeSetUp])]],
        senders: &[&[Signal::HUP, Signal::USR1], &[Signal::USR1]],
        ..PLAIN
    },
    Scenario {
        name: "a-shutdown-in-the-middle-of-a-new-plan",
        bundles: &[RELOADS, (Signal::USR1, &[Conduct::Ends])],
        reloads: &[&[RELOADS, (Signal::USR2, &[Conduct::Ends, Conduct::Ends])]],
        senders: &[&[Signal::HUP], &[Signal::TERM], &[Signal::USR1]],
        passes: 1,
        ..PLAIN
    },
    Scenario {
        name: "a-second-request-in-the-middle-of-a-new-plan",
        bundles: &[RELOADS, (Signal::USR1, &[Conduct::Ends])],
        reloads: &[&[RELOADS, (Signal::USR2, &[Conduct::Ends])]],
        senders: &[&[Signal::HUP], &[Signal::TERM, Signal::TERM]],
        passes: 1,
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
    let send = |signals: &'static [Signal]| {
        thread::spawn(|| signals.iter().for_each(|signal| crate::kernel::kernel().kill(*signal)))
    };
    let mut others: Vec<_> = scenario.senders.iter().map(|signals| send(signals)).collect();
    others.extend(scenario.after_set_up.map(|(name, signal)| {
        thread::spawn(move || {
            let kernel = crate::kernel::kernel();
            kernel.wait_for(&Told::SetUp(name.to_owned()));
            kernel.kill(signal);
        })
    }));
    for _ in 0..scenario.passes {
        kernel.pass_time();
        thread::yield_now();
    }
    for other in others {
        other.join().expect("a sender ends");
    }
    settle(&kernel, scenario);
    kernel.power_off();
    flagman.join().expect("the main thread ends");
}

/// How often time passes, at most, once nothing happens by itself. A run that never ends is logged each
/// hour, for ever.
const LAST_PASSES: usize = 24;

/// Lets all happen that happens by itself, and then what time brings, and checks it each time.
fn settle(kernel: &Kernel, scenario: &Scenario) {
    let rerun = scenario.rerun();
    // With time to wait for, all is answered only when that has passed.
    let waits = scenario.retries > 0 || !scenario.quiet_period.is_zero();
    let at_once = if waits { &[] } else { rerun.as_slice() };
    for _ in 0..LAST_PASSES {
        match kernel.settle() {
            Settled::Exited(status) => return kernel.show(|story, _, _| story.check_exit(status)),
            Settled::Asleep => kernel.show(|story, pending, is_blocked| {
                story.check_asleep(pending, is_blocked, at_once);
            }),
        }
        if !kernel.pass_time() {
            break;
        }
    }
    kernel.show(|story, _, is_blocked| story.check_end(&rerun, is_blocked));
}

impl Scenario {
    /// The signals whose every arrival is to be followed by a run: each plan has them, or the one that is
    /// sent last.
    fn rerun(&self) -> Vec<Signal> {
        let has = |plan: Bundles, signal: Signal| plan.iter().any(|(of, _)| *of == signal);
        let all = self.bundles.iter().map(|(signal, _)| *signal);
        let stays = |signal: &Signal| self.reloads.iter().all(|plan| has(plan, *signal));
        let runs = |signal: &Signal| self.overlap == Overlap::Rerun && !STOPS.contains(signal);
        all.filter(stays).chain(self.after_set_up.map(|(_, signal)| signal)).filter(runs).collect()
    }

    fn plan(&self, bundles: Bundles) -> Plan {
        let planned = |(signal, conducts): &(Signal, &[Conduct])| {
            let each = conducts.iter().enumerate();
            let actions = each.map(|(place, conduct)| self.planned(*signal, place, *conduct));
            (*signal, actions.collect())
        };
        Plan {
            bundles: bundles.iter().map(planned).collect(),
            overlap: self.overlap,
            quiet_period: self.quiet_period,
            grace: GRACE,
            verbosity: Verbosity,
            timeout: None,
            settings: Settings,
            warnings: Vec::new(),
        }
    }

    fn planned(&self, signal: Signal, place: usize, conduct: Conduct) -> Planned {
        let source = match conduct {
            Conduct::Reloads => Source::Reload,
            set_up => Source::InProcess { set_up },
        };
        let on_failure = OnFailure::Continue;
        let policy = Policy { retries: self.retries, on_failure, ..Policy::default() };
        Planned {
            known: Known { name: format!("{signal}.{place}").into(), source },
            words: vec![format!("{conduct:?}")],
            policies: Policies { on_failed_run: policy },
        }
    }
}

/// What is read again, in order.
pub(crate) struct Plans {
    scenario: &'static Scenario,
    read: Cell<usize>,
}

impl Plans {
    pub(crate) fn next(&self) -> Plan {
        let place = self.read.replace(self.read.get() + 1);
        let all = self.scenario.reloads;
        self.scenario
            .plan(all.get(place).or(all.last()).expect("a scenario that reloads has plans"))
    }
}

const GRACE: Grace = Grace(Duration::from_secs(8));
const STOPS: [Signal; 2] = [Signal::TERM, Signal::INT];

/// What `lib.rs` of flagman does once it has a plan.
fn flagman(scenario: &'static Scenario) {
    let event_loop = prepare(scenario).expect("the model has room for all");
    let ending = event_loop.run().expect("signals can be received");
    kernel().flush_log();
    kernel().exit(ExitStatus::of(ending, WhenEmpty::Failure) as i32);
}

fn prepare(scenario: &'static Scenario) -> Result<EventLoop, CannotStart> {
    let mut actions = Table::default();
    let bundles = roster::fit(&mut scenario.plan(scenario.bundles), &mut actions).bundles;
    let received = set_of(bundles.iter().map(|bundle| &bundle.signal).chain(&STOPS));
    let reload = scenario.reload.map(bundle_of);

    let pulse = Arc::new(Pulse::default());
    let notifier = Notifier::from_environment(None, Arc::clone(&pulse));
    let pending = Pending::of(&received)?;
    let watched = Pending::of(&set_of(STOPS.iter().chain(&scenario.reload)))?;
    let decider = Decider::new(GRACE, bundles, SEED);
    let labels = actions.map(|player: &Player| Arc::clone(&player.label));
    let mask = received;
    let parts = Parts { decider, notifier, pending, mask, labels, reload, pulse };
    let shared = Arc::new(Shared::new(parts)?);
    let plans = Plans { scenario, read: Cell::new(0) };
    let reloader = Reloader::new(Vec::new(), plans, Settings);
    let stage = Stage::new(Arc::clone(&shared), actions, Some(reloader))?;
    let event_loop = EventLoop::new(Arc::clone(&shared), stage, received, None)?;
    watcher::spawn(shared, watched)?;
    Ok(event_loop)
}
