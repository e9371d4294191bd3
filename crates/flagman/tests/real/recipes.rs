//! What README.md tells its readers to do. The commands are taken from the page itself and run by real
//! programs. Only the addresses and directories are replaced.

mod place;

use std::fs;
use std::path::Path;

use flagman_test::blocks;
use nix::sys::signal::Signal::{SIGHUP, SIGUSR1};
use nix::sys::signal::kill;

use super::harness::{Flagman, Program, as_process_1, child_of, prefixed};
use place::Place;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const PAGE: &str = "README.md";

/// A line without what differs from run to run: process ids, senders and times.
fn timeless(line: &str) -> String {
    let mut line = line.to_owned();
    if let Some((head, _)) = line.split_once("PID: ") {
        line = format!("{head}PID: N");
    }
    if let Some((head, sender)) = line.split_once(" from pid ") {
        let (_, tail) = sender.split_once(')').expect("a sender ends with a parenthesis");
        line = format!("{head} from a sender{tail}");
    }
    for word in ["done in ", "failed after "] {
        if let Some((head, _)) = line.split_once(word) {
            line = format!("{head}{word}its time");
        }
    }
    line
}

/// Does what the sessions of the page's first screen show, and compares what is printed.
fn perform(place: &Place, session: &str, flagman: &mut Option<Flagman>) {
    let mut lines = session.lines().peekable();
    while let Some(command) = lines.next() {
        let command = command.strip_prefix("$ ").expect("a command");
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            shown.push(line);
        }
        if let Some(file) = command.strip_prefix("cat ") {
            place.write(file, &(shown.join("\n") + "\n"), 0o755);
            continue;
        }
        if let Some(words) = command.strip_suffix(" &") {
            let script = format!("exec {words} 2>&1");
            *flagman = Some(Flagman::start(place.shell(prefixed(&["sh"]), &script)));
        } else {
            let pid = flagman.as_ref().expect("flagman runs").pid().to_string();
            place.run(&command.replace("49220", &pid));
        }
        let printed = &flagman.as_ref().expect("flagman runs").stdout;
        for line in shown {
            let next = printed.next().expect("flagman prints another line");
            assert_eq!(timeless(&next), timeless(line), "after `{command}`");
        }
    }
}

#[test]
fn the_first_screen_of_the_readme_happens_as_it_is_shown() {
    let place = Place::with(&[(200, "configuration loaded"), (500, "no configuration")]);
    let mut flagman = None;
    for session in blocks(PAGE, "flagman") {
        perform(&place, &session, &mut flagman);
    }
    let requests = [place.server.next(), place.server.next()];
    assert_eq!(requests, ["POST /reload", "POST /reload"]);
    flagman.expect("flagman was started").end();
}

