//! The setting. A hidden master has the zone `example.test`, whose apex is an ALIAS of
//! `www.target.test`. Another server has that name. A secondary transfers the zone.

use std::fs;

use tempfile::TempDir;

use super::gateway::Gateway;
use super::powerdns::{PowerDns, READY};
use super::{ports, run, tool};

/// The key of the master's API.
pub(crate) const KEY: &str = "a-key-of-the-tests";

pub(crate) struct Setting {
    pub(crate) target: PowerDns,
    pub(crate) master: PowerDns,
    pub(crate) secondary: PowerDns,
    pub(crate) gateway: Gateway,
    credentials: TempDir,
}

impl Setting {
    /// Starts all three servers, and waits until the secondary has the zone. PowerDNS sends from
    /// random ports, which may include a port chosen for a server. Then it tries again with other
    /// ports.
    pub(crate) fn start() -> Self {
        let settings = (0..5).map(|_| Self::try_start());
        let started = |setting: Result<Self, Vec<String>>| match setting {
            Ok(setting) => Some(setting),
            Err(log) if log.iter().any(|line| line.contains("Address already in use")) => None,
            Err(log) => panic!("pdns_server ended: {log:#?}"),
        };
        settings.into_iter().find_map(started).expect("there are free ports")
    }

    fn try_start() -> Result<Self, Vec<String>> {
        let mut target = PowerDns::prepare(&[]);
        target.zone(&["create-zone", "target.test", "ns.target.test"]);
        target.zone(&["add-record", "target.test", "www", "A", "60", "192.0.2.1"]);
        target.zone(&["add-record", "target.test", "www", "AAAA", "60", "2001:db8::1"]);
        target.start_until(READY)?;
        let (api, notified) = (ports::free(), ports::free());
        let mut master = PowerDns::prepare(&master_settings(api, target.port, notified));
        master.zone(&["create-zone", "example.test", "ns.example.test"]);
        master.zone(&["set-kind", "example.test", "primary"]);
        master.zone(&["add-record", "example.test", "@", "ALIAS", "60", "www.target.test"]);
        master.zone(&["add-record", "example.test", "plain", "A", "60", "192.0.2.100"]);
        master.start_until(READY)?;
        let secondary = secondary_of(master.port, notified)?;
        let credentials = tempfile::tempdir().expect("a temporary folder");
        let gateway = Gateway::to(api);
        let setting = Self { target, master, secondary, gateway, credentials };
        setting.set_key(KEY);
        Ok(setting)
    }

    /// Replaces the records of this type at the target of the ALIAS.
    pub(crate) fn set_target(&self, kind: &str, addresses: &[&str]) {
        let words = ["replace-rrset", "target.test", "www", kind, "60"];
        self.target.zone(&[&words, addresses].concat());
    }

    /// Writes another key to the file that flagman reads.
    pub(crate) fn set_key(&self, key: &str) {
        fs::write(self.key_file(), format!("{key}\n")).expect("the key is written");
    }

    pub(crate) fn key_file(&self) -> String {
        self.credentials.path().join("key").display().to_string()
    }

    /// Waits until the secondary logs that it was notified.
    pub(crate) fn wait_for_notify(&self) {
        self.secondary.wait_for("Received NOTIFY for example.test");
    }

    /// The secondary's answer.
    pub(crate) fn secondary_says(&self, kind: &str) -> String {
        let port = self.secondary.port.to_string();
        let words = ["@127.0.0.1", "-p", &port, "+short", "example.test", kind];
        run(tool("dig").args(words)).trim().to_owned()
    }
}

fn master_settings(api: u16, target: u16, notified: u16) -> Vec<(&'static str, String)> {
    vec![
        ("primary", "yes".into()),
        ("api", "yes".into()),
        ("api-key", KEY.into()),
        ("webserver", "yes".into()),
        ("webserver-address", "127.0.0.1".into()),
        ("webserver-port", api.to_string()),
        ("expand-alias", "yes".into()),
        ("outgoing-axfr-expand-alias", "yes".into()),
        ("resolver", format!("127.0.0.1:{target}")),
        ("also-notify", format!("127.0.0.1:{notified}")),
        ("allow-axfr-ips", "127.0.0.0/8".into()),
    ]
}

/// A running secondary with the current zone, on the port that the master notifies.
fn secondary_of(master: u16, port: u16) -> Result<PowerDns, Vec<String>> {
    let settings = [("secondary", "yes".into()), ("allow-unsigned-notify", "yes".into())];
    let mut secondary = PowerDns::prepare_at(port, &settings);
    let primary = format!("127.0.0.1:{master}");
    secondary.zone(&["create-secondary-zone", "example.test", &primary]);
    secondary.start_until("zone committed")?;
    Ok(secondary)
}
