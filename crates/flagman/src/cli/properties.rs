//! What holds of every command line, whatever its words are. The fuzz targets check these, and tests
//! check them on the fuzzers' corpus and on words that are made up here.
//!
//! A property breaks by a panic.

#![expect(clippy::expect_used, clippy::panic, reason = "so a property breaks")]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use flagman_base::{Arity, Signal};

use super::inert::registry;
use super::mistake::{ActionMistake, Hint};
use super::options::{ends_action, is_option};
use super::policies::PolicyMistake;
use super::quoting::{for_shell, in_one_for_shell, join, split};
use super::read::read_with;
use super::shell::shell;
use super::signal::{OnMistake, bare};
use super::{Mistake, Plan, Planned, Request, bundle_lines};
use crate::discovery::Catalog;

/// A command line, whose words are separated by zero bytes as in `/proc/self/cmdline`: it is
/// understood, and then the same in every form that it is shown and written in; or it is a mistake,
/// and what is advised is none.
pub(crate) fn command_line(bytes: &[u8]) {
    let words = bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec()));
    match read(words) {
        Ok(Request::Start(plan) | Request::Check(plan)) => {
            let meant = meaning(&plan);
            assert_eq!(shown(&plan), meant, "as --check shows it");
            assert_eq!(read_again(&plan, one_word_forms), meant);
            assert_eq!(read_again(&plan, word_forms), meant);
        }
        Ok(Request::Help | Request::Version | Request::List(_)) => {}
        Err(mistake) => {
            assert!(mistake.sentence().chars().count() <= 1001, "{mistake}");
            advice_is_good(&mistake);
        }
    }
}

/// An action in one word: what it is split into is the same when it is quoted and split again, and a
/// shell that is given what flagman shows of it sees the same.
pub(crate) fn one_word(text: &str) {
    let words = split(text).unwrap_or_else(|| vec![text.to_owned()]);
    assert_eq!(split(&join(&words)).as_ref(), Some(&words), "{:?}", join(&words));
    let shown = for_shell(&words);
    assert_eq!(shell(&shown), [words], "{shown:?}");
    let shown = in_one_for_shell(text);
    assert_eq!(shell(&shown), [[text]], "{shown:?}");
}

fn read(words: impl IntoIterator<Item = OsString>) -> Result<Request, Mistake> {
    read_with(words, &registry(), |registry, _| Catalog::without_programs(registry)).request
}

/// For each signal, the options that hold for it alone, and each action as its policies, its name and its
/// words.
type Meaning = Vec<(Signal, Vec<String>, Vec<Vec<String>>)>;

fn meaning(plan: &Plan) -> Meaning {
    let of = |(signal, actions): &(_, Vec<Planned>)| {
        let actions = actions.iter().map(Planned::all_words).collect();
        (*signal, options(plan, *signal), actions)
    };
    plan.bundles.iter().map(of).collect()
}

fn options(plan: &Plan, signal: Signal) -> Vec<String> {
    let word = |(name, value)| [format!("--{name}"), format!("{}={value}", bare(signal))];
    plan.own_settings(signal).into_iter().flat_map(word).collect()
}

type Form = fn(&(Signal, Vec<Planned>)) -> Vec<String>;

fn read_again(plan: &Plan, form: Form) -> Meaning {
    let options = plan.bundles.iter().flat_map(|(signal, _)| options(plan, *signal));
    let words: Vec<OsString> =
        options.chain(plan.bundles.iter().flat_map(form)).map(OsString::from).collect();
    match read(words.clone()) {
        Ok(Request::Start(plan)) => meaning(&plan),
        other => panic!("{words:?} is not understood again: {other:?}"),
    }
}

/// The option for `signal`, in one or two words.
fn option(signal: Signal) -> Vec<String> {
    match signal {
        Signal::HUP | Signal::USR1 | Signal::USR2 => {
            vec![format!("--{}", bare(signal).to_ascii_lowercase())]
        }
        other => vec!["--on".to_owned(), bare(other)],
    }
}

