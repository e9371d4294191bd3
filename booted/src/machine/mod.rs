//! A Debian that systemd has booted in its own namespaces, and what a test can do with it.
//!
//! The machine starts from a tree that does not change. What it writes is kept in memory and is
//! lost when it ends. It ends when its `Machine` is dropped, or when the tests are killed.

mod background;
mod command;
mod gate;
mod instance;
mod journal;
mod keeper;
mod setting;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use background::Background;
pub(crate) use instance::Instance;
pub(crate) use journal::Journal;
pub(crate) use setting::Setting;

use keeper::Keeper;

/// The limit for each wait.
const LIMIT: Duration = Duration::from_mins(1);

/// A machine that has booted.
pub(crate) struct Machine {
    keeper: Keeper,
    packages: PathBuf,
}

impl Machine {
    /// Boots a machine, and waits until systemd reports that it is up.
    pub(crate) fn boot(setting: &Setting) -> Self {
        let keeper = Keeper::start(&setting.tree);
        Self { keeper, packages: setting.packages.clone() }
    }

    /// Boots a machine and installs both packages.
    pub(crate) fn with_packages(setting: &Setting) -> Self {
        let machine = Self::boot(setting);
        machine.install(&["flagman", "flagman-action-dnscheck"]);
        machine
    }

    /// Installs packages, as `dpkg --install` does.
    pub(crate) fn install(&self, names: &[&str]) {
        let mut words = vec!["dpkg".to_owned(), "--install".to_owned()];
        for name in names {
            let file = format!("/var/cache/{name}.deb");
            self.copy(&self.package(name), &file, 0o644);
            words.push(file);
        }
        self.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// The file of a package, which is named `NAME_VERSION_ARCHITECTURE.deb`.
    fn package(&self, name: &str) -> PathBuf {
        let files = fs::read_dir(&self.packages).expect("a folder of packages").flatten();
        let begin = format!("{name}_");
        let is_it = |path: &PathBuf| {
            path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&begin))
        };
        files.map(|entry| entry.path()).find(is_it).unwrap_or_else(|| panic!("no package {name}"))
    }

    /// Installs the action program `name` from `booted/programs`.
    pub(crate) fn add_action(&self, name: &str) {
        let file = format!("flagman-action-{name}");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(&file);
        self.copy(&program, &format!("/usr/local/bin/{file}"), 0o755);
    }

    /// Installs a script as a command.
    pub(crate) fn add_command(&self, name: &str, script: &str) {
        let path = format!("/usr/local/bin/{name}");
        self.write(&path, script);
        self.run(&["chmod", "755", &path]);
    }

    /// Adds lines to the section for the unit's type, as `systemctl edit` does.
    pub(crate) fn edit(&self, unit: &str, lines: &str) {
        let section = match unit.rsplit_once('.') {
            Some((_, "timer")) => "Timer",
            Some(_) | None => "Service",
        };
        let path = format!("/etc/systemd/system/{unit}.d/override.conf");
        self.write(&path, &format!("[{section}]\n{lines}\n"));
        self.run(&["systemctl", "daemon-reload"]);
    }

    /// The path outside the machine for a path inside it.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.first()));
        root.join(path.strip_prefix('/').expect("a path from the root"))
    }

    /// Writes a file in the machine, and creates its parent folders.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.outside(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// The contents of a file in the machine.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.outside(path)).expect("a file can be read")
    }

    /// Copies a file from outside into the machine.
    fn copy(&self, from: &Path, to: &str, mode: u32) {
        let to = self.outside(to);
        fs::copy(from, &to).expect("a file can be copied");
        fs::set_permissions(to, fs::Permissions::from_mode(mode)).expect("a mode can be set");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let units = ["--unit=flagman*", "--unit=pdns*"];
            let journal = self.output(&["journalctl", "--lines=60", units[0], units[1]]);
            eprintln!(
                "what the units' journal ends in:\n{}",
                String::from_utf8_lossy(&journal.stdout)
            );
        }
    }
}
