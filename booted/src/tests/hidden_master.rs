//! The hidden master of docs/hidden-master.md, with the shipped units and PowerDNS.

use super::watchdog::outlive_the_watchdog;
use crate::machine::{Machine, Setting};

/// The configuration of the master, as in the document, except that it resolves names with the
/// target's server.
const MASTER: &str = "launch=gsqlite3
gsqlite3-database=/var/lib/powerdns/master.sqlite3
local-address=127.0.0.1
primary=yes
api=yes
api-key=SECRET
webserver=yes
webserver-address=127.0.0.1
webserver-port=8081
expand-alias=yes
outgoing-axfr-expand-alias=yes
resolver=127.0.0.1:5300
";

/// The configuration of the server for the target of the ALIAS.
const TARGET: &str = "launch=gsqlite3
gsqlite3-database=/var/lib/powerdns/target.sqlite3
local-address=127.0.0.1
local-port=5300
cache-ttl=0
query-cache-ttl=0
";

/// Creates both zones and starts both servers, the target's first.
const SERVERS: &str = "schema=/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
sqlite3 /var/lib/powerdns/master.sqlite3 <$schema
sqlite3 /var/lib/powerdns/target.sqlite3 <$schema
pdnsutil create-zone example.org ns.example.org
pdnsutil add-record example.org @ ALIAS 60 www.hosting.example
pdnsutil add-record example.org www ALIAS 60 www.hosting.example
pdnsutil set-kind example.org primary
pdnsutil set-meta example.org SOA-EDIT EPOCH
pdnsutil --config-name=target create-zone hosting.example ns.hosting.example
pdnsutil --config-name=target add-record hosting.example www A 0 192.0.2.1
chown pdns: /var/lib/powerdns/*.sqlite3
systemctl start pdns@target.service pdns.service";

/// The commands of the document.
const INSTALL: &str = "install -d -m 700 /etc/flagman
echo SECRET | install -m 600 /dev/stdin /etc/flagman/pdns-api-key
cp /usr/share/doc/flagman-action-dnscheck/examples/flagman-dnscheck* /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now flagman-dnscheck.service flagman-dnscheck-signal.timer";

const MOVE: &str = "pdnsutil --config-name=target replace-rrset hosting.example www A 0 192.0.2.2";

fn start_servers(machine: &Machine) {
    machine.write("/etc/powerdns/pdns.d/master.conf", MASTER);
    machine.write("/etc/powerdns/pdns-target.conf", TARGET);
    machine.shell(SERVERS);
}

pub(super) fn an_instance_that_was_started_before_the_master_comes_up_by_itself(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    let options = "--usr1 dnscheck 127.0.0.1:53 example.org www.example.org\n\
        PDNS_API_URL=http://127.0.0.1:8081\nPDNS_API_KEY=SECRET";
    machine.configure("check", options);
    machine.fail(&["systemctl", "start", "flagman@check"]);
    let mut instance = machine.instance("check");
    instance.journal.until("flagman.core:cannot set up action `dnscheck`");
    instance.journal.until("Scheduled restart job");
    start_servers(&machine);
    instance.journal.until("Started flagman@check.service");
    instance.wait_for_status("Idle; no signal yet");
}

pub(super) fn the_shipped_units_announce_a_changed_address(setting: &Setting) {
    let machine = Machine::with_packages(setting);
    start_servers(&machine);
    // The shipped unit has a watchdog period of minutes. One second makes the test fast.
    machine.edit("flagman-dnscheck.service", "WatchdogSec=1");
    machine.edit("flagman@.service", "WatchdogSec=1");
    machine.shell(INSTALL);
    let mut journal = machine.follow("flagman-dnscheck.service");
    machine.run(&["systemctl", "start", "flagman-dnscheck-signal"]);
    let first = journal.until("dnscheck done");
    assert!(first.iter().all(|line| !line.contains("has changed")), "{first:#?}");
    outlive_the_watchdog(&machine);
    machine.shell(MOVE);
    machine.run(&["systemctl", "start", "flagman-dnscheck-signal"]);
    let second = journal.until("dnscheck done");
    let has = |text: &str| second.iter().any(|line| line.contains(text));
    assert!(has("example.org A has changed from 192.0.2.1 to 192.0.2.2"), "{second:#?}");
    assert!(has("the master announces example.org"), "{second:#?}");
    assert_eq!(machine.property("flagman-dnscheck.service", "NRestarts"), "0");
    let timer = machine.property("flagman-dnscheck-signal.timer", "SubState");
    assert_eq!(timer, "waiting");
}