fn in_one_word(signal: Signal, planned: &Planned) -> Vec<String> {
    let mut option = option(signal);
    let last = option.pop().expect("an option");
    option.push(format!("{last}={}", join(&planned.all_words())));
    option
}

fn one_word_forms((signal, actions): &(Signal, Vec<Planned>)) -> Vec<String> {
    actions.iter().flat_map(|planned| in_one_word(*signal, planned)).collect()
}

/// Words of their own for those actions that can be written so, which a `;` ends.
fn word_forms((signal, actions): &(Signal, Vec<Planned>)) -> Vec<String> {
    let form = |planned: &Planned| {
        if can_be_words(planned) {
            [option(*signal), planned.all_words(), vec![";".to_owned()]].concat()
        } else {
            in_one_word(*signal, planned)
        }
    };
    actions.iter().flat_map(form).collect()
}

fn can_be_words(planned: &Planned) -> bool {
    let optional = planned.known.declared.last().map(|last| last.arity) == Some(Arity::Optional);
    !planned.words.iter().any(|word| ends_action(word) || optional && is_option(word))
}

/// The lines of `--check` as a shell reads them.
fn shown(plan: &Plan) -> Meaning {
    let lines = bundle_lines(plan);
    lines.lines().zip(&plan.bundles).map(|(line, (signal, _))| shown_line(*signal, line)).collect()
}

fn shown_line(signal: Signal, line: &str) -> (Signal, Vec<String>, Vec<Vec<String>>) {
    let rest = line.strip_prefix(&signal.to_string()).expect("a line begins with its signal");
    let (options, actions) = match rest.strip_prefix(" (") {
        Some(rest) => rest.split_once("): ").expect("an end of the options"),
        None => ("", rest.strip_prefix(": ").expect("a colon")),
    };
    let options = shell(options).into_iter().flatten().collect();
    (signal, options, shell(actions))
}

/// A command line that is advised is complete and nobody else's; only what its words should be can
/// still be wrong, and the value of an option. Where just its form is advised, it is of that form.
fn advice_is_good(mistake: &Mistake) {
    let (advice, is_form) = match mistake {
        Mistake::Action(ActionMistake::Swallowed(swallowed)) => match &swallowed.form {
            Some(form) => (form, false),
            None => return,
        },
        Mistake::Action(
            ActionMistake::LeftOver { form: Some(form), .. }
            | ActionMistake::TooFew { form, .. }
            | ActionMistake::UnknownAction { hint: Hint::Program { form, .. }, .. },
        ) => (form, false),
        Mistake::Action(ActionMistake::UnknownAction { hint: Hint::OneWord(form), .. }) => {
            (form, true)
        }
        Mistake::Action(ActionMistake::Policy(PolicyMistake::Wrong {
            form: Some(form), ..
        }))
        | Mistake::On {
            mistake: OnMistake::Spaced { form, .. } | OnMistake::Joined { form },
            ..
        } => return is_taken_for_an_action(form),
        _ => return,
    };
    let words = shell(advice);
    assert_eq!(words.len(), 1, "{advice:?} is one command line");
    match read(words.into_iter().flatten().map(OsString::from)) {
        // An option that was taken for an argument may ask for anything.
        Ok(_) | Err(Mistake::Action(ActionMistake::Refused { .. }) | Mistake::Setting { .. }) => {}
        Err(Mistake::Action(ActionMistake::TooFew { .. } | ActionMistake::LeftOver { .. }))
            if is_form => {}
        other => panic!("{advice:?} is advised, and is not understood: {other:?}"),
    }
}

