//! Signals, shown by name.

use std::fmt;

use serde::Serialize;

/// A signal, by its number on this machine. Displayed and serialized by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Signal(i32);

/// A row of [`NAMED`]: the number, the name, and why the signal cannot be given actions, if it cannot.
type Named = (i32, &'static str, Option<&'static str>);

const NEVER: Option<&str> = Some("no process can catch it");
const FAULT: Option<&str> = Some("it reports a fault in flagman itself");
const CHILD: Option<&str> = Some("flagman itself uses it to wait for the programs that it starts");
const PIPE: Option<&str> = Some("it reports that nobody reads what flagman writes");

/// All signals that have a name of their own (`signal(7)`): the one table of what flagman knows of signals.
const NAMED: [Named; 31] = [
    (libc::SIGHUP, "SIGHUP", None),
    (libc::SIGINT, "SIGINT", None),
    (libc::SIGQUIT, "SIGQUIT", None),
    (libc::SIGILL, "SIGILL", FAULT),
    (libc::SIGTRAP, "SIGTRAP", FAULT),
    (libc::SIGABRT, "SIGABRT", FAULT),
    (libc::SIGBUS, "SIGBUS", FAULT),
    (libc::SIGFPE, "SIGFPE", FAULT),
    (libc::SIGKILL, "SIGKILL", NEVER),
    (libc::SIGUSR1, "SIGUSR1", None),
    (libc::SIGSEGV, "SIGSEGV", FAULT),
    (libc::SIGUSR2, "SIGUSR2", None),
    (libc::SIGPIPE, "SIGPIPE", PIPE),
    (libc::SIGALRM, "SIGALRM", None),
    (libc::SIGTERM, "SIGTERM", None),
    (libc::SIGSTKFLT, "SIGSTKFLT", None),
    (libc::SIGCHLD, "SIGCHLD", CHILD),
    (libc::SIGCONT, "SIGCONT", None),
    (libc::SIGSTOP, "SIGSTOP", NEVER),
    (libc::SIGTSTP, "SIGTSTP", None),
    (libc::SIGTTIN, "SIGTTIN", None),
    (libc::SIGTTOU, "SIGTTOU", None),
    (libc::SIGURG, "SIGURG", None),
    (libc::SIGXCPU, "SIGXCPU", None),
    (libc::SIGXFSZ, "SIGXFSZ", None),
    (libc::SIGVTALRM, "SIGVTALRM", None),
    (libc::SIGPROF, "SIGPROF", None),
    (libc::SIGWINCH, "SIGWINCH", None),
    (libc::SIGIO, "SIGIO", None),
    (libc::SIGPWR, "SIGPWR", None),
    (libc::SIGSYS, "SIGSYS", FAULT),
];

impl Signal {
    /// SIGHUP.
    pub const HUP: Self = Self(libc::SIGHUP);
    /// SIGINT.
    pub const INT: Self = Self(libc::SIGINT);
    /// SIGKILL.
    pub const KILL: Self = Self(libc::SIGKILL);
    /// SIGUSR1.
    pub const USR1: Self = Self(libc::SIGUSR1);
    /// SIGUSR2.
    pub const USR2: Self = Self(libc::SIGUSR2);
    /// SIGTERM.
    pub const TERM: Self = Self(libc::SIGTERM);
    /// SIGCHLD.
    pub const CHLD: Self = Self(libc::SIGCHLD);