#[test]
fn the_recording_of_that_session_shows_what_is_printed() {
    let script = Path::new(ROOT).join("scripts/record");
    let mut record = prefixed(&["python3"]);
    let output = record.arg(script).arg("--check").arg(Program::Flagman.path()).output();
    let output = output.expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn logrotate_has_the_server_open_its_logs_again() {
    let place = Place::with(&[(200, "")]);
    let [start, rotation] = &blocks(PAGE, "Log rotation")[..] else { panic!("two blocks") };
    let flagman = place.start(start);
    place.write("/var/log/web/access.log", "a line\n", 0o644);
    place.write("/run/logrotate.conf", rotation, 0o644);
    place.run("logrotate --force --state /run/logrotate.state /run/logrotate.conf");
    assert_eq!(place.server.next(), "POST /reopen-logs");
    assert!(place.path("/var/log/web/access.log.1").is_file());
    let log = flagman.end();
    assert!(!log.iter().any(|line| line.starts_with("ERROR")), "{log:#?}");
}

#[test]
fn docker_kill_reloads_by_a_flagman_that_is_process_1_of_a_container() {
    let place = Place::with(&[(200, "configuration loaded")]);
    let [run, signal] = &blocks(PAGE, "Reload on `docker kill`")[..] else { panic!("two blocks") };
    let (_, flagman) = run.split_once(" IMAGE \\\n").expect("an image");
    assert!(signal.starts_with("docker kill --signal HUP web-reload\n"), "{signal}");
    let mut container = as_process_1();
    container.arg("sh");
    let flagman = Flagman::start(place.shell(container, &format!("exec {flagman}")));
    flagman.stderr.find("ready");
    let init = child_of(flagman.pid());
    // What the container runtime does: from another pid namespace.
    kill(init, SIGHUP).expect("process 1 lives");
    assert_eq!(place.server.next(), "POST /reload");
    flagman.stdout.find("configuration loaded");
    flagman.stderr.find("exec done in");
}

#[test]
fn a_reload_that_fails_is_tried_again_and_flagman_signs_off() {
    let place = Place::with(&[(500, "not yet"), (200, ""), (200, ""), (200, "")]);
    let [start] = &blocks(PAGE, "A reload that is tried again")[..] else { panic!("a block") };
    let flagman = place.start(start);
    flagman.signal(SIGHUP);
    for request in ["POST /reload", "POST /reload", "POST /announce"] {
        assert_eq!(place.server.next(), request);
    }
    let line = flagman.stderr.find("SIGHUP: 1 arrival");
    assert!(line.contains(" in 2 tries, "), "{line}");
    flagman.end();
    assert_eq!(place.server.next(), "POST /sign-off");
}

#[test]
fn the_configuration_file_of_the_page_is_served_and_read_again() {
    let place = Place::with(&[(200, ""), (200, "")]);
    let [file, start] = &blocks(PAGE, "A configuration file")[..] else { panic!("two blocks") };
    place.write("/run/web.toml", file, 0o644);
    let flagman = place.start(start);
    flagman.signal(SIGHUP);
    assert_eq!(place.server.next(), "POST /reload");
    place.write("/run/web.toml", &file.replace("/reload", "/again"), 0o644);
    flagman.signal(SIGUSR1);
    flagman.stderr.find("reloaded: 1 kept, 0 of them changed; 1 added, 1 removed");
    flagman.signal(SIGHUP);
    assert_eq!(place.server.next(), "POST /again");
    flagman.end();
}

/// A certificate that is valid for this many days, and its key, in certbot's place.
fn renew(place: &Place, days: i32) {
    let live = place.path("/etc/letsencrypt/live/example.org");
    fs::create_dir_all(&live).expect("a directory can be made");
    let mut openssl = prefixed(&["openssl", "req", "-x509", "-newkey", "ec", "-nodes"]);
    openssl.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=example.org"]);
    openssl.args(["-keyout", "privkey.pem", "-out", "fullchain.pem", "-days", &days.to_string()]);
    let output = openssl.current_dir(&live).output().expect("openssl starts");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_renewed_certificate_is_put_to_use_and_one_that_ends_soon_changes_nothing() {
    let place = Place::with(&[(200, ""), (200, "")]);
    let [script, start, certbot] = &blocks(PAGE, "Certificate renewal")[..] else {
        panic!("three blocks")
    };
    fs::create_dir_all(place.path("/usr/local/bin")).expect("a directory can be made");
    place.write("/usr/local/bin/use-certificate", script, 0o755);
    let flagman = place.start(start);
    let (_, hook) = certbot.split_once("--deploy-hook '").expect("a hook");
    let hook = hook.trim_end().trim_end_matches('\'');
    renew(&place, 30);
    place.run(hook);
    assert_eq!(place.server.next(), "POST /reload");
    let joined = || fs::read_to_string(place.path("/etc/haproxy/example.org.pem")).expect("a file");
    let first = joined();
    assert!(first.contains("BEGIN CERTIFICATE") && first.contains("PRIVATE KEY"), "{first}");
    renew(&place, 1);
    place.run(hook);
    flagman.stderr.find("use-certificate` exited with status 1");
    assert_eq!(joined(), first);
}

/// The template, with the page's action in place of its own.
fn changed(template: &str, class: &str) -> String {
    let (head, rest) = template.split_once("\nclass Count:").expect("the template's action");
    let (_, tail) = rest.split_once("\nACTION = Count\n").expect("the template's choice");
    let head = head.replacen("import time\n", "import time\nimport urllib.request\n", 1);
    format!("{head}\n{class}\n\nACTION = Changed\n{tail}")
}

#[test]
fn a_cron_job_that_remembers_starts_its_program_only_when_the_page_has_changed() {
    let answers = [(200, "one"), (200, "one"), (500, "broken"), (200, "two"), (200, "two")];
    let place = Place::with(&answers);
    let all = blocks(PAGE, "A cron job that remembers");
    let [copy, class, start, cron] = &all[..] else { panic!("four blocks") };
    place.run(&copy.replace("examples/", &format!("{ROOT}/examples/")));
    let action = "/usr/local/lib/flagman/flagman-action-changed";
    let template = fs::read_to_string(place.path(action)).expect("the template was copied");
    place.write(action, &changed(&template, class), 0o755);
    fs::create_dir_all(place.path("/usr/local/bin")).expect("a directory can be made");
    place.write("/usr/local/bin/import-prices", "#!/bin/sh\necho imported\n", 0o755);
    let flagman = place.start(start);
    let (_, command) = cron.split_once("*  ").expect("a command of cron's");
    for outcome in ["changed done", "changed failed", "changed done", "changed done"] {
        place.run(command);
        flagman.stderr.find(outcome);
    }
    flagman.end();
}
