//! One PowerDNS server, with its folder, database and log.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use flagman_test::Running;
use tempfile::TempDir;

use super::{ports, run, tool};

const SCHEMA: &str = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

/// The log line of a server that is ready to answer.
pub(crate) const READY: &str = "ready to distribute questions";

/// A server. Dropping it kills the process and removes its folder.
pub(crate) struct PowerDns {
    /// The first field, because it must be dropped before the folder.
    running: Option<Running>,
    folder: TempDir,
    pub(crate) port: u16,
}

impl PowerDns {
    /// Prepares a server with these settings and the common ones. It does not run yet, but a test
    /// can create zones.
    pub(crate) fn prepare(settings: &[(&str, String)]) -> Self {
        Self::prepare_at(ports::free(), settings)
    }

    /// Like [`prepare`](Self::prepare), on a port that others already know.
    pub(crate) fn prepare_at(port: u16, settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut text = configuration(folder.path(), port);
        for (name, value) in settings {
            writeln!(text, "{name}={value}").expect("a string takes it");
        }
        fs::write(folder.path().join("pdns.conf"), text).expect("the configuration is written");
        assert!(
            Path::new(SCHEMA).exists(),
            "{SCHEMA} is missing: run scripts/install-test-servers"
        );
        run(tool("sqlite3").arg(folder.path().join("db")).arg(format!(".read {SCHEMA}")));
        Self { folder, port, running: None }
    }

    /// Starts the server and waits until it is ready to answer.
    pub(crate) fn start(&mut self) {
        let started = self.start_until(READY);
        started.unwrap_or_else(|log| panic!("pdns_server ended: {log:#?}"));
    }

    /// Starts the server and waits until it logs `text`. If it ends instead, the error is its log.
    pub(crate) fn start_until(&mut self, text: &str) -> Result<(), Vec<String>> {
        let mut command = tool("pdns_server");
        command.arg(self.config_dir()).args(["--daemon=no", "--guardian=no"]);
        command.stdin(Stdio::null());
        let running = self.running.insert(Running::start(command));
        running.stderr.try_until(text).map(drop)
    }

    /// Kills the server, as in a crash.
    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    /// Reads its log up to the first line that contains `text`.
    pub(crate) fn wait_for(&self, text: &str) {
        self.running.as_ref().expect("the server runs").stderr.until(text);
    }

    /// Creates or changes a zone. Works while the server runs too.
    pub(crate) fn zone(&self, words: &[&str]) {
        run(tool("pdnsutil").arg(self.config_dir()).args(words));
    }

    fn config_dir(&self) -> String {
        format!("--config-dir={}", self.folder.path().display())
    }
}

/// The settings of all three servers: no caches, and no queries to servers outside.
fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "launch=gsqlite3\ngsqlite3-database={folder}/db\nsocket-dir={folder}\n\
         local-address=127.0.0.1\nlocal-port={port}\nsecurity-poll-suffix=\nloglevel=6\n\
         cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n\
         domain-metadata-cache-ttl=0\n"
    )
}