    /// The signal with this number, as the kernel gives it.
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// The signal with exactly this name, which is how [`Display`](fmt::Display) writes it and how the
    /// protocol and `FLAGMAN_SIGNAL` name it: `SIGUSR1`, `SIGIO`, `SIGRTMIN`, `SIGRTMIN+3`. `None` for any
    /// other form: [`parse`](Self::parse) understands what people type.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let own =
            NAMED.iter().find(|(_, named, _)| *named == name).map(|(number, ..)| Self(*number));
        own.or_else(|| real_time(name))
    }

    /// The signal that a person means by `word`, which is one of these:
    ///
    /// - a name of `signal(7)`, with or without `SIG`, in any case: `usr1`, `USR1`, `SIGUSR1`. The other names
    ///   of some signals too: `POLL` for SIGIO, `CLD` for SIGCHLD, `IOT` for SIGABRT;
    /// - a real-time signal: `RTMIN`, `RTMIN+n`, `RTMAX`, `RTMAX-n`, in the same forms;
    /// - a number, as `kill -l` gives it: `10`.
    ///
    /// `None` if it is none of these. That a signal has a name does not mean that it can be given actions:
    /// [`refusal`](Self::refusal) says that. The real-time signals that the C library keeps for itself (32
    /// and 33 with glibc, 32 to 34 with musl) have neither name nor number here.
    ///
    /// ```
    /// use flagman_action::Signal;
    ///
    /// assert_eq!(Signal::parse("usr1"), Some(Signal::USR1));
    /// assert_eq!(Signal::parse("sigrtmin+3"), Signal::from_name("SIGRTMIN+3"));
    /// assert_eq!(Signal::parse("RTMIN-1"), None);
    /// ```
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.parse().ok().map(Self).filter(|signal| signal.is_known());
        }
        let upper = word.to_ascii_uppercase();
        match upper.strip_prefix("SIG").unwrap_or(&upper) {
            "POLL" => Some(Self(libc::SIGIO)),
            "CLD" => Some(Self(libc::SIGCHLD)),
            "IOT" => Some(Self(libc::SIGABRT)),
            bare => Self::from_name(&format!("SIG{bare}")).or_else(|| below_the_last(bare)),
        }
    }

    /// Whether it is a signal of this machine that programs can use (`signal(7)`): not a number that is no
    /// signal, and not one that the C library keeps for itself.
    #[must_use]
    pub fn is_known(self) -> bool {
        NAMED.iter().any(|(number, ..)| *number == self.0) || self.is_real_time()
    }

    /// Whether it is a real-time signal, from SIGRTMIN to SIGRTMAX. The kernel queues each one that is sent
    /// with `sigqueue(3)`, up to a limit; it merges standard signals that are pending.
    #[must_use]
    pub fn is_real_time(self) -> bool {
        (libc::SIGRTMIN()..=libc::SIGRTMAX()).contains(&self.0)
    }

    /// Why it cannot be given actions, as a clause that follows a colon; `None` if it can, or if it is no
    /// signal ([`is_known`](Self::is_known)).
    ///
    /// ```
    /// use flagman_action::Signal;
    ///
    /// assert_eq!(Signal::USR1.refusal(), None);
    /// assert_eq!(Signal::KILL.refusal(), Some("no process can catch it"));
    /// ```
    #[must_use]
    pub fn refusal(self) -> Option<&'static str> {
        NAMED.iter().find(|(number, ..)| *number == self.0).and_then(|(.., refusal)| *refusal)
    }

    /// All signals that can be given actions, the lowest number first. They need not all have some.
    pub fn with_actions() -> impl Iterator<Item = Self> {
        (1..=libc::SIGRTMAX()).map(Self).filter(|it| it.is_known() && it.refusal().is_none())
    }

    /// The number on this machine (`signal(7)`).
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }
}

/// The real-time signal with this name. Numbers count from the C library's SIGRTMIN: it keeps the
/// first real-time signals of the kernel for itself.
fn real_time(name: &str) -> Option<Signal> {
    let above = match name.strip_prefix("SIGRTMIN")? {
        "" => 0,
        above => distance(above.strip_prefix('+')?)?,
    };
    let number = libc::SIGRTMIN() + i32::from(above);
    (number <= libc::SIGRTMAX()).then_some(Signal(number))
}

/// The real-time signal that `RTMAX` or `RTMAX-n` names.
fn below_the_last(bare: &str) -> Option<Signal> {
    let below = match bare.strip_prefix("RTMAX")? {
        "" => 0,
        below => distance(below.strip_prefix('-')?)?,
    };
    let number = libc::SIGRTMAX() - i32::from(below);
    (number >= libc::SIGRTMIN()).then_some(Signal(number))
}

/// Digits only: the standard library also takes a sign.
fn distance(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, first) = (self.0, libc::SIGRTMIN());
        if let Some((_, name, _)) = NAMED.iter().find(|(named, ..)| *named == number) {
            formatter.write_str(name)
        } else if number == first {
            formatter.write_str("SIGRTMIN")
        } else if number > first && number <= libc::SIGRTMAX() {
            write!(formatter, "SIGRTMIN+{}", number - first)
        } else {
            write!(formatter, "signal {number}")
        }
    }
}

