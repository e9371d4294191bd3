//! The completions, in the shells that they are for: bash with readline, fish, and zsh in a terminal.
//! A shell that is missing is a failure: `scripts/install-test-servers` installs them.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::harness::{Folder, Program};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shell {
    Bash,
    Fish,
    Zsh,
}

/// Completes lines in a folder that has `flagman` first in its `PATH`, a folder `acts two` of action
/// programs and a file `a file`.
struct Desk(Folder);

impl Desk {
    fn new() -> Self {
        let desk = Self(Folder::with(&[]));
        for folder in ["bin", "acts two"] {
            fs::create_dir(desk.path(folder)).expect("a folder can be made");
        }
        fs::write(desk.path("a file"), "").expect("a file can be written");
        symlink(Program::Flagman.path(), desk.path("bin/flagman")).expect("a link can be made");
        desk.declares("odd", ODD);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Adds an action program that declares this.
    fn declares(&self, name: &str, described: &str) {
        let script = format!("cat <<'EOF'\n{described}\nEOF");
        flagman_test::install_script(&script, &self.path("acts two"), name);
    }

    /// What the shell offers for the last word of `line`, with what it says of each.
    fn offers(&self, shell: Shell, line: &str) -> Vec<(String, String)> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let completions = |file: &str| repository.join("completions").join(file);
        let (words, script, completion) = match shell {
            Shell::Bash => (["bash", "--norc"], "capture.bash", completions("flagman.bash")),
            Shell::Fish => (["fish", "--no-config"], "capture.fish", completions("flagman.fish")),
            Shell::Zsh => (["zsh", "-f"], "capture.zsh", completions("")),
        };
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/completions").join(script);
        // A shell that waits for ever ends here, with what it has said.
        let mut command = Command::new("timeout");
        command.arg("60").args(words).arg(script).arg(completion).arg(line);
        command
            .current_dir(self.0.path())
            .env_remove("FLAGMAN_ACTION_PATH")
            .env("HOME", self.0.path());
        let path = env::var("PATH").expect("a PATH");
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        let output = command.output().expect("timeout(1) starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shell:?}: {}: {said}", output.status);
        let text = String::from_utf8(output.stdout).expect("text");
        let offer = |line: &str| {
            let (offered, described) = line.split_once('\t').unwrap_or((line, ""));
            (offered.to_owned(), described.to_owned())
        };
        text.lines().map(offer).collect()
    }

    /// The same without descriptions, sorted, each once; a value alone, without what stands before its
    /// `=`, and a folder without a slash and a name without its `=`, for in this the shells differ.
    fn names(&self, shell: Shell, line: &str) -> BTreeSet<String> {
        let offers = self.offers(shell, line).into_iter().map(|(offered, _)| offered);
        let value = |offered: String| {
            let offered = offered.trim_end_matches(['/', '=']);
            offered.rsplit('=').next().unwrap_or_default().to_owned()
        };
        offers.map(value).collect()
    }
}

const ODD: &str = r#"{"protocol":1,
    "description":"Has $(touch ran) and `touch ran` in its text, and (a word: in brackets) so that it is long enough for two lines; 'quoted \"too",
    "arguments":[
        {"name":"on","type":"bool"},
        {"name":"a_name_that_is_long_enough_for_another_line","type":"str"},
        {"name":"log","type":"path","optional":true}]}"#;

