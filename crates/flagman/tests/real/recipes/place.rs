//! A machine for one recipe: the server that the page has at port 8080, and a directory instead of the
//! root directory. It never touches the directories that the page names.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::{fs, thread};

use flagman_test::LIMIT;
use tempfile::TempDir;

use super::super::harness::{Flagman, Program, prefixed};

/// Where the page has its files. A test has them under a directory of its own.
const DIRECTORIES: [&str; 5] =
    ["/run/", "/var/log/web", "/etc/letsencrypt/", "/etc/haproxy/", "/usr/local/"];

/// The server that the page has at port 8080. It answers each request with the next of its answers.
pub(super) struct Server {
    address: String,
    requests: Receiver<String>,
}

impl Server {
    fn answering(answers: &[(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address").to_string();
        let (sender, requests) = channel();
        let mut answers: VecDeque<_> = answers.to_vec().into();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answers.pop_front().unwrap_or((404, "nothing more"));
                let _ = sender.send(serve(stream, answer));
            }
        });
        Self { address, requests }
    }

    /// The next request, such as `POST /reload`.
    #[track_caller]
    pub(super) fn next(&self) -> String {
        self.requests.recv_timeout(LIMIT).expect("nobody has asked the server")
    }
}

/// Reads a request without a body, and answers it.
fn serve(mut stream: TcpStream, (status, body): (u16, &str)) -> String {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    for _ in lines.by_ref().take_while(|line| !line.is_empty()) {}
    let length = body.len() + 1;
    let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close");
    let _ = write!(stream, "{head}\r\n\r\n{body}\n");
    request.trim_end_matches(" HTTP/1.1").to_owned()
}

/// A machine for one recipe: a server, and a directory instead of the root directory.
pub(super) struct Place {
    root: TempDir,
    pub(super) server: Server,
}

impl Place {
    pub(super) fn with(answers: &[(u16, &'static str)]) -> Self {
        let place = Self {
            root: tempfile::tempdir().expect("a temporary directory"),
            server: Server::answering(answers),
        };
        for directory in DIRECTORIES {
            fs::create_dir_all(place.path(directory)).expect("a directory can be made");
        }
        place
    }

    /// Where a path of the page is in this place.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// The text of a block, with this place's address and directories.
    fn here(&self, text: &str) -> String {
        let root = self.root.path().to_str().expect("a path in UTF-8");
        let text = text.replace("127.0.0.1:8080", &self.server.address);
        let moved =
            |text: String, directory: &str| text.replace(directory, &format!("{root}{directory}"));
        DIRECTORIES.iter().fold(text, |text, directory| moved(text, directory))
    }

    pub(super) fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.path(path);
        fs::write(&path, self.here(text)).expect("a file can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it has a mode");
    }

    /// The shell with these words, in this place.
    pub(super) fn shell(&self, mut command: Command, script: &str) -> Command {
        let flagman = Program::Flagman.path();
        let directory = flagman.parent().expect("it has a directory").to_owned();
        let path = std::env::var("PATH").expect("there is a PATH");
        command.env("PATH", format!("{}:{path}", directory.display()));
        command.current_dir(self.root.path()).args(["-c", &self.here(script)]);
        command
    }

    /// Runs a block of the page to its end.
    #[track_caller]
    pub(super) fn run(&self, block: &str) -> String {
        let output = self.shell(prefixed(&["sh"]), block).output().expect("a shell starts");
        assert!(output.status.success(), "{block}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Starts the flagman of a block, which is `flagman ... &`, and waits until it serves signals.
    #[track_caller]
    pub(super) fn start(&self, block: &str) -> Flagman {
        let flagman = block.strip_suffix(" &\n").expect("flagman runs in the background");
        let script = format!("exec {flagman}");
        Flagman::serve(self.shell(prefixed(&["sh"]), &script))
    }
}