impl From<Signal> for String {
    fn from(signal: Signal) -> Self {
        signal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn a_signal_is_shown_by_its_name() {
        assert_eq!(Signal::USR1.to_string(), "SIGUSR1");
        assert_eq!(Signal::from_number(libc::SIGRTMIN()).to_string(), "SIGRTMIN");
        assert_eq!(Signal::from_number(libc::SIGRTMIN() + 3).to_string(), "SIGRTMIN+3");
        assert_eq!(Signal::from_number(99).to_string(), "signal 99");
    }

    #[test]
    fn a_signal_is_found_by_the_name_that_it_is_shown_by() {
        let all = (1..=31).chain(libc::SIGRTMIN()..=libc::SIGRTMAX());
        for signal in all.map(Signal::from_number) {
            assert_eq!(Signal::from_name(&signal.to_string()), Some(signal));
        }
        for name in ["", "USR1", "SIGFOO", "SIGRTMIN+", "SIGRTMIN+31", "SIGRTMIN3", "signal 99"] {
            assert_eq!(Signal::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_signal_is_found_in_every_form_that_people_use() {
        for (words, number) in [
            (&["usr1", "USR1", "SIGUSR1", "sigusr1", "SigUsr1", "10"][..], libc::SIGUSR1),
            (&["io", "POLL", "sigpoll"], libc::SIGIO),
            (&["chld", "SIGCLD"], libc::SIGCHLD),
            (&["abrt", "iot", "SIGIOT"], libc::SIGABRT),
            (&["rtmin", "SIGRTMIN", "RTMIN+0", "rtmax-30"], libc::SIGRTMIN()),
            (&["RTMIN+3", "sigrtmin+3", "SIGRTMAX-27"], libc::SIGRTMIN() + 3),
            (&["RTMAX", "rtmin+30", "64"], libc::SIGRTMAX()),
        ] {
            for word in words {
                assert_eq!(Signal::parse(word), Some(Signal(number)), "{word}");
            }
        }
        for word in
            ["", "sig", "foo", "0", "32", "33", "65", "-1", "+1", "1.0", "rtmin-1", "rtmin+31"]
        {
            assert_eq!(Signal::parse(word), None, "{word}");
        }
        for word in ["rtmax+1", "rtmax-31", "rtmin+", "rtmin+ 1", "sigsigusr1", " usr1", "rtmin3"] {
            assert_eq!(Signal::parse(word), None, "{word}");
        }
    }

    #[test]
    fn a_real_time_signal_has_one_sign_and_only_digits_after_it() {
        for word in ["RTMIN++3", "RTMIN+-3", "RTMAX-+3", "RTMAX--3", "RTMIN+256", "RTMAX-0x1"] {
            assert_eq!(Signal::parse(word), None, "{word}");
            assert_eq!(Signal::from_name(&format!("SIG{word}")), None, "{word}");
        }
    }

    #[test]
    fn every_signal_is_found_by_its_own_name_and_number() {
        for signal in (1..=libc::SIGRTMAX()).map(Signal).filter(|signal| signal.is_known()) {
            let name = signal.to_string();
            assert_eq!(Signal::from_name(&name), Some(signal));
            for word in [&name, &name.to_lowercase(), &name[3..], &signal.number().to_string()] {
                assert_eq!(Signal::parse(word), Some(signal), "{word}");
            }
        }
    }

    #[test]
    fn what_cannot_be_given_actions_is_refused_with_a_reason_that_completes_a_sentence() {
        let told = |word: &str| {
            let signal = Signal::parse(word).expect("it is a signal");
            let why = signal.refusal().expect("it is refused");
            format!("`--on {word}`: {signal} cannot be given actions: {why}")
        };
        let never = "no process can catch it";
        let fault = "it reports a fault in flagman itself";
        let child = "flagman itself uses it to wait for the programs that it starts";
        let pipe = "it reports that nobody reads what flagman writes";
        for (words, why) in [
            ("KILL STOP", never),
            ("SEGV BUS FPE ILL TRAP SYS ABRT", fault),
            ("CHLD", child),
            ("PIPE", pipe),
        ] {
            for word in words.split(' ') {
                let expected = format!("`--on {word}`: SIG{word} cannot be given actions: {why}");
                assert_eq!(told(word), expected);
            }
        }
    }

    #[test]
    fn what_can_be_given_actions_is_what_the_manual_says() {
        let all: Vec<String> = Signal::with_actions().map(|signal| signal.to_string()).collect();
        let named = "HUP INT QUIT USR1 USR2 ALRM TERM STKFLT CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF \
                     WINCH IO PWR";
        let named: Vec<String> = named.split(' ').map(|bare| format!("SIG{bare}")).collect();
        assert_eq!(all[..named.len()], named);
        assert_eq!(all.len(), named.len() + 31);
        assert_eq!((&*all[named.len()], &*all[all.len() - 1]), ("SIGRTMIN", "SIGRTMIN+30"));
    }
}