/// Lines, and all that is offered for the last word of each.
const LINES: [(&str, &[&str]); 48] = [
    ("flagman --us", &["--usr1", "--usr2"]),
    ("flagman --overlap ", &["ignore", "rerun"]),
    ("flagman --overlap=re", &["rerun"]),
    ("flagman -v --log-format ", &["json", "journal", "text"]),
    ("flagman --action-dir a", &["acts two"]),
    ("flagman --pid-file a", &["a file", "acts two"]),
    ("flagman --pid-file=a", &["a file", "acts two"]),
    ("flagman --usr1 pr", &["print", "print_once"]),
    ("flagman --usr1=pr", &["print", "print_once"]),
    // Programs are found where the line says.
    ("flagman --action-dir 'acts two' --hup od", &["odd"]),
    ("flagman --action-dir ~/acts\\ two --usr2 od", &["odd"]),
    ("flagman '--action-dir=acts two' --usr2 od", &["odd"]),
    // As many words are the action's as it declares, whatever they look like.
    ("flagman --usr1 print --overlap --gr", &["--grace"]),
    ("flagman --usr1 delay_print --usr2 pr", &["print", "print_once"]),
    ("flagman --usr1='exec a --usr2' --gr", &["--grace"]),
    ("flagman --action-dir 'acts two' --usr1 odd ", &["false", "true"]),
    ("flagman --action-dir 'acts two' --usr1 odd true x a", &["a file", "acts two"]),
    ("flagman --action-dir 'acts two' --usr1 odd true x --gr", &["--grace"]),
    ("flagman --action-dir 'acts two' --usr1 odd true x y --gr", &["--grace"]),
    // The words of `exec` are a command and files, up to a signal option or a `;`.
    ("flagman --usr1 exec setsi", &["setsid"]),
    ("flagman --usr1 exec ls -l a", &["a file", "acts two"]),
    ("flagman --usr1 exec ls --u", &["--usr1", "--usr2"]),
    ("flagman --usr1 exec ls --grace --hup pr", &["print", "print_once"]),
    ("flagman --usr1 exec ls \\; --overlap r", &["rerun"]),
    // A signal after --on, in the case of what is typed.
    ("flagman --on W", &["WINCH"]),
    ("flagman --on SIGUS", &["SIGUSR1", "SIGUSR2"]),
    ("flagman --on wi", &["winch"]),
    ("flagman --on sigpw", &["sigpwr"]),
    ("flagman --on RTMIN+3", &["RTMIN+3", "RTMIN+30"]),
    ("flagman --on WINCH pr", &["print", "print_once"]),
    ("flagman --on WINCH=pr", &["print", "print_once"]),
    ("flagman --on WINCH print x --gr", &["--grace"]),
    ("flagman --on 'WINCH=print x' --gr", &["--grace"]),
    ("flagman --usr1 exec ls --on TT", &["TTIN", "TTOU"]),
    ("flagman --usr1 exec ls --o", &["--on"]),
    // Policies before an action's name.
    ("flagman --usr1 ret", &["retries", "retry-delay"]),
    ("flagman --on TERM retries=3 on-fail", &["on-failure"]),
    ("flagman --usr1 on-failure=", &["continue", "exit", "stop"]),
    ("flagman --usr1 on-failure=s", &["stop"]),
    ("flagman --usr1 timeout=n", &["none"]),
    ("flagman --usr1 retries=3 on-failure=stop pr", &["print", "print_once"]),
    ("flagman --usr1 retries=3 print --overlap --gr", &["--grace"]),
    // What holds for one signal.
    ("flagman --overlap us", &["usr1", "usr2"]),
    ("flagman --overlap usr1=", &["ignore", "rerun"]),
    ("flagman --overlap=rtmin+1=e", &["each"]),
    ("flagman --quiet-period HU", &["HUP"]),
    ("flagman --config=a", &["a file", "acts two"]),
    // An action that nobody knows may want anything.
    ("flagman --usr1 nosuch x a", &["a file", "acts two"]),
];

fn completes_all_lines(shell: Shell) {
    let desk = Desk::new();
    for (line, expected) in LINES {
        let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(desk.names(shell, line), expected, "{shell:?}: {line}");
    }
    let ran: Vec<_> =
        ["ran", "acts two/ran"].into_iter().filter(|ran| desk.path(ran).exists()).collect();
    assert!(ran.is_empty(), "a description was run as a command: {ran:?}");
}

#[test]
fn bash_completes_options_values_actions_and_their_words() {
    completes_all_lines(Shell::Bash);
}

#[test]
fn fish_completes_options_values_actions_and_their_words() {
    completes_all_lines(Shell::Fish);
}

#[test]
fn zsh_completes_options_values_actions_and_their_words() {
    completes_all_lines(Shell::Zsh);
}

#[test]
fn zsh_and_fish_say_what_an_action_and_an_option_do() {
    let desk = Desk::new();
    let cases = [
        ("flagman --usr1 print_o", "An action that prints a message once, and then closes."),
        ("flagman --gr", "how long a shutdown may take before flagman is forced out"),
        ("flagman --action-dir 'acts two' --usr1 od", "Has $(touch ran) and `touch ran`"),
    ];
    for shell in [Shell::Zsh, Shell::Fish] {
        for (line, text) in cases {
            let offers = desk.offers(shell, line);
            assert!(
                offers.len() == 1 && offers[0].1.contains(text),
                "{shell:?}: {line}: {offers:?}"
            );
        }
    }
}

#[test]
fn a_program_that_does_not_describe_itself_hides_no_other_action() {
    let desk = Desk::new();
    desk.declares("nonsense", "(not: json)");
    flagman_test::install_script("exec sleep infinity", &desk.path("acts two"), "silent");
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let line = "flagman --action-dir 'acts two' --usr1 ";
        let names = desk.names(shell, line);
        for (name, is_offered) in
            [("odd", true), ("print", true), ("nonsense", false), ("silent", false)]
        {
            assert_eq!(names.contains(name), is_offered, "{shell:?}: {name}: {names:?}");
        }
    }
}