/// A form that is advised for its `=` and its quotes: these are understood, whatever is wrong with the
/// action and the words after it.
fn is_taken_for_an_action(advice: &str) {
    let again = read(shell(advice).into_iter().flatten().map(OsString::from));
    if let Err(mistake @ (Mistake::On { .. } | Mistake::NoActions | Mistake::Misplaced { .. })) =
        again
    {
        panic!("{advice:?} is advised, and is not understood: {mistake}");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::super::dice::Dice;
    use super::super::quoting::for_shell;
    use super::{command_line, one_word};

    const TOKENS: [&str; 56] = [
        "--on",
        "--on=",
        "WINCH",
        "WINCH=",
        "rtmin+1",
        "kill",
        "term",
        "usr1=",
        "each",
        "--quiet-period",
        "--quiet-period=",
        "retries=2",
        "on-failure=stop",
        "timeout=",
        "--usr1",
        "--usr1=",
        "--hup",
        "--usr2=",
        "print",
        "delay_print",
        "print_once",
        "many",
        "perhaps",
        "numbers",
        "prnt",
        ";",
        "--",
        "-",
        "-v",
        "-vv",
        "-x",
        "-qvh",
        "--grace",
        "--grace=1",
        "--check",
        "--overlap",
        "rerun",
        "true",
        "--timeout",
        "--nosuch=1",
        "1",
        "256",
        "'",
        "\"",
        "\\",
        " ",
        "#",
        "$",
        "!",
        "\n",
        "\u{1b}",
        "\u{85}",
        "\u{e000}",
        "\u{e9}",
        "a",
        "`",
    ];

    /// Up to eight words, most of them one token, some a few that are joined.
    fn words(dice: &mut Dice) -> Vec<String> {
        let word = |dice: &mut Dice| {
            let tokens = [1, 1, 1, 2, 3, 6][dice.below(6)];
            (0..tokens).map(|_| TOKENS[dice.below(TOKENS.len())]).collect()
        };
        (0..=dice.below(7)).map(|_| word(dice)).collect()
    }

    const POLICIES: [&str; 8] = [
        "retries=3",
        "retry-delay=.5",
        "give-up=0",
        "on-failure=exit",
        "name=a 'b'",
        "name=é",
        "timeout=none",
        "timeout=1.50",
    ];
    const OPENINGS: [&[&str]; 6] = [
        &["--usr1"],
        &["--hup"],
        &["--on", "term"],
        &["--on", "RTMIN+3"],
        &["--overlap", "hup=rerun", "--hup"],
        &["--quiet-period", "0.5", "--overlap=rtmin+3=ignore", "--on", "winch"],
    ];
    const ACTIONS: [&[&str]; 5] =
        [&["print"], &["many", "a"], &["perhaps"], &["numbers", "1"], &["exec", "true"]];

    /// Words that are likely to be understood.
    fn likely_words(dice: &mut Dice) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..=dice.below(2) {
            all.extend(OPENINGS[dice.below(OPENINGS.len())].iter().map(ToString::to_string));
            for _ in 0..dice.below(3) {
                all.push(POLICIES[dice.below(POLICIES.len())].to_owned());
            }
            all.extend(ACTIONS[dice.below(ACTIONS.len())].iter().map(ToString::to_string));
            all.extend(words(dice).into_iter().take(dice.below(3)));
        }
        all
    }

    #[test]
    fn a_command_line_means_the_same_in_every_form_and_advice_is_good() {
        let mut dice = Dice::new(1);
        for _ in 0..15_000 {
            command_line(words(&mut dice).join("\0").as_bytes());
            command_line(likely_words(&mut dice).join("\0").as_bytes());
        }
    }

    #[test]
    fn what_is_quoted_is_split_into_the_same_words() {
        let mut dice = Dice::new(2);
        for _ in 0..20_000 {
            one_word(&words(&mut dice).concat());
        }
    }

    #[test]
    fn a_shell_reads_the_words_that_it_is_shown() {
        let mut dice = Dice::new(3);
        for _ in 0..50 {
            let words = words(&mut dice);
            let script = format!("printf '%s\\0' {}", for_shell(&words));
            let output =
                Command::new("bash").arg("-c").arg(&script).output().expect("bash is there");
            let expected = words.join("\0") + "\0";
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{script:?}");
        }
    }

    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let files = folder.read_dir().expect("the corpus is there");
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn what_the_fuzzers_have_found_holds() {
        for bytes in corpus("command_line") {
            command_line(&bytes);
        }
        for bytes in corpus("one_word") {
            one_word(&String::from_utf8_lossy(&bytes));
        }
    }
}
