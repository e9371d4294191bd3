//! The JSON schema of the configuration file, as a validator of somebody else's sees it: it takes what flagman
//! takes, and refuses what flagman refuses without knowing the actions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flagman_test::blocks;
use tempfile::TempDir;

use super::harness::Program;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const ACTION: &str = "[[action]]\non = 'hup'\nrun = ['print', 'x']\n";

/// Files with what comes above an action.
const GOOD: &[&str] = &[
    "",
    "overlap = 'rerun'\nquiet-period = 0\ntimeout = 0.5\ngrace = 31536000\n",
    "successful-empty = true\nnotify-reload = true\nno-systemd = false\nlog-time = true\n",
    "action-dir = '/nonexistent'\npid-file = '/run/f.pid'\nlog-format = 'json'\n",
    "action-dir = ['/nonexistent', 'b']\nquiet = true\nerrors-only = true\nverbose = 2\n",
    "verbose = true\n[signal.usr1]\noverlap = 'ignore'\nquiet-period = 1.5\n",
    "[signal.SIGhup]\noverlap = 'rerun'\n[signal.poll]\n[signal.12]\n[signal.term]\n",
    "[signal.rtmin]\noverlap = 'each'\n[signal.'RTMAX-3']\noverlap = 'rerun'\nquiet-period = 1\n",
    "[[action]]\non = ['SIGUSR1', 'rtmin+30', '2', 'TERM']\nrun = ['exec', 'true', '', '--hup']\n\
     timeout = 'none'\nretries = 100\nretry-delay = 60\ngive-up = 0\non-failure = 'exit'\nname = 'ä b'\n",
    "[[action]]\non = 'winch'\nrun = ['exec', 'true']\ntimeout = 1\n",
];

/// The same, each with one mistake.
const BAD: &[&str] = &[
    "gracee = 1\n",
    "check = true\n",
    "config = 'x'\n",
    "on = 'hup'\n",
    "hup = ['print', 'x']\n",
    "retries = 1\n",
    "overlap = 'each'\n",
    "overlap = 'usr1=rerun'\n",
    "overlap = true\n",
    "quiet-period = -1\n",
    "quiet-period = '1'\n",
    "timeout = 0\n",
    "timeout = 'none'\n",
    "grace = 31536001\n",
    "grace = '10'\n",
    "action-dir = ''\n",
    "action-dir = [1]\n",
    "pid-file = ''\n",
    "pid-file = \"a\\u0000\"\n",
    "log-format = 'xml'\n",
    "log-time = 1\n",
    "no-systemd = 'true'\n",
    "verbose = 3\n",
    "verbose = 1.5\n",
    "signal = 'usr1'\n",
    "[signal]\nusr1 = 'rerun'\n",
    "[signal.usr3]\n",
    "[signal.kill]\n",
    "[signal.19]\n",
    "[signal.'RTMIN+31']\n",
    "[signal.usr1]\noverlap = 'each'\n",
    "[signal.usr1]\ngrace = 1\n",
    "[signal.usr1]\nquiet-period = '1'\n",
    "[signal.term]\noverlap = 'rerun'\n",
    "[signal.INT]\nquiet-period = 1\n",
    "[signal.rtmin]\noverlap = 'never'\n",
    "[signal.rtmin]\nquiet-period = 1\n",
    "[signal.rtmin]\nquiet-period = 1\noverlap = 'each'\n",
    "[[action]]\nrun = ['print', 'x']\n",
    "[[action]]\non = 'hup'\n",
    "[[action]]\non = []\nrun = ['print', 'x']\n",
    "[[action]]\non = ['hup', 'hup']\nrun = ['print', 'x']\n",
    "[[action]]\non = 'kill'\nrun = ['print', 'x']\n",
    "[[action]]\non = 'SIGUSR'\nrun = ['print', 'x']\n",
    "[[action]]\non = 1\nrun = ['print', 'x']\n",
    "[[action]]\non = 'hup'\nrun = 'print x'\n",
    "[[action]]\non = 'hup'\nrun = []\n",
    "[[action]]\non = 'hup'\nrun = ['']\n",
    "[[action]]\non = 'hup'\nrun = ['print', 1]\n",
    "[[action]]\non = 'hup'\nrun = ['print', \"\\u0000\"]\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\ntimeout = 0\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\ntimeout = 'never'\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\nretries = 101\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\nretries = 0.5\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\nretry-delay = 61\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\ngive-up = -1\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\non-failure = 'stopp'\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\nname = ''\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\nname = \"a\\u007f\"\n",
    "[[action]]\non = 'hup'\nrun = ['exec', 'true']\ngrace = 1\n",
];

/// Whether the validator takes each of the files, and what it says of them.
fn validated(files: &[PathBuf]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/config_schema/validate.py");
    // Debian's, which has the package: another Python may come first in PATH.
    let mut python = Command::new("/usr/bin/python3");
    python.arg(script).arg(Path::new(ROOT).join("schema/flagman.schema.json")).args(files);
    let output = python.output().expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}; run scripts/install-test-servers as root");
    let lines: Vec<String> =
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len());
    lines
}

fn written(folder: &TempDir, texts: &[impl AsRef<str>]) -> Vec<PathBuf> {
    let write = |(number, text): (usize, &_)| {
        let file = folder.path().join(format!("{number}.toml"));
        fs::write(&file, AsRef::<str>::as_ref(text)).expect("a file can be written");
        file
    };
    texts.iter().enumerate().map(write).collect()
}

/// What flagman says of the file.
fn checked(file: &Path) -> (Option<i32>, String) {
    let words =
        ["--errors-only".as_ref(), "--check".as_ref(), "--config".as_ref(), file.as_os_str()];
    let output = Program::Flagman.output(&words);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn whole(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| format!("{text}{ACTION}")).collect()
}

#[test]
fn the_schema_takes_what_flagman_takes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let texts = whole(GOOD);
    let files = written(&folder, &texts);
    for ((text, file), said) in texts.iter().zip(&files).zip(validated(&files)) {
        assert_eq!(said, "good", "{text}");
        assert_eq!(checked(file), (Some(0), String::new()), "{text}");
    }
}

#[test]
fn the_schema_refuses_what_flagman_refuses() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // What comes after a table would belong to it.
    let texts = whole(BAD);
    let files = written(&folder, &texts);
    for ((text, file), said) in texts.iter().zip(&files).zip(validated(&files)) {
        assert!(said.starts_with("bad: "), "{text}");
        let (status, line) = checked(file);
        assert_eq!(status, Some(2), "{text}");
        assert!(line.contains(".toml:"), "{text}: {line}");
    }
}

#[test]
fn the_schema_takes_the_examples_of_the_documentation() {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/configuration.md")).expect("a page");
    let headings = page.lines().filter_map(|line| line.strip_prefix("## Example: "));
    let examples: Vec<String> = headings
        .map(|heading| {
            let all = blocks("docs/configuration.md", &format!("Example: {heading}"));
            all.into_iter().next().expect("an example has a block")
        })
        .collect();
    assert_eq!(examples.len(), 5);
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (text, said) in examples.iter().zip(validated(&written(&folder, &examples))) {
        assert_eq!(said, "good", "{text}");
    }
}
