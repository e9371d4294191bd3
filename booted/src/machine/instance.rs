//! One instance of `flagman@.service`, created as an administrator would create it.

use super::{Journal, Machine};

/// An instance that has been started.
pub(crate) struct Instance<'a> {
    machine: &'a Machine,
    /// The name of its service.
    pub(crate) unit: String,
    /// Its journal, from the start.
    pub(crate) journal: Journal,
}

impl Machine {
    /// Writes the file of options for `name`.
    pub(crate) fn configure(&self, name: &str, options: &str) {
        self.write(&format!("/etc/flagman/{name}.conf"), &format!("FLAGMAN_OPTIONS={options}\n"));
    }

    /// Starts an instance with these options. Returns when it is running.
    pub(crate) fn start(&self, name: &str, options: &str) -> Instance<'_> {
        self.configure(name, options);
        self.run(&["systemctl", "start", &format!("flagman@{name}.service")]);
        self.instance(name)
    }

    /// An instance that the test has started in another way.
    pub(crate) fn instance(&self, name: &str) -> Instance<'_> {
        let unit = format!("flagman@{name}.service");
        Instance { machine: self, journal: self.follow(&unit), unit }
    }
}

impl Instance<'_> {
    /// Sends a signal to the main process (flagman) only.
    pub(crate) fn signal(&self, signal: &str) {
        let signal = format!("--signal={signal}");
        self.machine.run(&["systemctl", "kill", "--kill-whom=main", &signal, &self.unit]);
    }

    /// Stops the service and checks that it succeeded.
    pub(crate) fn stop(&self) {
        self.machine.run(&["systemctl", "stop", &self.unit]);
        assert_eq!(self.property("Result"), "success");
        assert_eq!(self.property("ExecMainStatus"), "0");
    }

    pub(crate) fn property(&self, property: &str) -> String {
        self.machine.property(&self.unit, property)
    }

    /// The process IDs of the service, as seen outside the machine.
    pub(crate) fn processes(&self) -> Vec<String> {
        let group = self.property("ControlGroup");
        let list = self.machine.read(&format!("/sys/fs/cgroup{group}/cgroup.procs"));
        let processes: Vec<String> = list.lines().map(str::to_owned).collect();
        assert!(!processes.is_empty(), "{group} has no process");
        processes
    }

    /// Waits until a property has this value.
    pub(crate) fn wait_for(&self, property: &str, value: &str) {
        self.machine.wait_for(&self.unit, property, |is| is == value);
    }

    /// Waits until the status text in `systemctl status` contains `text`, and returns the status
    /// text.
    pub(crate) fn wait_for_status(&self, text: &str) -> String {
        self.machine.wait_for(&self.unit, "StatusText", |words| words.contains(text))
    }
}
