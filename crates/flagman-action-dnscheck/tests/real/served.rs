//! The same action as a program of its own, told over its socket what flagman would tell it.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::Command;

use flagman_action::Signal;
use flagman_action::process::{Child, Mask, Spec, spawn};
use flagman_test::LIMIT;

use super::harness::{KEY, Setting};

const PROGRAM: &str = env!("CARGO_BIN_EXE_flagman-action-dnscheck");

/// The running program; it is killed when the test has done with it.
struct Served {
    child: Child,
    socket: BufReader<UnixStream>,
}

impl Served {
    /// Starts the program as flagman does, with the setting's API in its environment.
    fn start(setting: &Setting) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        ours.set_read_timeout(Some(LIMIT)).expect("it can be limited");
        let mut spec = Spec::new(PROGRAM.into(), ["serve"]);
        spec.channel = Some(theirs.as_fd());
        spec.mask = Mask::Held;
        spec.environment = vec![
            ("PDNS_API_URL".into(), setting.gateway.url.clone().into()),
            ("PDNS_API_KEY_FILE".into(), setting.key_file().into()),
        ];
        let child = spawn(&spec).expect("it starts");
        let mut served = Self { child, socket: BufReader::new(ours) };
        served.tell(r#"{"hello":{"protocol":1,"flagman":"0.1.0"}}"#, "hello");
        served
    }

    /// Says `line`, and gives what the program says up to and with the answer named `answer`.
    fn tell(&mut self, line: &str, answer: &str) -> Vec<String> {
        writeln!(self.socket.get_mut(), "{line}").expect("it listens");
        let mut said: Vec<String> = Vec::new();
        while !said.last().is_some_and(|last| last.contains(&format!(r#"{{"{answer}":"#))) {
            let mut line = String::new();
            let length = self.socket.read_line(&mut line).expect("it says something");
            assert!(length > 0, "no {answer}, but {said:#?}");
            said.push(line.trim_end().to_owned());
        }
        said
    }

    fn run(&mut self, id: u64, answer: &str) -> Vec<String> {
        let run = format!(r#"{{"run":{{"id":{id},"signal":"SIGUSR1","count":1,"sender":null}}}}"#);
        self.tell(&run, answer)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.signal_group(Signal::KILL);
    }
}

#[test]
fn the_program_does_what_the_action_does_that_is_built_in() {
    let setting = Setting::start();
    let mut served = Served::start(&setting);
    let master = setting.master.port;
    let words = format!(r#"["127.0.0.1:{master}","example.test","example.test"]"#);
    served.tell(&format!(r#"{{"set_up":{{"arguments":{words}}}}}"#), "ready");
    served.run(1, "done");
    setting.set_target("A", &["192.0.2.2"]);
    setting.set_key("another key");
    let said = served.run(2, "failed");
    assert!(said.iter().any(|line| line.contains("401 Unauthorized")), "{said:#?}");
    setting.set_key(KEY);
    let said = served.run(3, "done");
    let change = "example.test A has changed from 192.0.2.1 to 192.0.2.2";
    let info = format!(r#"{{"log":{{"level":"info","message":"{change}"}}}}"#);
    assert!(said.contains(&info), "{said:#?}");
    setting.wait_for_notify();
    served.run(4, "done");
    served.tell(r#"{"tear_down":{}}"#, "gone");
    assert_eq!(setting.gateway.answered(), ["HTTP/1.1 401 Unauthorized", "HTTP/1.1 200 OK"]);
}

#[test]
fn the_program_describes_the_arguments_of_the_action() {
    let output = Command::new(PROGRAM).arg("describe").output().expect("it can be called");
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    let last = r#"{"name":"name","type":"str","repeated":true}]}"#;
    assert!(said.trim_end().ends_with(last), "{said}");
}

#[test]
fn a_set_up_that_fails_is_told_with_its_reason() {
    let setting = Setting::start();
    let mut served = Served::start(&setting);
    let master = setting.master.port;
    let words = format!(r#"["127.0.0.1:{master}","other.test","other.test"]"#);
    let said = served.tell(&format!(r#"{{"set_up":{{"arguments":{words}}}}}"#), "failed");
    assert!(said[0].contains("does not serve the zone other.test"), "{said:#?}");
}
